"""Editions, by property: no published event is older than any copy, and withdrawn events do not reappear."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import editions

# Databases and weekly files; those with a suffix are older files of the same name.
SOURCES = ("Pre2008", "Pre2008_0a1b2c3d", "avall", "avall_0a1b2c3d", "up08NOV", "up15NOV", "up08NOV_0a1b2c3d")
# Two events before 2008, which a weekly file may contain too, one without a date, three later ones.
DATES = {"e1": "1990-05-06", "e2": "2007-12-31", "e3": None, "e4": "2008-01-01", "e5": "2020-01-31", "e6": "2025-10-01"}
Files = dict[str, dict[str, datetime | None]]

days = st.one_of(st.none(), st.integers(1, 9).map(lambda day: datetime(2025, 11, day)))
contents = st.dictionaries(st.sampled_from(sorted(DATES)), days, max_size=6)
files = st.dictionaries(st.sampled_from(SOURCES), contents, min_size=1, max_size=6)


@pytest.fixture(scope="module")
def typed(shared_database: Connection) -> Connection:
    """Empty cast files of all sources."""
    with shared_database.cursor() as cursor:
        for source in SOURCES:
            schema = f"typed_{source.lower()}"
            cursor.execute(
                f"create schema {schema}; create table {schema}.quarantine (source_table text, raw jsonb);"
                f"create table {schema}.events (ev_id text, ev_date date, lchg_date timestamp, source_file text)"
            )
    return shared_database


def latest(database: Connection, snapshot: Files, order: list[str]) -> dict[str, tuple[str, str]]:
    """{event: (file, era) of its published edition} for files in this order."""
    with database.cursor() as cursor:
        cursor.execute("begin")
        for source, events in snapshot.items():
            cursor.execute(f"truncate typed_{source.lower()}.events")
            for ev_id, change in events.items():
                values = (ev_id, DATES[ev_id], change, source)
                cursor.execute(f"insert into typed_{source.lower()}.events values (%s, %s, %s, %s)", values)
        editions.create_latest(cursor, order)
        cursor.execute("select ev_id, source_file, era from latest_edition")
        result = {ev_id: (source, era) for ev_id, source, era in cursor.fetchall()}
        cursor.execute("rollback")
    return result


def newest(events: dict[str, datetime | None]) -> datetime:
    return max((change for change in events.values() if change), default=datetime.min)


def era(source: str, ev_id: str) -> str:
    """The era of a copy: that of the database, or by the date of the event."""
    if source.startswith("up"):
        return "pre2008" if (DATES[ev_id] or "9") <= "2007-12-31" else "avall"
    return source.partition("_")[0].lower()


def is_withdrawn(ev_id: str, snapshot: Files) -> bool:
    """True if, for each file with the event, a newer database of its era exists; that this lacks it follows."""
    return all(
        any(
            newest(other) > newest(events)
            for name, other in snapshot.items()
            if not name.startswith("up") and name.partition("_")[0].lower() == era(source, ev_id) and other
        )
        for source, events in snapshot.items()
        if ev_id in events
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=files, data=st.data())
def test_the_newest_edition_of_each_event_is_published(typed: Connection, snapshot: Files, data: st.DataObject) -> None:
    order = data.draw(st.permutations(sorted(snapshot)))
    published = latest(typed, snapshot, order)
    copies: dict[str, list[datetime]] = {}
    for events in snapshot.values():
        for ev_id, change in events.items():
            copies.setdefault(ev_id, []).append(change or datetime.min)
    assert {ev_id for ev_id in copies if not is_withdrawn(ev_id, snapshot)} == set(published)
    for ev_id, (source, its_era) in published.items():
        assert (snapshot[source][ev_id] or datetime.min) == max(copies[ev_id])
        assert its_era == era(source, ev_id)
    # The order of the files decides only between copies with the same date.
    other = latest(typed, snapshot, sorted(snapshot))
    dates = {ev_id: (snapshot[source][ev_id], set(published)) for ev_id, (source, _) in published.items()}
    assert {ev_id: (snapshot[source][ev_id], set(other)) for ev_id, (source, _) in other.items()} == dates


def test_of_copies_with_the_same_date_the_later_file_wins(typed: Connection) -> None:
    day = datetime(2025, 11, 3)
    snapshot: Files = {"avall": {"e5": day}, "up08NOV": {"e5": day}}
    assert latest(typed, snapshot, ["avall", "up08NOV"]) == {"e5": ("up08NOV", "avall")}
    assert latest(typed, snapshot, ["up08NOV", "avall"]) == {"e5": ("avall", "avall")}


def test_an_event_in_quarantine_is_not_withdrawn(database: Connection) -> None:
    """The newest database contains the event, but it cannot be published: the older edition stays."""
    create: dict[str, Any] = {}
    for source, change in (("avall", "2025-11-20"), ("up08NOV", "2025-11-06")):
        rows(
            database,
            f"create schema typed_{source}; create table typed_{source}.quarantine (source_table text, raw jsonb);"
            f"create table typed_{source}.events (like contract.events including generated); select 1",
        )
        create[source] = f"| ev_id | source_file | lchg_date |\n| {source} | {source} | {change} |"
    create["up08NOV"] += "\n| e5 | up08NOV | 2025-11-05 |"
    for source, text in create.items():
        load(database, f"typed_{source}.events".lower(), text)
    rows(database, "insert into typed_avall.quarantine values ('events', '{\"ev_id\": \"e5 \"}'); select 1")
    with database.cursor() as cursor:
        cursor.execute("begin")
        editions.create_latest(cursor, ["up08NOV", "avall"])
        cursor.execute("select ev_id, source_file from latest_edition order by 1")
        assert cursor.fetchall() == [("avall", "avall"), ("e5", "up08NOV")]


def test_one_change_date_in_the_future_withdraws_no_event(typed: Connection) -> None:
    """The older database has a date of 2099, and lacks ten events of the newer one; `newest_changes` agrees."""
    insert = "insert into {}.events select 'e' || n, '2020-01-31', {}, '{}' from generate_series(1, {}) as n"
    older = "case when n = 7 then '2099-01-01' else '2024-06-01'::timestamp + n * interval '1 day' end"
    with typed.cursor() as cursor:
        cursor.execute("begin; truncate typed_avall.events, typed_avall_0a1b2c3d.events")
        cursor.execute(insert.format("typed_avall_0a1b2c3d", older, "avall_0a1b2c3d", 30))
        cursor.execute(insert.format("typed_avall", "timestamp '2025-11-28'", "avall", 40))
        sources = ["avall", "avall_0a1b2c3d"]
        assert editions.newest_changes(cursor, sources) == {
            "avall": datetime(2025, 11, 28),
            "avall_0a1b2c3d": datetime(2024, 7, 1),
        }
        editions.create_latest(cursor, sources)
        cursor.execute("select source_file, count(*) from latest_edition group by 1 order by 1")
        # The copy of 2099 is as old as its file.
        assert cursor.fetchall() == [("avall", 40)]
        cursor.execute("rollback")


def test_a_wrong_change_date_in_a_small_file_decides_nothing(typed: Connection) -> None:
    """Not which events are withdrawn, nor which copy of its own event is published."""
    wrong, day = datetime(2099, 1, 1), datetime(2025, 11, 3)
    snapshot: Files = {
        "avall": {"e4": day, "e5": day, "e6": day},
        "avall_0a1b2c3d": {"e5": wrong, "e6": datetime(2025, 10, 5)},
    }
    expected = {ev_id: ("avall", "avall") for ev_id in snapshot["avall"]}
    for order in (["avall", "avall_0a1b2c3d"], ["avall_0a1b2c3d", "avall"]):
        assert latest(typed, snapshot, order) == expected
