"""Rows that a new edition of a file moves, written run by run, and the way back from a change."""

import pytest
from psycopg2.extensions import connection as Connection
from releases import Publisher
from test_history import A, C, event, snapshot

from pipeline.warehouse import history


def test_a_new_edition_moves_rows_in_runs(database: Connection) -> None:
    """The first event goes, another one is revised, and then a second edition moves what was moved."""
    publisher = Publisher(database, together=2)
    told = [event(f"2020010100000{n}", ev_city="Nome") for n in range(1, 8)]
    first = publisher.publish({"avall": {"events": told}})
    second = publisher.publish({"avall": {"events": [*told[1:4], told[4] | {"ev_city": "Teller"}, *told[5:]]}})
    third = publisher.publish({"avall": {"events": [event("20200101000000"), *told[1:4], *told[5:]]}})
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


@pytest.mark.parametrize("together", [1, history.MIN_RUN_ROWS], ids=["in runs", "row by row"])
def test_the_way_back_is_written_as_a_comparison_would(
    database: Connection, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that come, go, are revised, repeated by another file, and moved; lookup rows too."""
    base = {**snapshot()["avall"], "country": [{"country_code": "X"}], "ct_iaids": [{"ct_name": "n", "meaning": "one"}]}
    week = {"events": [base["events"][1], event(C)], "aircraft": [{"ev_id": C, "aircraft_key": 1}]}
    other = base | {"events": base["events"][::-1], "findings": base["findings"][1:], "ct_iaids": []}
    written = []
    for is_compared in (False, True):
        if is_compared:
            monkeypatch.setattr(history, "is_reversal", lambda *_: False)
        publisher = Publisher(database, together)
        for told in ({"avall": base}, {"avall": other, "up08NOV": week}, {"avall": base}):
            publisher.publish(told)
        tables = ("row_version", "moved_run", "event_version")
        rows = {
            name: publisher.ask(f"select * from history.{name} where change = 3 order by 1, 2, 3") for name in tables
        }
        assert rows["row_version"] and rows["event_version"]
        written.append(rows)
    assert written[0] == written[1]


@pytest.mark.parametrize(("first", "second"), [("1,2", "0,1,2"), ("3,7,8", "3,1,9,2,7,8"), ("4,5,6,7", "5,4,7,6")])
def test_rows_of_one_line_that_part_company(database: Connection, first: str, second: str) -> None:
    """Two findings stand in one line, and then in two: a run could not tell which of them goes back where."""
    publisher = Publisher(database, together=1)
    file = {"events": [event(A)], "aircraft": [{"ev_id": A, "aircraft_key": 1}]}
    releases = []
    for numbers in (first, second, first):
        found = [{"ev_id": A, "aircraft_key": 1, "finding_no": int(n)} for n in numbers.split(",")]
        releases.append(publisher.publish({"avall": file | {"findings": found}}))
    for release in releases:
        assert publisher.as_of("findings", release) == (publisher.digests[release]["findings"], 0)


def test_readers_and_tables_of_earlier_code_have_their_narratives_again(database: Connection) -> None:
    publisher = Publisher(database)
    told = {"events": [event(A)], "narratives": [{"ev_id": A, "aircraft_key": 1, "narr_accp": "It taxied."}]}
    first = publisher.publish({"avall": told})
    publisher.publish({"avall": told | {"narratives": []}})
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


def test_rows_of_one_line_that_come_from_two_are_written_one_by_one(database: Connection) -> None:
    publisher = Publisher(database, together=1)
    found = [{"ev_id": A, "aircraft_key": 1, "finding_no": n} for n in range(5)]
    file = {"events": [event(A)], "aircraft": [{"ev_id": A, "aircraft_key": 1}]}
    first = publisher.publish({"avall": file | {"findings": found}})
    publisher.publish({"avall": file | {"findings": found[1:]}})
    assert publisher.ask("select count(*) from history.moved_run") == [(0,)]
    assert publisher.ask("select row_key, kind from history.row_version order by 1") == [
        (f'["{A}", 1, 0]', "withdrawn"),
        (f'["{A}", 1, 2]', "moved"),
        (f'["{A}", 1, 4]', "moved"),
    ]
    assert publisher.as_of("findings", first) == (publisher.digests[first]["findings"], 0)
