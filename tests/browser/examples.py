"""Made-up answers for every query of every report: a few decades of counts, by formula, so that nothing is random."""

from datetime import date
from typing import Any

from reports.shared.catalog import REPORTS, ReportSpec, pages
from reports.shared.data import Context, Inputs, Query, SourceFile
from tests.browser import changes_example, examples_eras
from tests.browser.example_study import HOSTILE, study

__all__ = ["HOSTILE", "study"]

YEARS = range(1975, 2025)
CLASSES = ("FATL", "SERS", "MINR", "NONE", None)
STATES = ("AK", "AZ", "CA", "CO", "FL", "GA", "NY", "TX", "WA", "PR", "GM", "UNKNOWN")
Answers = dict[str, list[tuple[Any, ...]]]


def _fall(year: int) -> int:
    return 4000 - 45 * (year - 1975) + (year * 7919) % 160


def _worst(*labels: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [
        (*label, code, 400 // (at + 1) + 37 * place)
        for at, label in enumerate(labels)
        for place, code in enumerate(CLASSES)
    ]


def answers() -> Answers:
    """{report/query: rows} with the columns of COLUMNS."""
    own = {**_safety(), **_quality(), **_dictionary(), **_index()}
    found = {**own, **changes_example.answers(), **examples_eras.answers()}
    return {**found, **{f"quality/{name}": found[f"harmonization/{name}"] for name in examples_eras.SHARED}}


def _safety() -> Answers:
    eras = [("pre1982", 1975, 1981), ("pre2008", 1982, 2007), ("avall", 2008, 2024)]
    return {
        "safety/coverage": [
            (e, 9000, 12, 8000, 90, 40, 1, 7000, 9100, date(a, 1, 2), date(b, 12, 30)) for e, a, b in eras
        ],
        "safety/yearly": [
            (y, _fall(y), _fall(y) - 200, _fall(y) // 5, 3, None if y == 1980 else _fall(y) // 3, 2) for y in YEARS
        ],
        "safety/states": [
            (s, None if s in ("GM", "UNKNOWN") else f"State {s}", 900 // (n + 1), 90 // (n + 1), 880 // (n + 1))
            for n, s in enumerate(STATES)
        ],
        "safety/makes": [
            (m, 900 // (n + 1), 150 // (n + 1), 890 // (n + 1))
            for n, m in enumerate((HOSTILE, *(f"MAKE {c}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ""))
        ],
        "safety/decades": _worst((1970,), (1980,), (1990,), (2000,), (2010,), (2020,)),
        "safety/light": _worst(("DAYL", "Day"), ("NDRK", "Night, dark"), ("DUSK", "Dusk"), ("", None)),
        "safety/weather": _worst(("VMC", "Visual"), ("IMC", "Instrument"), ("UNK", None)),
    }


def _quality() -> Answers:
    tables = ("events", "aircraft", "injury")
    return {
        "quality/conservation": [
            (f, t, 1000, 940, 10, 50, True) for f in ("PRE1982", "Pre2008", "avall") for t in tables
        ],
        "quality/quarantine": [("avall", "injury", "orphan", 10, "12: no such aircraft; 77: " + HOSTILE)],
        "quality/flags": [
            ("time_not_sound", "avall", "events", "ev_time", 7, "20990101X00001 = '2561'; 20990101X00002 = '9999'")
        ],
        "quality/checks": [
            (f"check_{n}", "grain", "stop", "passed" if n else "warned", 0 if n else 2, 0, "One row per event.")
            for n in range(4)
        ],
        "quality/anomalies": [("Jumps in counts", "jumps", 1, 0, "No year stands out.", "state AK 1995: 90 events")],
        "quality/ledger": [
            ("avall", "events", f"column_{n}", "typed", f"ntsb.events.column_{n}", None) for n in range(30)
        ],
        "quality/ledger_summary": [("avall", "landed", 3), ("avall", "typed", 27), ("PRE1982", "landed", 12)],
    }


def _dictionary() -> Answers:
    return {
        "dictionary/columns": [
            (t, f"One row per {t}.", n, c, "text", k, m, f"{t}.{c}", "avall, Pre2008")
            for t in ("aircraft", "events")
            for n, (c, k, m) in enumerate((("ev_id", "primary", HOSTILE), ("lchg_date", None, None)), 1)
        ]
    }


def _index() -> Answers:
    return {
        "index/events": [(27000, 5400, 9000, date(1975, 1, 2), date(2024, 12, 30))],
        "index/account": [(9, 0, 9000, 90)],
        "index/checks": [("passed", 3), ("warned", 1)],
    }


OWN = {
    "safety/coverage": "era events incidents us_events severity_unknown deaths_unknown date_unknown "
    "with_coordinates aircraft first_date last_date",
    "safety/yearly": "ev_year events us_events fatal_events events_with_unknown_severity deaths events_with_unknown_deaths",
    "safety/states": "ev_state ev_state_meaning events fatal_events events_of_known_severity",
    "safety/makes": "make aircraft in_fatal_events severity_known",
    "safety/decades": "decade_start severity accidents",
    "safety/light": "code meaning severity accidents",
    "safety/weather": "code meaning severity accidents",
    "quality/conservation": "source_file source_table rows_in rows_published rows_quarantined rows_superseded exact",
    "quality/quarantine": "source_file source_table reason held_rows examples",
    "quality/flags": "flag source_file source_table source_column flagged_values examples",
    "quality/checks": "check_name family severity status offending allowed description",
    "dictionary/columns": "table_name table_comment position column_name column_type key meaning "
    "source_columns source_files",
    "quality/anomalies": "kind check_name offending allowed description examples",
    "quality/ledger": "source_file source_table source_column fate target reason",
    "quality/ledger_summary": "source_file fate source_columns",
    "index/events": "events fatal_events deaths first_date last_date",
    "index/account": "tables inexact_tables rows_in rows_quarantined",
    "index/checks": "status checks",
}
COLUMNS = changes_example.COLUMNS | examples_eras.COLUMNS | OWN
COLUMNS |= {f"quality/{name}": COLUMNS[f"harmonization/{name}"] for name in examples_eras.SHARED}


def context(spec: ReportSpec) -> Context:
    """A release that does not exist."""
    files = (
        SourceFile("PRE1982", "a" * 64, 41_000_000),
        SourceFile("Pre2008", "b" * 64, 162_000_000),
        SourceFile("avall", "c" * 64, 98_000_000),
    )
    knobs = {"top_makes": 20, "min_cell_count": 5}
    return Context(
        "5f0c2a9be1d34477",
        "0123456789abcdef",
        files,
        "feedfacecafebeef",
        spec.title,
        {"plotly": "1.0", "jinja2": "3.1"},
        knobs,
        pages(),
    )


def inputs(spec: ReportSpec, *, empty: bool = False) -> Inputs:
    """Every query of the report answered: with made-up rows, or with none."""
    rows = answers()
    found = {}
    for name, path in spec.queries.items():
        key = f"{spec.name}/{name}"
        found[name] = Query(
            name, path.read_text(encoding="utf-8"), tuple(COLUMNS[key].split()), () if empty else tuple(rows[key])
        )
    return Inputs(found, ({} if empty else study()) if spec.needs_study else None)


def build(spec: ReportSpec, *, empty: bool = False) -> str:
    """The page."""
    return spec.build(inputs(spec, empty=empty), context(spec))


def every() -> list[ReportSpec]:
    """The reports that users read."""
    return list(REPORTS.values())
