"""Synthetic query results for the page on changes."""

from datetime import date
from typing import Any

HOSTILE = "<script>alert('x')</script>"


def results() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    kinds = ("withdrawn", "revised", "new")
    return {
        "changes/pair": [("0a1b2c3d4e5f", "5f0c2a9be1d34477")],
        "changes/events": [(era, kind, 22 - n) for era in ("avall", "pre2008") for n, kind in enumerate(kinds)],
        "changes/listed": [(f"20990101X0000{n}", kinds[n // 4], "avall", 3, 7 + n) for n in range(10)],
        "changes/fields": [("narratives", "narr_accf", 12, 12, 9, 0, 1), ("events", HOSTILE, 3, 3, 0, 3, 0)],
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
    "changes/listed": "ev_id kind era tables differing_rows",
    "changes/fields": "table_name column_name changed_values events filled_in emptied corrected",
    "changes/corrections": (
        "correction_id kind table_name row_key column_name value_before value_after source reviewer review_date"
    ),
    "changes/severity": "severity_before severity_now events examples",
    "changes/tables": "table_name rows_before rows_now new_rows revised_rows withdrawn_rows moved_rows",
}
