"""history.first_value: days until NTSB's record has a value, of events that entered the database open."""

from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from releases import Publisher

OLD, OPEN, LATE, CLOSED = (f"2020010{n}X0000{n}" for n in (1, 2, 3, 4))


def event(ev_id: str, changed: str, **values: Any) -> dict[str, Any]:
    return {"ev_id": ev_id, "ev_date": f"{ev_id[:4]}-{ev_id[4:6]}-{ev_id[6:8]}", "lchg_date": changed} | values


def narrative(ev_id: str, **values: str) -> dict[str, Any]:
    return {"ev_id": ev_id, "aircraft_key": 1} | values


@pytest.fixture
def first_values(database: Connection) -> dict[tuple[str, str], tuple[Any, ...]]:
    """{(table, column): (open_cases, cases, dated_cases, median_days)} after four releases."""
    publisher = Publisher(database)
    base = {"events": [event(OLD, "2020-01-05")]}
    # The city of OPEN is in its first edition, the injury 10 days later than the event; LATE has only the injury.
    week_1 = {"events": [event(OPEN, "2020-01-06", ev_city="Nome"), event(CLOSED, "2020-01-06", ev_city="Nome")]}
    week_1["narratives"] = [narrative(CLOSED, narr_cause="Ice."), narrative(OPEN, narr_cause="")]
    week_2 = {"events": [event(OPEN, "2020-01-12", ev_city="Nome", ev_highest_injury="FATL")]}
    week_2["events"].append(event(LATE, "2020-01-13", ev_highest_injury="FATL"))
    week_2["events"].append(event(OLD, "2020-01-14", ev_city="Teller"))
    week_3 = {"events": [event(OPEN, "2020-02-02", ev_city="Teller", ev_highest_injury=None)]}
    week_3["narratives"] = [narrative(OPEN, narr_cause="Ice.")]
    weeks: dict[str, Any] = {"avall": base}
    for name, week in {"": {}, "up08JAN": week_1, "up15JAN": week_2, "up22JAN": week_3}.items():
        weeks |= {name: week} if name else {}
        publisher.publish(weeks)
    columns = "table_name, column_name, open_cases, cases, dated_cases, median_days"
    rows = publisher.ask(f"select {columns} from history.first_value")
    return {(table, column): tuple(values) for table, column, *values in rows}


def test_days_are_those_to_the_edition_that_first_has_a_value(first_values: dict[tuple[str, str], Any]) -> None:
    assert first_values["events", "ev_city"] == (2, 1, 1, 4)
    assert first_values["events", "ev_highest_injury"] == (2, 2, 2, 10)
    assert first_values["narratives", "narr_cause"] == (2, 1, 1, 31)


def test_events_of_a_database_that_is_added_later_have_not_entered_open(database: Connection) -> None:
    publisher = Publisher(database)
    first = {"up01JAN": {"events": [event(OPEN, "2020-01-06", ev_city="Nome")]}}
    publisher.publish(first)
    publisher.publish(first | {"avall": {"events": [event(OLD, "2020-01-07", ev_city="Nome")]}})
    assert publisher.ask("select * from history.first_value") == []


def test_events_of_the_first_release_and_those_that_entered_closed_are_not_counted(
    first_values: dict[tuple[str, str], Any],
) -> None:
    assert {values[0] for values in first_values.values()} == {2}
    assert first_values["events", "lchg_date"][1] == 2
