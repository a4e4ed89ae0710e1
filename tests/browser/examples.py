"""Synthetic results for every query of every report. Counts are computed by formulas, so nothing is random."""

from datetime import date
from typing import Any

from reports.shared.catalog import ReportSpec, pages
from reports.shared.citation import Citation
from reports.shared.data import Context, Era, Inputs, Query, SourceFile
from tests.browser import example_changes, example_eras, example_events, example_places, example_rates, example_types
from tests.browser.example_study import HOSTILE, record, study

__all__ = ["HOSTILE", "study"]

YEARS = range(1975, 2025)
CLASSES = ("FATL", "SERS", "MINR", "NONE", None)
STATES = ("AK", "AZ", "CA", "CO", "FL", "GA", "NY", "TX", "WA", "PR", "GM", "UNKNOWN")
ERAS = (
    Era("pre1982", "PRE1982", 1962, 1981),
    Era("pre2008", "Pre2008", 1982, 2007),
    Era("avall", "avall", 2008, None, 2024),
)
TOTALS_ROW = (27000, 22000, 5400, 90, 9000, 40, 900, 4100, date(1975, 1, 2), date(2024, 12, 30))
Results = dict[str, list[tuple[Any, ...]]]


def _event_count(year: int) -> int:
    return 4000 - 45 * (year - 1975) + (year * 7919) % 160


