"""Generated Access files in PostgreSQL: every cell has the text that was read, or is listed as unreadable."""

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL, Identifier

from pipeline.ingest.access_file import open_database
from pipeline.warehouse import raw_tables
from tests.access_files.access_values import is_unreadable
from tests.access_files.pipeline_reader import load_table
from tests.access_files.random_files import random_file

SEEDS = range(5000, 5060)


@pytest.mark.parametrize("first", SEEDS[::20])
def test_every_cell_is_copied_exactly(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: int
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    path = tmp_path / "random.mdb"
    with database.cursor() as cursor:
        for seed in range(first, first + 20):
            file = random_file(seed)
            path.write_bytes(file.content)
            cursor.execute("drop schema if exists raw_random cascade; create schema raw_random")
            cursor.execute("set search_path = raw_random")
            cursor.execute(raw_tables.CREATE_UNREADABLE_CELL)
            opened = open_database(path)
            for number, (table, content) in enumerate(zip(opened.tables, file.tables, strict=True)):
                name = f"table_{number}"
                raw_tables.load_table(opened, "raw_random", name, table)
                cursor.execute(SQL("select * from {} order by source_row").format(Identifier(name)))
                read = load_table(opened, table).rows
                assert cursor.fetchall() == [(index, *row) for index, row in enumerate(read, 1)], (seed, table.name)
                cursor.execute("select count(*) from unreadable_cell where source_table = %s", [table.name])
                unreadable = sum(is_unreadable(value) for row in content.rows for value in row)
                assert cursor.fetchone() == (unreadable,), (seed, table.name)
