"""The queries of `find`: numbers, registrations, words, dates, and the operating part, over a few rows."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load

from pipeline.cli import find

EVENTS = """
    | ev_id          | ntsb_no    | ev_date    | ev_city | ev_state | ev_country |
    | 20200102X00001 | WPR20LA001 | 2020-01-02 | Bend    | OR       | USA        |
    | 20200302X00002 | WPR20LA002 | 2020-03-02 | Bend    | OR       | USA        |
    | PRE1982-000003 |            | 1975-01-02 | Troy    | NY       | USA        |
"""
AIRCRAFT = """
    | ev_id          | aircraft_key | regis_no | acft_make | acft_model | far_part |
    | 20200102X00001 | 1            | N123AB   | Cessna    | 172        | 091      |
    | 20200302X00002 | 1            | N9172    | CESSNA    | 172        | 135      |
    | 20200302X00002 | 2            | C-FABC   | Piper     | PA28       |          |
    | PRE1982-000003 | 1            | N 123 AB | Piper     | PA28       | PUBU     |
"""
FIRST, SECOND, OLD = "20200102X00001", "20200302X00002", "PRE1982-000003"


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("n 123-ab", None, [FIRST, OLD]),
        ("123AB", "91", [FIRST]),
        ("wpr20la002", None, [SECOND]),
        ("pre1982 000003", None, [OLD]),
        ("cessna", None, [SECOND, FIRST]),
        ("cessna", "135", [SECOND]),
        ("cessna", "PUBU", []),
        ("piper", "pubu ", [OLD]),
        # A registration, or a number, beside other words.
        ("cessna 123ab", None, [FIRST]),
        ("Bend, OR cfabc 2020-03", None, [SECOND]),
        ("WPR20LA001 bend", None, [FIRST]),
        ("troy n9172", None, []),
        ("100%", None, []),
    ],
)
def test_a_text_finds_the_events_newest_first(
    mart: Connection, text: str, part: str | None, expected: list[str]
) -> None:
    load(mart, "events", EVENTS)
    load(mart, "aircraft", AIRCRAFT)
    with mart.cursor() as cursor:
        events = find.select_events(cursor, text.upper().replace(",", " ").split(), 9, part)
    assert [event["ev_id"] for event in events] == expected