def _severity_rows(*labels: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [
        (*label, severity, 400 // (row + 1) + 37 * column)
        for row, label in enumerate(labels)
        for column, severity in enumerate(CLASSES)
    ]


def results() -> Results:
    """{report/query: rows} with the columns of COLUMNS."""
    rows = _safety() | _quality() | _dictionary() | _index() | example_changes.results() | example_eras.results()
    rows |= example_rates.results() | example_types.results() | example_events.results()
    rows |= example_places.results()
    return rows | {f"quality/{name}": rows[f"harmonization/{name}"] for name in example_eras.SHARED}


def _safety() -> Results:
    return {
        "safety/coverage": [
            (era.name, 9000, 12, 8000, 90, 40, 1, 7000, 9100, date(era.first_year, 1, 2), date(era.first_year, 12, 30))
            for era in ERAS
        ],
        "safety/totals": [TOTALS_ROW],
        "safety/yearly": [
            (year, count, count // 5, 3, None if year == 1980 else count // 3, 2, 40, 200, 50, 300, 9)
            for year, count in ((year, _event_count(year)) for year in YEARS)
        ],
        "safety/states": [
            (s, None if s in ("GM", "UNKNOWN") else f"State {s}", 900 // (n + 1), 90 // (n + 1), 880 // (n + 1))
            for n, s in enumerate(STATES)
        ],
        "safety/makes": [
            (m, 900 // (n + 1), 150 // (n + 1), 890 // (n + 1))
            for n, m in enumerate((HOSTILE, *(f"MAKE {c}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ""))
        ],
        "safety/decades": _severity_rows((1970,), (1980,), (1990,), (2000,), (2010,), (2020,)),
        "safety/light": _severity_rows(("DAYL", "Day"), ("NDRK", "Night, dark"), ("DUSK", "Dusk"), ("", None)),
        "safety/weather": _severity_rows(("VMC", "Visual"), ("IMC", "Instrument"), ("UNK", None)),
    }


def _quality() -> Results:
    tables = ("events", "aircraft", "injury")
    return {
        "quality/conservation": [
            (f, t, 1000, 940, 10, 50, True) for f in ("PRE1982", "Pre2008", "avall") for t in tables
        ],
        "quality/editions": [
            ("up08JAN", "weekly", "2025-01-07 09:15:00", 40, 0, 38, 2),
            ("avall", "avall", "2025-11-01 10:30:45", 450, 450, 0, 0),
        ],
        "quality/quarantine": [("avall", "injury", "orphan", 10, "12: no such aircraft; 77: " + HOSTILE)],
        "quality/flags": [
            ("time_invalid", "avall", "events", "ev_time", 7, "20990101X00001 = '2561'; 20990101X00002 = '9999'")
        ],
        "quality/corrections": [
            ("events", "ev_city", HOSTILE, "R. Viewer", date(2026, 11, 30), 2, 1, "[\"E1\"]: 'NOME' to 'Nome'")
        ],
        "quality/unapplied_corrections": [
            ("c1", "events", '["E2"]', "ev_city", "'NOME'", "'TELLER'", "NULL", "value differs", HOSTILE)
        ],
        "quality/lost_values": [("avall", "events", "ev_time", 1200, 3, '"2400", "2561"')],
        "quality/unknown_codes": [("avall", "events", "ev_highest_injury", "FOO", 2)],
        "quality/checks": [
            (f"check_{n}", "grain", "stop", "passed" if n else "warned", 0 if n else 2, 0, "One row per event.")
            for n in range(4)
        ],
        "quality/anomalies": [("Jumps in counts", "jumps", 1, 0, "No year is unusual.", "state AK 1995: 90 events")],
        "quality/ledger": [
            ("avall", "events", f"column_{n}", "typed", f"ntsb.events.column_{n}", None) for n in range(30)
        ],
        "quality/ledger_summary": [("avall", "raw", 3), ("avall", "typed", 27), ("PRE1982", "raw", 12)],
    }


def _dictionary() -> Results:
    relations = (("ntsb", "aircraft"), ("ntsb", "events"), ("mart", "event_summary"))
    return {
        "dictionary/columns": [
            (s, t, f"One row per {t}.", n, c, kind, k, m, f"{t}.{c}" if s == "ntsb" else None, "avall, Pre2008")
            for s, t in relations
            for n, (c, kind, k, m) in enumerate(
                (
                    ("ev_id", "text", "primary", HOSTILE),
                    ("lchg_date", "timestamp without time zone", None, None),
                    ("apt_elev", "integer", None, "Elevation of the airport, in feet above mean sea level."),
                ),
                1,
            )
        ],
        "dictionary/fill": [
            (s, t, c, era, 1000, filled)
            for s, t in relations[:2]
            for c in ("ev_id", "lchg_date", "apt_elev")
            for era, filled in (("avall", 1000), ("pre2008", 999), (None, 0))
        ],
        "dictionary/readers": [("events", "ev_id", "clean_events, event_summary"), ("aircraft", "ev_id", HOSTILE)],
        "dictionary/codes": [
            ("events", "ev_id", f"C{number}", HOSTILE if number else None, 90 - number) for number in range(45)
        ],
    }


def _index() -> Results:
    return {
        "index/yearly": _safety()["safety/yearly"],
        "index/totals": [TOTALS_ROW],
        "index/account": [(9, 0, 9000, 90)],
        "index/checks": [("passed", 3), ("warned", 1)],
    }


TOTALS = (
    "events us_accidents us_fatal_accidents us_accidents_with_unknown_severity us_deaths "
    "us_accidents_with_unknown_deaths us_incidents events_elsewhere first_date last_date"
)
COLUMNS = {
    "safety/coverage": "era events incidents us_events severity_unknown deaths_unknown date_unknown "
    "with_coordinates aircraft first_date last_date",
    "safety/yearly": "ev_year us_accidents us_fatal_accidents us_accidents_with_unknown_severity us_deaths "
    "us_accidents_with_unknown_deaths us_incidents events_elsewhere fatal_events_elsewhere deaths_elsewhere "
    "events_elsewhere_with_unknown_deaths",
    "safety/totals": TOTALS,
    "safety/states": "ev_state ev_state_meaning events fatal_events events_of_known_severity",
    "safety/makes": "make aircraft in_fatal_events severity_known",
    "safety/decades": "decade_start severity accidents",
    "safety/light": "code meaning severity accidents",
    "safety/weather": "code meaning severity accidents",
    "quality/conservation": "source_file source_table rows_in rows_published rows_quarantined rows_superseded exact",
    "quality/editions": "source_file kind newest_change events events_published events_superseded events_withdrawn",
    "quality/quarantine": "source_file source_table reason held_rows examples",
    "quality/corrections": ("table_name column_name source reviewer review_date corrected_values corrections examples"),
    "quality/unapplied_corrections": (
        "correction_id table_name row_key column_name value_found value_expected value_correct reason detail"
    ),
    "quality/flags": "flag source_file source_table source_column flagged_values examples",
    "quality/lost_values": "source_file source_table source_column values_in values_lost examples",
    "quality/unknown_codes": "source_file source_table source_column code uses",
    "quality/checks": "check_name family severity status offending allowed description",
    "dictionary/columns": "schema_name table_name table_comment position column_name column_type key meaning "
    "source_columns source_files",
    "dictionary/fill": "schema_name table_name column_name era total filled",
    "dictionary/codes": "table_name column_name code meaning times",
    "dictionary/readers": "table_name column_name views",
    "quality/anomalies": "kind check_name offending allowed description examples",
    "quality/ledger": "source_file source_table source_column fate target reason",
    "quality/ledger_summary": "source_file fate source_columns",
    "index/totals": TOTALS,
    "index/account": "tables inexact_tables rows_in rows_quarantined",
    "index/checks": "status checks",
}
COLUMNS |= example_changes.COLUMNS | example_eras.COLUMNS | example_rates.COLUMNS | example_types.COLUMNS
COLUMNS |= example_events.COLUMNS | example_places.COLUMNS
COLUMNS["index/yearly"] = COLUMNS["safety/yearly"]
COLUMNS |= {f"quality/{name}": COLUMNS[f"harmonization/{name}"] for name in example_eras.SHARED}


def context(spec: ReportSpec) -> Context:
    """Provenance of a release that does not exist."""
    files = (
        SourceFile("PRE1982", "a" * 64, 41_000_000),
        SourceFile("Pre2008", "b" * 64, 162_000_000),
        SourceFile("avall", "c" * 64, 98_000_000),
    )
    return Context(
        release="5f0c2a9be1d34477",
        snapshot="0123456789abcdef",
        files=files,
        fingerprint="feedfacecafebeef",
        title=spec.title,
        eras=ERAS,
        versions={"jinja2": "3.1"},
        settings={"top_makes": 20, "min_cell_count": 5},
        pages=pages(),
        file_name=spec.file_name,
        citation=Citation("5f0c2a9be1d34477", "2025-11-01"),
    )


def inputs(spec: ReportSpec, *, empty: bool = False) -> Inputs:
    """A result for every query of the report: synthetic rows, or no rows."""
    rows = results()
    queries = {}
    for name, path in spec.queries.items():
        key = f"{spec.name}/{name}"
        sql, columns = path.read_text(encoding="utf-8"), tuple(COLUMNS[key].split())
        queries[name] = Query(name, sql, columns, () if empty else tuple(rows[key]))
    if not spec.needs_study or empty:
        return Inputs(queries, {} if spec.needs_study else None)
    return Inputs(queries, study(), record())


def build(spec: ReportSpec, *, empty: bool = False) -> str:
    """The page as HTML."""
    return spec.build(inputs(spec, empty=empty), context(spec))
