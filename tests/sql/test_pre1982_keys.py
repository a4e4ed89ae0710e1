"""1962-1981: a correction of the file keeps the keys of events; doubtful cases are counted, not merged."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pre1982_rows import derive, records
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.config import SQL
from pipeline.sources import era_of
from pipeline.warehouse import sql_file, table_schema

# A collision of two aircraft, events of one aircraft, and records without a date, docket or city.
EVENTS: dict[int, dict[str, Any]] = {
    40: {"docket_no": "1 0042", "location": "ROME,NY", "locat_state_terr": "32", "date_occurrence": "1962-07-23"},
    51: {"docket_no": "1 0053", "location": "CHICAGO,ILL", "locat_state_terr": "13", "date_occurrence": "1962-01-20"},
    60: {"docket_no": "1 0060", "location": "TROY NY", "locat_state_terr": "32", "date_occurrence": None},
    70: {"docket_no": None, "location": "TROY NY", "locat_state_terr": "32", "date_occurrence": "1964-05-01"},
    80: {"docket_no": "2 0007", "location": None, "locat_state_terr": "32", "date_occurrence": "1964-05-01"},
    1234567: {"docket_no": "2 9", "location": "UTICA NY", "locat_state_terr": "32", "date_occurrence": "1981-12-31"},
}
EVENT_OF_RECORD = {recnum: recnum for recnum in EVENTS} | {52: 51}
KEYS = "select source_row, ev_id, aircraft_key from aircraft order by source_row"
COLLISIONS = "select row_key, split_part(detail, ' ', 1)::integer from ({}) as counted where detail !~ '^0 '"

dates = st.one_of(st.none(), st.dates().map(str))
texts = st.one_of(st.none(), st.text("AZ019* ", max_size=6))


def texts_of_other_columns(database: Connection) -> list[str]:
    """The text columns of tblFirstHalf that do not determine which records are one event."""
    key = {"docket_no", "location", "locat_state_terr"}
    with database.cursor() as cursor:
        columns = table_schema.columns(cursor, "tblfirsthalf")
    own = ("era", "source_file", "source_row")
    return [column.name for column in columns if column.type == "text" and column.name not in {*key, *own}]


def fill(database: Connection, corrections: dict[int, dict[str, Any]], dated: dict[int, str | None]) -> None:
    """Loads the records with corrected cells, and dates by event, and derives their rows."""
    for recnum, event in EVENT_OF_RECORD.items():
        cells = {**EVENTS[event], **corrections.get(recnum, {})}
        cells |= {"date_occurrence": dated[event]} if event in dated else {}
        values = {"recnum": recnum, "era": "pre1982", "source_file": "PRE1982", "source_row": recnum, **cells}
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        with database.cursor() as cursor:
            cursor.execute(f"insert into tblfirsthalf ({names}) values ({marks})", list(values.values()))
    derive(database, "")


def keys_after(database: Connection, corrections: dict[int, dict[str, Any]], dated: dict[int, str | None]) -> Any:
    """The keys of all aircraft of the corrected file."""
    with database.cursor() as cursor:
        cursor.execute("begin")
        fill(database, corrections, dated)
        cursor.execute(KEYS)
        keys = cursor.fetchall()
        cursor.execute("rollback")
    return keys


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_corrected_cells_and_dates_change_no_key(shared_database: Connection, data: st.DataObject) -> None:
    """Any date of an event may be corrected, added or removed, and any cell but those that identify the event."""
    columns = st.sampled_from(texts_of_other_columns(shared_database))
    cells = st.dictionaries(columns, texts, max_size=12)
    corrections = data.draw(st.dictionaries(st.sampled_from(sorted(EVENT_OF_RECORD)), cells))
    # Without a date, nothing shows that the two records of the collision are one event.
    single = sorted(set(EVENTS) - {51})
    dated = data.draw(st.dictionaries(st.sampled_from(single), dates))
    dated |= data.draw(st.dictionaries(st.just(51), st.dates().map(str)))
    expected = [
        (recnum, f"PRE1982-{event:06d}", 2 if recnum != event else 1)
        for recnum, event in sorted(EVENT_OF_RECORD.items())
    ]
    assert keys_after(shared_database, corrections, dated) == expected


def test_a_date_corrected_on_one_record_of_a_collision_keeps_the_id_of_the_lowest(database: Connection) -> None:
    for recnum in (51, 52):
        keys = keys_after(database, {recnum: {"date_occurrence": "1962-01-21"}}, {})
        assert {record: (ev_id, key) for record, ev_id, key in keys if record in (51, 52)} == {
            51: ("PRE1982-000051", 1),
            52: ("PRE1982-000052", 1),
        }


@pytest.mark.parametrize(
    ("correction", "counted"),
    [
        ({}, {"one event": 2}),
        ({"date_occurrence": "1962-01-21"}, {"same docket, year and place, other day": 2}),
        ({"date_occurrence": "1963-01-20"}, {}),
        ({"date_occurrence": None}, {"no docket, date or place": 4}),
        ({"location": "CICERO,ILL"}, {"same docket and day, other place": 2}),
    ],
)
def test_doubtful_records_are_counted(
    database: Connection, correction: dict[str, Any], counted: dict[str, int]
) -> None:
    fill(database, {52: correction}, {})
    query = sql_file.statement(SQL / "checks" / "collisions_pre1982.sql")
    assert dict(rows(database, COLLISIONS.format(query))) == {"no docket, date or place": 3} | counted


def test_derived_ids_have_the_form_that_a_check_expects(database: Connection) -> None:
    fill(database, {}, {})
    query = sql_file.statement(SQL / "checks" / "ev_id_form.sql")
    assert rows(database, query) == []
    load(database, "events", "| ev_id |\n| PRE1982-000041 |")
    assert [(row[1]) for row in rows(database, query)] == ["PRE1982-000041"], "an id of this form in another file"


def test_every_record_is_an_aircraft_of_an_event(database: Connection) -> None:
    fill(database, {}, {})
    query = sql_file.statement(SQL / "checks" / "conservation_pre1982.sql")
    assert rows(database, query) == []
    assert rows(database, "select count(*) from events where ev_date is null") == [(1,)]
    head = "recnum date_occurrence source_row source_file"
    load(database, "tblfirsthalf", records(head, (90, None, 90, "PRE1982")))
    assert [row[1] for row in rows(database, query)] == ["90"], "a record without a date is required too"


def test_the_prefix_is_the_name_of_the_database(shared_database: Connection) -> None:
    """The prefix of the ids names the file that the record number is from."""
    text = (era_of("PRE1982").folder / "_accidents.sql").read_text()
    assert f"'{era_of('PRE1982').file}-'" in text
