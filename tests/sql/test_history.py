"""History: every table of every release is restored exactly; changed events are distinguished from moved ones."""

from copy import deepcopy
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from releases import Publisher, Snapshot

A, B, C = (f"2020010{n}X00001" for n in (1, 2, 3))
ODD = ("", "'", '"', "a\\b", "line\nend", "null", "ünï", "[1]", None)


def event(ev_id: str, **values: Any) -> dict[str, Any]:
    """A row of events."""
    return {"ev_id": ev_id, "ev_highest_injury": "SERS", "dec_latitude": 61.1, "dec_longitude": -149.9} | values


def snapshot() -> Snapshot:
    """A base file of two events."""
    findings = [{"ev_id": A, "aircraft_key": 1, "finding_no": n, "finding_code": "01"} for n in (1, 2)]
    return {
        "avall": {
            "events": [event(A, ev_city="Nome"), event(B)],
            "aircraft": [{"ev_id": ev_id, "aircraft_key": 1, "damage": "SUBS"} for ev_id in (A, B)],
            "findings": findings,
            "country": [{"country_code": "USA", "country_name": "United States"}],
        }
    }


@pytest.fixture
def publisher(database: Connection) -> Publisher:
    """A database without a release."""
    return Publisher(database)


def kinds(publisher: Publisher) -> dict[str, str]:
    """{event: kind} of the last change."""
    return dict(
        publisher.ask(
            "select ev_id, kind from history.event_version where change = (select max(number) from history.change)"
        )
    )


def test_the_first_release_is_no_change(publisher: Publisher) -> None:
    release = publisher.publish(snapshot())
    assert publisher.ask("select number, release_from, release_to from history.change") == [(1, None, release)]
    assert publisher.ask("select count(*) from history.row_version") == [(0,)]


def test_the_same_release_again_is_no_change(publisher: Publisher) -> None:
    assert publisher.publish(snapshot()) == publisher.publish(deepcopy(snapshot()))
    assert publisher.ask("select count(*) from history.change") == [(1,)]


def test_a_weekly_file_revises_adds_and_repeats_events(publisher: Publisher) -> None:
    first = publisher.publish(snapshot())
    base = snapshot()["avall"]
    week = {
        "events": [base["events"][1], event(A, ev_city="Teller", ev_highest_injury="FATL"), event(C)],
        "aircraft": [*base["aircraft"], {"ev_id": C, "aircraft_key": 1}],
        "findings": base["findings"][:1],
    }
    second = publisher.publish(snapshot() | {"up08NOV": week})
    assert kinds(publisher) == {A: "revised", C: "new"}
    rows = publisher.ask(
        "select table_name, row_key, kind from history.row_version where ev_id in (%s, %s) order by 1, 2", A, B
    )
    assert rows == [
        ("aircraft", f'["{A}", 1]', "moved"),
        ("aircraft", f'["{B}", 1]', "moved"),
        ("events", f'["{A}"]', "revised"),
        ("events", f'["{B}"]', "moved"),
        ("findings", f'["{A}", 1, 1]', "moved"),
        ("findings", f'["{A}", 1, 2]', "withdrawn"),
    ]
    fields = publisher.ask(
        "select column_name, old, new from history.field_change where kind = 'revised' order by column_name"
    )
    assert fields == [("ev_city", "Nome", "Teller"), ("ev_highest_injury", "SERS", "FATL")]
    ((old, new, earlier_rows),) = publisher.ask(
        "select content_hash, next_content_hash, rows from history.event_version where ev_id = %s", A
    )
    assert old != new
    assert [row["ev_city"] for row in earlier_rows["events"]] == ["Nome"] and len(earlier_rows["findings"]) == 2
    assert publisher.ask("select release_from, release_to from history.event_version group by 1, 2") == [
        (first, second)
    ]


def test_a_new_base_file_withdraws_events(publisher: Publisher) -> None:
    publisher.publish(snapshot())
    reduced = snapshot()
    for table in ("events", "aircraft", "findings"):
        reduced["avall"][table] = [row for row in reduced["avall"][table] if row["ev_id"] != A]
    publisher.publish(reduced)
    assert kinds(publisher) == {A: "withdrawn"}
    assert publisher.ask("select next_content_hash from history.event_version") == [(None,)]


def test_rows_with_other_row_numbers_are_moved_not_revised(publisher: Publisher) -> None:
    first = publisher.publish(snapshot())
    reordered = snapshot()
    reordered["avall"]["events"].reverse()
    publisher.publish(reordered)
    assert publisher.ask("select kind, count(*) from history.row_version group by kind") == [("moved", 2)]
    assert kinds(publisher) == {}
    assert publisher.as_of("events", first) == (publisher.digests[first]["events"], 0)


