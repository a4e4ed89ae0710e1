"""A watch finds the new, revised and withdrawn events that fulfill all its conditions, now or before, and no others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.errors import PipelineError
from pipeline.operations import watches
from pipeline.operations.watches import Watch
from tests.architecture.tree import REPOSITORY

SEATTLE = (47.449, -122.309)


@pytest.fixture(scope="module")
def changed(shared_database: Connection) -> Iterator[Connection]:
    """A last change with events E1 to E4; an earlier change with E5."""
    with shared_database.cursor() as cursor:
        cursor.execute("""
            create table ntsb.events (like contract.events including generated);
            create table ntsb.aircraft (like contract.aircraft);
            create table code_mappings.airports (
                icao text, iata text, local_id text, latitude text, longitude text
            );
            insert into code_mappings.airports values ('KSEA', 'SEA', 'SEA', 47.449, -122.309);
            insert into history.change values (1, 'a', 'b', '{}'), (2, 'b', 'c', '{}');
        """)
        add_event(cursor, "E1", "new", "WA", SEATTLE, [("N1", "Cessna ", "172", "091"), ("N2", "BOEING", "737", "121")])
        add_event(cursor, "E2", "revised", "WA", (47.6, -122.309), [("N3", "CESSNA", "172", "091")])
        add_event(cursor, "E3", "revised", "AK", None, [("N4", "CESSNA", "172", "121")])
        add_event(cursor, "E5", "new", "WA", SEATTLE, [("N1", "CESSNA", "172", "091")], change=1)
        rows = {"events": [{"ev_id": "E4", "ev_date": "2020-01-01", "ev_state": "WA"}]}
        rows["aircraft"] = [{"ev_id": "E4", "regis_no": "N5", "acft_make": "CESSNA", "acft_model": "150"}]
        cursor.execute(
            "insert into history.event_version values ('E4', 2, 'withdrawn', 'avall', 'b', 'c', 'x', null, %s)",
            (json.dumps(rows),),
        )
        add_event(cursor, "E6", "source", "AK", None, [("N6", "CESSNA", "172", "091")])
        before = {"events": [{"ev_id": "E2", "ev_state": "OR", "ev_city": "SALEM"}]}
        before["aircraft"] = [{"ev_id": "E2", "regis_no": "N33", "acft_make": "CESSNA"}]
        cursor.execute("update history.event_version set rows = %s where ev_id = 'E2'", (json.dumps(before),))
        cursor.execute("""
            insert into history.row_version values (2, 'events', '["E2"]', 'E2', 'revised', 'avall', 'avall', 1,
                '{"ev_id": "E2", "ev_state": "OR"}', '{"ev_id": "E2", "ev_state": "WA"}')
        """)
    yield shared_database


def add_event(
    cursor: Any, ev_id: str, kind: str, state: str, position: Any, aircraft: list[tuple[str, ...]], change: int = 2
) -> None:
    latitude, longitude = position or (None, None)
    cursor.execute(
        "insert into ntsb.events (ev_id, ev_date, ev_state, dec_latitude, dec_longitude, era, source_file, source_row)"
        " values (%s, '2020-01-01', %s, %s, %s, 'avall', 'avall', 1)",
        (ev_id, state, latitude, longitude),
    )
    for key, values in enumerate(aircraft, 1):
        cursor.execute(
            "insert into ntsb.aircraft (ev_id, aircraft_key, regis_no, acft_make, acft_model, far_part, era,"
            " source_file, source_row) values (%s, %s, %s, %s, %s, %s, 'avall', 'avall', 1)",
            (ev_id, key, *values),
        )
    cursor.execute(
        "insert into history.event_version values (%s, %s, %s, 'avall', 'b', 'c', null, null, null)",
        (ev_id, change, kind),
    )


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"registration": "n1"}, ["E1"]),
        ({"make": "cessna"}, ["E1", "E2", "E3", "E4"]),
        ({"make": "CESSNA", "model": "172", "state": "WA"}, ["E1", "E2"]),
        ({"make": "CESSNA", "far_part": "121"}, ["E3"]),
        ({"state": "ak"}, ["E3"]),
        ({"airport": "sea", "within_km": 10.0}, ["E1"]),
        ({"airport": "KSEA", "within_km": 20.0}, ["E1", "E2"]),
        ({"airport": "KSEA", "within_km": 20.0, "far_part": "121"}, ["E1"]),
        ({"registration": "N5"}, ["E4"]),
        ({"registration": "N33", "state": "OR"}, ["E2"]),
        ({"registration": "N33", "state": "WA"}, []),
        ({"registration": "N6"}, []),
        ({"registration": "N1' or true --"}, []),
    ],
)
def test_all_conditions_hold_for_one_aircraft(changed: Connection, conditions: Any, expected: list[str]) -> None:
    with changed.cursor() as cursor:
        matches = watches.find_changes(cursor, Watch("w", **conditions), 2)
    assert [match["ev_id"] for match in matches] == expected


def test_an_airport_that_does_not_exist_is_named(changed: Connection) -> None:
    listed = [Watch("a", airport="ksea"), Watch("b", airport="KSEAA"), Watch("c", make="CESSNA")]
    with changed.cursor() as cursor:
        (mistake,) = watches.unknown_airports(cursor, listed)
    assert mistake.startswith("watch b: airport: expected one of") and "found KSEAA" in mistake


def test_the_message_says_what_changed(changed: Connection) -> None:
    with changed.cursor() as cursor:
        matches = watches.find_changes(cursor, Watch("fleet", make="CESSNA"), 2)
    message = watches.message(Watch("fleet"), 2, matches)
    lines = message.text.splitlines()
    # E2 has no city now, and its earlier version matches too.
    assert message.subject == "[ntsb] watch fleet: 4 changed cases" and message.key == "watch-2-fleet"
    assert lines[1] == "E2 revised: 2020-01-01, None, WA, N3 (events.ev_state)"
    assert lines[3].startswith("E4 withdrawn: 2020-01-01")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "expected tables"),
        ("[[watch]]\nname = 'a'\n", "expected a name and at least one condition"),
        ("[[watch]]\nmake = 'a'\n", "expected a name and at least one condition"),
        ("[[watch]]\nname = 'a'\nmaker = 'b'\n", "expected one of airport, far_part"),
        ("[[watch]]\nname = 'a'\nmake = 5\n", "make: expected text, found 5"),
        ("[[watch]]\nname = 'a'\nairport = 'KSEA'\n", "expected airport and within_km together"),
        ("[[watch]]\nname = 'a'\nairport = 'KSEA'\nwithin_km = -1\n", "expected a number up to 20000, found -1"),
        ("[[watch]]\nname = 'a'\nairport = 'KSEA'\nwithin_km = nan\n", "expected a number up to 20000, found nan"),
        ("[[watch]]\nname = ['a']\nmake = 'b'\n", r"name: expected text, found \['a'\]"),
        ('[[watch]]\nname = "a"\n"b\\u001b" = 1\n', r"found b\\x1b; correct"),
        ("[[watch]]\nname = 'a'\nmake = 'b'\n" * 2, "expected different names"),
        ("[[watch]\n", "expected a TOML file"),
        ("watch = " + "[" * 5000, "expected a TOML file"),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path: Path, text: str, mistake: str) -> None:
    (file := tmp_path / "watch.toml").write_text(text)
    with pytest.raises(PipelineError, match=mistake):
        watches.read_watches(file)


def test_the_example_of_the_guide_is_valid(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "how-to" / "watch-cases.md").read_text()
    (file := tmp_path / "watch.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    assert watches.read_watches(file)[0].name == "our fleet"


def test_the_key_of_a_message_is_ascii_for_any_name_of_a_watch() -> None:
    names = ("Łódź \u2013 fleet", "Łódź - fleet", "two\nlines", "a" * 200)
    keys = {watches.message(Watch(name), 2, []).key for name in names}
    assert len(keys) == len(names)
    assert all(re.fullmatch(r"watch-2-[A-Za-z0-9_-]{1,80}", key) for key in keys)
