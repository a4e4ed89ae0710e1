"""Runs of rows that a new edition of a file moves, and the reversal of a change."""

import pytest
from psycopg2.extensions import connection as Connection
from releases import Publisher
from test_history import A, C, event, snapshot

from pipeline.warehouse import history


def test_a_new_edition_moves_rows_in_runs(database: Connection) -> None:
    """The first event is withdrawn and another one revised; then another edition moves the moved rows again."""
    publisher = Publisher(database, min_run_rows=2)
    events = [event(f"2020010100000{n}", ev_city="Nome") for n in range(1, 8)]
    first = publisher.publish({"avall": {"events": events}})
    second = publisher.publish({"avall": {"events": [*events[1:4], events[4] | {"ev_city": "Teller"}, *events[5:]]}})
    third = publisher.publish({"avall": {"events": [event("20200101000000"), *events[1:4], *events[5:]]}})
    runs = "select change, first_row, last_row, rows, earlier_row from history.moved_run order by change, first_row"
    assert publisher.ask(runs) == [(2, 1, 3, 3, 2), (2, 5, 6, 2, 6), (3, 2, 4, 3, 1)]
    for release in (first, second, third):
        assert publisher.as_of("events", release) == (publisher.digests[release]["events"], 0)
    assert publisher.ask("select change, kind, count(*) from history.row_version group by 1, 2 order by 1, 2") == [
        (2, "revised", 1),
        (2, "withdrawn", 1),
        (3, "new", 1),
        (3, "withdrawn", 1),
    ]


@pytest.mark.parametrize("min_run_rows", [1, history.MIN_RUN_ROWS], ids=["in runs", "row by row"])
def test_a_reversal_is_recorded_as_a_comparison_would(
    database: Connection, min_run_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that are new, withdrawn, revised, repeated by another file, and moved; and lookup rows."""
    base = {**snapshot()["avall"], "country": [{"country_code": "X"}], "ct_iaids": [{"ct_name": "n", "meaning": "one"}]}
    week = {"events": [base["events"][1], event(C)], "aircraft": [{"ev_id": C, "aircraft_key": 1}]}
    other = base | {"events": base["events"][::-1], "findings": base["findings"][1:], "ct_iaids": []}
    recorded = []
    for is_compared in (False, True):
        if is_compared:
            monkeypatch.setattr(history, "is_reversal", lambda *_: False)
        publisher = Publisher(database, min_run_rows)
        for files in ({"avall": base}, {"avall": other, "up08NOV": week}, {"avall": base}):
            publisher.publish(files)
        tables = ("row_version", "moved_run", "event_version")
        rows = {
            name: publisher.ask(f"select * from history.{name} where change = 3 order by 1, 2, 3") for name in tables
        }
        assert rows["row_version"] and rows["event_version"]
        recorded.append(rows)
    assert recorded[0] == recorded[1]


@pytest.mark.parametrize(("first", "second"), [("1,2", "0,1,2"), ("3,7,8", "3,1,9,2,7,8"), ("4,5,6,7", "5,4,7,6")])
def test_rows_with_one_source_row_that_are_separated(database: Connection, first: str, second: str) -> None:
    """Two findings have one source row, then two: a run would not determine which of them had which row before."""
    publisher = Publisher(database, min_run_rows=1)
    file = {"events": [event(A)], "aircraft": [{"ev_id": A, "aircraft_key": 1}]}
    releases = []
    for numbers in (first, second, first):
        findings = [{"ev_id": A, "aircraft_key": 1, "finding_no": int(n)} for n in numbers.split(",")]
        releases.append(publisher.publish({"avall": file | {"findings": findings}}))
    for release in releases:
        assert publisher.as_of("findings", release) == (publisher.digests[release]["findings"], 0)


def test_readers_can_restore_narratives_also_of_an_earlier_table_definition(database: Connection) -> None:
    publisher = Publisher(database)
    file = {"events": [event(A)], "narratives": [{"ev_id": A, "aircraft_key": 1, "narr_accp": "It taxied."}]}
    first = publisher.publish({"avall": file})
    publisher.publish({"avall": file | {"narratives": []}})
    words = f"select search_vector::text from history.as_of(null::ntsb.narratives, '{first}')"
    with database.cursor() as cursor:
        cursor.execute("grant usage on schema ntsb to ntsb_reader; grant select on ntsb.narratives to ntsb_reader")
        cursor.execute("set role ntsb_reader")
        assert publisher.ask(words) == [("'taxi':2",)]
        cursor.execute("reset role; alter table ntsb.narratives drop column search_vector")
        cursor.execute(
            "alter table ntsb.narratives add search_vector tsvector "
            "generated always as (to_tsvector('english', narr_accp)) stored"
        )
    assert publisher.ask(words) == [("'taxi':2",)]


def test_rows_with_one_source_row_that_had_two_are_recorded_one_by_one(database: Connection) -> None:
    publisher = Publisher(database, min_run_rows=1)
    findings = [{"ev_id": A, "aircraft_key": 1, "finding_no": n} for n in range(5)]
    file = {"events": [event(A)], "aircraft": [{"ev_id": A, "aircraft_key": 1}]}
    first = publisher.publish({"avall": file | {"findings": findings}})
    publisher.publish({"avall": file | {"findings": findings[1:]}})
    assert publisher.ask("select count(*) from history.moved_run") == [(0,)]
    assert publisher.ask("select row_key, kind from history.row_version order by 1") == [
        (f'["{A}", 1, 0]', "withdrawn"),
        (f'["{A}", 1, 2]', "moved"),
        (f'["{A}", 1, 4]', "moved"),
    ]
    assert publisher.as_of("findings", first) == (publisher.digests[first]["findings"], 0)