@pytest.mark.parametrize("pair", [(("a", None), (None, "a")), (("", None), (None, None)), (("null",), (None,))])
def test_content_hashes_differ(publisher: Publisher, pair: Any) -> None:
    hashes = set()
    for values in pair:
        publisher.publish(snapshot())
        changed = snapshot()
        row = changed["avall"]["findings"][0]
        row.update(dict(zip(("finding_code", "cause_factor"), values, strict=False)))
        publisher.publish(changed)
        ((content_hash,),) = publisher.ask(
            "select next_content_hash from history.event_version order by change desc limit 1"
        )
        hashes.add(content_hash)
        publisher.publish(snapshot())
    assert len(hashes) == 2


def test_a_relation_without_history_is_an_error(publisher: Publisher) -> None:
    """A view, a user's table, a copy of a published table in another schema, and a type that is no relation."""
    first = publisher.publish(snapshot())
    publisher.ask("insert into audit.release values (%s, 'its-snapshot', 1, true, '[]') returning id", first)
    with publisher.database.cursor() as cursor:
        cursor.execute("create view mart.mine as select * from ntsb.events; create table ntsb.mine (x text)")
        cursor.execute("create schema elsewhere; create table elsewhere.events (like ntsb.events)")
    for shape in ("mart.mine", "ntsb.mine", "elsewhere.events", "integer"):
        with pytest.raises(
            psycopg2.errors.RaiseException, match=f"expected a table .*events.*, found {shape}"
        ) as caught:
            publisher.ask(f"select * from history.as_of(null::{shape}, %s)", first)
        assert f"rollback {first}" in (caught.value.diag.message_hint or "")
        assert "AllReports --snapshot its-snapshot" in (caught.value.diag.message_hint or "")
    assert publisher.ask("select count(*) from history.as_of(null::ntsb.events, %s)", first) == [(2,)]


def test_a_gap_and_an_unknown_release_are_errors(publisher: Publisher) -> None:
    first = publisher.publish(snapshot())
    with pytest.raises(psycopg2.errors.RaiseException, match=r"expected a release .*, found 0123456789ab"):
        publisher.ask("select * from history.as_of(null::ntsb.events, '0123456789ab')")
    # Another release became current by a change that was not recorded.
    publisher.ask("insert into audit.release values ('bbbbbbbbbbbb', 's', 1, true, '[]') returning id")
    with pytest.raises(psycopg2.errors.RaiseException, match=f"every change since release {first}, found a gap"):
        publisher.ask("select * from history.as_of(null::ntsb.events, %s)", first)
    publisher.ask("delete from audit.release returning id")
    publisher.current = "aaaaaaaaaaaa"
    publisher.publish({"avall": snapshot()["avall"] | {"country": []}})
    with pytest.raises(psycopg2.errors.RaiseException, match=f"every change since release {first}, found a gap"):
        publisher.ask("select * from history.as_of(null::ntsb.events, %s)", first)


def test_a_change_of_source_is_no_revision(publisher: Publisher) -> None:
    """Declared differences, such as the text of the latitude, do not count; any other is a revision."""
    base = snapshot()["avall"]
    base["events"] = [event(A, latitude="611100N"), event(B, latitude="611100N"), event(C)]
    api = {
        "events": [event(A), event(B, ev_highest_injury="FATL")],
        "aircraft": base["aircraft"],
        "findings": base["findings"],
    }
    first = publisher.publish({"avall": base})
    second = publisher.publish({"avall": base, "api": api})
    assert kinds(publisher) == {A: "source", B: "revised"}
    changed = "select distinct ev_id from history.field_change where change = (select max(number) from history.change)"
    assert publisher.ask(changed) == [(B,)]
    assert publisher.ask("select distinct ev_id from history.difference(%s, %s)", first, second) == [(B,)]
    assert publisher.as_of("events", first) == (publisher.digests[first]["events"], 0)


def test_the_way_back_to_an_access_file_is_no_revision_either(publisher: Publisher) -> None:
    base = snapshot()["avall"]
    api = {"events": [event(A, ev_city="Nome"), event(B)], "aircraft": base["aircraft"], "findings": base["findings"]}
    publisher.publish({"api": api})
    base["events"] = [event(A, ev_city="Nome", latitude="611100N"), event(B, latitude="611100N")]
    publisher.publish({"avall": base})
    assert kinds(publisher) == {A: "source", B: "source"}
