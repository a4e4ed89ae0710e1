"""Tables and columns of an Access file with any names are loaded, and the names are never executed as SQL."""

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import rows

from pipeline.warehouse import raw_tables
from samples.jet4 import Column, write_access

NAMES = (
    'x"(a text);create table public.executed();--',
    "x');create table public.executed();--",
    'Copy of "events"',
    "a, b",
    "Power %",
    "%s",
    "{0}",
    "Größe 😀",
    "a\nb",
    "a\x1b[31m",
    "-H",
    "x" * 63 + "a",
    "x" * 63 + "b",
    "ctid",
    "source_row",
    "inventory",
    "inventory_pkey",
    "unreadable_cell_pkey",
    "ev_id",
    "ev id",
    "2024",
    "select",
    "a;b",
    "a\\b",
    "_events",
    "events_source_row_seq",
    "events",
)


@pytest.fixture
def loaded(server: str, database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A database with a file in which every name is a table, with every name as a column."""
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    monkeypatch.setattr(raw_tables, "expected_columns", lambda cursor, era: {"events": ["ev_id"]})
    columns = [Column(name, "TEXT", 30) for name in NAMES]
    tables = {
        name: [[f"{number} {column}"[:30] for column in NAMES], [""] * len(NAMES)] for number, name in enumerate(NAMES)
    }
    write_access(tmp_path / "avall.mdb", dict.fromkeys(NAMES, columns), tables)
    raw_tables.load_access_file(tmp_path / "avall.mdb", "avall", connections=2)
    return database


def test_names_are_recorded_and_every_cell_is_in_the_column_of_its_safe_name(loaded: Connection) -> None:
    inventory = rows(
        loaded,
        "select source_table, source_column, format('%I.%I', 'raw_avall', raw_table), raw_column "
        "from raw_avall.inventory order by raw_table, position",
    )
    assert {(table, column) for table, column, *_ in inventory} == {
        (table, column) for table in NAMES for column in NAMES
    }
    for table, column, relation, raw_column in inventory:
        cells = rows(
            loaded,
            f"select {raw_column!r}, to_jsonb(raw) ->> {raw_column!r} from {relation} as raw order by source_row",
        )
        assert cells == [(raw_column, f"{NAMES.index(table)} {column}"[:30]), (raw_column, "")]


def test_names_are_not_executed(loaded: Connection) -> None:
    assert rows(loaded, "select to_regclass('public.executed')") == [(None,)]
    tables = rows(loaded, "select count(*) from pg_tables where schemaname = 'raw_avall'")
    assert tables == [(len(NAMES) + 2,)]  # with inventory and unreadable_cell
