"""Each reason for quarantine; by property, each row is kept or quarantined and kept rows satisfy the keys."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from tables import parse

from pipeline.warehouse import cast, raw_tables, table_schema
from pipeline.warehouse.quality import quarantine

Rows = list[dict[str, str | None]]
NAMES = {
    **{"events": "events", "aircraft": "aircraft", "engines": "engines", "findings": "Findings"},
    **{"flight_crew": "Flight_Crew", "flight_time": "flight_time", "ntsb_admin": "NTSB_Admin"},
}
COLUMNS = {
    "events": ("ev_id", "ev_city"),
    "aircraft": ("ev_id", "aircraft_key", "acft_make"),
    "engines": ("ev_id", "aircraft_key", "eng_no", "eng_type"),
    "findings": ("ev_id", "aircraft_key", "finding_no", "finding_code"),
    "flight_crew": ("ev_id", "aircraft_key", "crew_no", "crew_age"),
    "flight_time": ("ev_id", "aircraft_key", "crew_no", "flight_type", "flight_craft", "flight_hours"),
    "ntsb_admin": ("ev_id", "rec_stat"),
}
VALID = {
    "events": "| ev_id |\n| e1 |\n| e2 |",
    "aircraft": "| ev_id | aircraft_key |\n| e1 | 1 |\n| e2 | 1 |\n| e2 | 2 |",
    "flight_crew": "| ev_id | aircraft_key | crew_no |\n| e1 | 1 | 1 |",
}


@contextmanager
def quarantined(connection: Connection, tables: dict[str, Rows], unreadable: str = "") -> Iterator[Connection]:
    """Cast tables of the rows (empty where not given) after quarantine, parents first; rolled back at the end.

    `unreadable`: how the file spells the table `events`, whose second row has an unreadable cell.
    """
    with connection.cursor() as cursor:
        cursor.execute("begin; create schema typed_avall; create schema raw_avall")
        cursor.execute("set local search_path = typed_avall, pg_temp, public")
        cursor.execute(quarantine.CREATE_TABLE)
        cursor.execute(f"set local search_path = raw_avall; {raw_tables.CREATE_UNREADABLE_CELL}")
        cursor.execute(raw_tables.CREATE_INVENTORY)
        if unreadable:
            cell = (unreadable, 2, "ev_id", "ev_id", "damaged")
            cursor.execute("insert into inventory values (%s, 'ev_id', 'events', 'ev_id')", (unreadable,))
            cursor.execute("insert into unreadable_cell values (%s, %s, %s, %s, %s)", cell)
        cursor.execute("set local search_path = typed_avall, pg_temp, public")
        for table in (name for name in table_schema.tables() if name in NAMES):
            columns = COLUMNS[table]
            texts = ", ".join(f"{column} text" for column in columns)
            cursor.execute(
                f"create table raw_avall.{table} (source_row bigint generated always as identity, {texts});"
                f"create temporary view raw_{table} as select * from raw_avall.{table}"
            )
            values = [tuple(row.get(column) for column in columns) for row in tables.get(table, [])]
            execute_values(cursor, f"insert into raw_avall.{table} ({', '.join(columns)}) values %s", values)
            query = cast.cast_select(table, table_schema.columns(cursor, table), columns, "avall", "avall")
            cursor.execute(f"create table {table} as {query.as_string(cursor)}")
            quarantine.quarantine_rows(cursor, "avall", table, NAMES[table])
        try:
            yield connection
        finally:
            cursor.execute("rollback")


def reasons(connection: Connection, texts: dict[str, str]) -> list[tuple[str, int, str]]:
    """(table, row, reason) of the quarantined rows of text tables; those not given are VALID."""
    with (
        quarantined(connection, {table: parse(text) for table, text in (VALID | texts).items()}) as database,
        database.cursor() as cursor,
    ):
        cursor.execute("select source_table, source_row, reason from quarantine order by source_table, source_row")
        return cursor.fetchall()


@pytest.mark.parametrize("name", ["events", "EVENTS"])
def test_a_row_with_an_unreadable_cell_is_quarantined_however_the_file_spells_its_table(
    shared_database: Connection, name: str
) -> None:
    with quarantined(shared_database, {"events": parse(VALID["events"])}, name) as database:
        cursor = database.cursor()
        cursor.execute("select source_table, source_row, reason, detail from quarantine")
        assert cursor.fetchall() == [("events", 2, "unreadable_cell", "ev_id: damaged")]


CASES = {
    "an event without an id": (
        {"events": "| ev_id |\n| e1 |\n| |\n| '' |\n| e2 |"},
        [("events", 2, "key_missing"), ("events", 3, "key_missing")],
    ),
    "a key that is not a number": (
        {"engines": "| ev_id | aircraft_key | eng_no |\n| e1 | 1 | one |\n| e1 | 1 | 1 |"},
        [("engines", 1, "key_missing")],
    ),
    "the same row again": (
        {"ntsb_admin": "| ev_id | rec_stat |\n| e1 | B |\n| e2 | P |\n| e1 | B |\n| e1 | B |"},
        [("NTSB_Admin", 3, "duplicate"), ("NTSB_Admin", 4, "duplicate")],
    ),
    "another row with the same key": (
        {"ntsb_admin": "| ev_id | rec_stat |\n| e1 | B |\n| e1 | P |\n| e1 | |"},
        [("NTSB_Admin", 2, "duplicate_key"), ("NTSB_Admin", 3, "duplicate_key")],
    ),
    "no such event": (
        {"ntsb_admin": "| ev_id |\n| e9 |\n| e2 |", "engines": "| ev_id | aircraft_key | eng_no |\n| e9 | 1 | 1 |"},
        [("NTSB_Admin", 1, "orphan"), ("engines", 1, "orphan")],
    ),
    "no such aircraft of the event": (
        {"engines": "| ev_id | aircraft_key | eng_no |\n| e1 | 9 | 1 |\n| e1 | 1 | 1 |"},
        [("engines", 1, "orphan_key")],
    ),
    "a parent that is in quarantine itself": (
        {
            "flight_crew": "| ev_id | aircraft_key | crew_no |\n| e1 | 9 | 1 |",
            "flight_time": """
            | ev_id | aircraft_key | crew_no | flight_type | flight_craft |
            | e1    | 9            | 1       | PIC         | ALL          |
            """,
        },
        [("Flight_Crew", 1, "orphan_key"), ("flight_time", 1, "orphan_key")],
    ),
    "a copied engine, and the second of a pair that is numbered 3 and 4": (
        {
            "engines": """
            | ev_id | aircraft_key | eng_no | eng_type |
            | e1    | 1            | 1      | REC      |
            | e1    | 1            | 21     | REC      |
            | e2    | 1            | 3      | TF       |
            | e2    | 1            | 4      | TF       |
            | e2    | 2            | 1      | TF       |
            | e2    | 2            | 22     | TS       |
            """
        },
        [("engines", 2, "copy")],
    ),
    "a copied finding, and one that is equal to another": (
        {
            "findings": """
            | ev_id | aircraft_key | finding_no | finding_code |
            | e1    | 1            | 1          | 0206304044   |
            | e1    | 1            | 2          | 0206304044   |
            | e1    | 1            | 5          | 0206304044   |
            | e1    | 1            | 51         | 0206304044   |
            """
        },
        [("Findings", 4, "copy")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_invalid_row_is_quarantined_with_its_reason(shared_database: Connection, name: str) -> None:
    texts, expected = CASES[name]
    assert reasons(shared_database, texts) == expected


def test_the_complete_raw_row_is_kept(shared_database: Connection) -> None:
    admin: Rows = [{"ev_id": " e9 ", "rec_stat": "B 100%"}]
    with quarantined(shared_database, {"ntsb_admin": admin}) as database, database.cursor() as cursor:
        cursor.execute("select source_file, source_row, detail, raw from quarantine")
        assert cursor.fetchall() == [("avall", 1, "no row in events for ev_id e9", admin[0])]


CELLS = {
    "ev_id": st.sampled_from(["e1", "e2", "e1 ", "", None]),
    "aircraft_key": st.sampled_from(["1", "2", "x"]),
    "crew_no": st.sampled_from(["1", "2", None]),
    "eng_no": st.sampled_from(["1", "2", "31"]),
    "finding_no": st.sampled_from(["1", "31", "32"]),
}
OTHER = st.sampled_from(["7", "8", "", None])
RANDOM_TABLES = st.fixed_dictionaries(
    {
        table: st.lists(st.fixed_dictionaries({column: CELLS.get(column, OTHER) for column in columns}), max_size=6)
        for table, columns in COLUMNS.items()
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables=RANDOM_TABLES)
def test_every_row_is_kept_or_quarantined(shared_database: Connection, tables: dict[str, Rows]) -> None:
    """Each row is kept or quarantined, not both, and kept rows satisfy the keys of the schema."""
    with quarantined(shared_database, tables) as database, database.cursor() as cursor:
        for table in (name for name in table_schema.tables() if name in NAMES):
            cursor.execute(f"select source_row from {table}")
            counts = Counter(number for (number,) in cursor.fetchall())
            cursor.execute("select source_row from quarantine where source_table = %s", (NAMES[table],))
            counts.update(number for (number,) in cursor.fetchall())
            assert counts == Counter(range(1, len(tables[table]) + 1))
            names = ", ".join(
                f'"{column.name}"' for column in table_schema.columns(cursor, table) if not column.derived
            )
            cursor.execute(f"insert into contract.{table} ({names}) select {names} from {table}")
