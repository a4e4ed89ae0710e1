"""The data dictionary: units, fill rates and codes of columns, and a permalink for each."""

import re
from dataclasses import replace

import pytest

from reports.dictionary import report
from reports.dictionary.units import unit_of
from reports.shared.catalog import REPORTS
from reports.shared.data import StudyRecord
from tests.browser import examples

UNITS = [
    ("Height of the lowest ceiling, in feet above ground; 0 may mean not recorded.", "integer", "feet above ground"),
    ("Air temperature, in degrees Fahrenheit (NTSB's dictionary says Celsius).", "smallint", "degrees Fahrenheit"),
    ("Wind speed, in knots. NTSB's dictionary: Wind speed (mph), in miles per hour.", "integer", "knots"),
    ("Latitude, in decimal degrees, north positive.", "double precision", "decimal degrees"),
    ("Number of persons who died.", "integer", "count"),
    ("Number of NTSB's docket, obsolete.", "text", ""),
    ("Share of fatal events, 0 to 1.", "double precision", "share, 0 to 1"),
    ("Code of the natural light at the event.", "text", "code"),
    ("True where both coordinates are in range.", "boolean", "yes or no"),
    (None, "boolean", "yes or no"),
    (None, "date", "date"),
    ("NTSB's change.", "timestamp without time zone", "date and time"),
    ("Name of the airport, in feet.", "text", ""),
    (None, "text", ""),
]


@pytest.mark.parametrize(("meaning", "column_type", "unit"), UNITS)
def test_unit_is_that_of_the_description_otherwise_of_the_type(
    meaning: str | None, column_type: str, unit: str
) -> None:
    assert unit_of(meaning, column_type) == unit


@pytest.mark.parametrize(
    ("filled", "total", "expected"),
    [(0, 9, "0 %"), (9, 9, "100 %"), (1, 100_000, "0.1 %"), (99_999, 100_000, "99.9 %"), (1, 3, "33.3 %")],
)
def test_fill_rate_is_0_or_100_only_if_none_or_all_are_filled(filled: int, total: int, expected: str) -> None:
    assert report.fill_share({"filled": filled, "total": total}) == expected


def test_an_era_without_rows_has_no_fill_rate() -> None:
    assert report.fill_share({"filled": 0, "total": 0}) == "no rows"


def test_every_column_has_a_permalink_unit_fill_rate_codes_and_file() -> None:
    html = examples.build(REPORTS["dictionary"])
    ids = re.findall(r'<tr id="([^"]+)"', html)
    assert "events.ev_id" in ids and len(ids) == len(set(ids)) == 9
    assert all(f'href="#{identity}"' in html for identity in ids)
    (row,) = re.findall(r'<tr id="events.ev_id">.*?</tr>', html)
    assert "1982-2007: 99.9 %<br>since 2008: 100 %" in row
    assert "45 codes of ev_id in use" in row and "<code>C39</code>" in row and "and 5 more" in row
    assert "not explained: 90" in row
    assert 'href="../../targets/store/parquet/ntsb/events.parquet"' in html
    assert "feet above mean sea level</td>" in html


def test_a_column_has_the_views_features_and_pages_that_read_it() -> None:
    spec = REPORTS["dictionary"]
    record = StudyRecord(reads={"month": ("events.ev_id", "events.apt_elev"), "hour": ("events.ev_id",)})
    html = spec.build(replace(examples.inputs(spec), record=record), examples.context(spec))
    rows = {name: re.search(rf'<tr id="events.{name}">.*?</tr>', html) for name in ("ev_id", "apt_elev", "lchg_date")}
    cells = {name: row and row.group().partition('data-label="Read by">')[2] for name, row in rows.items()}
    assert cells == {
        "ev_id": "Views: clean_events, event_summary<br>Features: month, hour</td></tr>",
        "apt_elev": "Features: month</td></tr>",
        "lchg_date": "</td></tr>",
    }
    (about,) = re.findall(r'id="table-events">.*?<p>(.*?)</p>', html, re.DOTALL)
    assert '<a href="event.html">One event</a>' in about and "types.html" not in about
    # Another page that reads a table is named on this one, which is therefore rendered again.
    assert REPORTS["types"].queries["types"] in spec.files()
    assert REPORTS["types"].queries["types"] not in REPORTS["safety"].files()
