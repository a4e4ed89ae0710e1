"""Synthetic query results for the page on changes."""

from datetime import date
from typing import Any

HOSTILE = "<script>alert('x')</script>"


def results() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    kinds = ("withdrawn", "revised", "new")
    location = ("TROY ", "MICHIGAN", "USA")
    fields = [("events", HOSTILE, False, 3, 3, 0, 3, 0), ("events", "lchg_date", True, 9, 9, 0, 0, 0)]
    return {
        "changes/pair": [("0a1b2c3d4e5f", "5f0c2a9be1d34477")],
        "changes/events": [(era, kind, 22 - n) for era in ("avall", "pre2008") for n, kind in enumerate(kinds)],
        "changes/changed_events": [
            (kind, f"20990101X0000{n}", "avall", "2099-01-01", *location, f"N{n} {HOSTILE}", "FATL", 1 + n, 2, n, 0)
            for n, kind in enumerate(("new",) * 3 + ("revised",) * 3 + ("withdrawn",) * 2)
        ],
        "changes/revised": [
            ("20990101X00003", "events", "ev_highest_injury", "SERS", "FATL"),
            ("20990101X00003", "aircraft", "damage", None, HOSTILE),
        ],
        "changes/fields": [("narratives", "narr_accf", False, 12, 12, 9, 0, 1), *fields],
        "changes/corrections": [
            ("c1", "applied", "events", '["E1"]', "ev_city", "'NOME'", HOSTILE, "docket", "me", date(2026, 11, 30))
        ],
        "changes/severity": [
            ("SERS", "FATL", 2, "20990101X00001, 20990101X00002"),
            (None, "NONE", 1, "20990101X00003"),
        ],
        "changes/tables": [("events", 1000, 1019, 20, 21, 1, 3), ("findings", 4000, 4000, 0, 0, 0, 0)],
    }


COLUMNS = {
    "changes/pair": "release_from release_to",
    "changes/events": "era kind events",
    "changes/changed_events": "kind ev_id era ev_date ev_city ev_state ev_country aircraft severity total_deaths "
    "total_seriously_injured rows_added rows_removed",
    "changes/revised": "ev_id table_name column_name value_before value_now",
    "changes/fields": "table_name column_name is_bookkeeping changed_values events filled_in emptied corrected",
    "changes/corrections": (
        "correction_id kind table_name row_key column_name value_before value_after source reviewer review_date"
    ),
    "changes/severity": "severity_before severity_now events examples",
    "changes/tables": "table_name rows_before rows_now new_rows revised_rows withdrawn_rows moved_rows",
}
