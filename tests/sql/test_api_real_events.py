"""NTSB's own events as cases of the API: parity with their Access file, every row and every path accounted for."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL, Identifier

from pipeline.ingest import unpack
from pipeline.sources import api_era, era_of
from pipeline.warehouse import raw_tables, typed
from pipeline.warehouse.quality import parity, row_accounting
from samples import api
from samples.api_texts import Texts, text_of
from tests.api_documents import Case, cast
from tests.architecture.tree import REPOSITORY

FILE = REPOSITORY.parent / "shared" / "data" / "real" / "avall.zip"
SOURCE = "avall"


@pytest.fixture(scope="module")
def cursor(server: str, shared_database: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cursor]:
    """The Access file and its events as cases, both cast, in a transaction that is rolled back."""
    if not FILE.exists():
        pytest.skip("needs NTSB's files in ../shared/data/real, which are not part of the project")
    access = tmp_path_factory.mktemp("real") / "avall.mdb"
    unpack.unpack_access_file(FILE, access, SOURCE, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=shared_database.info.dbname))
        raw_tables.load_access_file(access, SOURCE, 2)
    with shared_database.cursor() as cursor:
        cursor.execute("begin")
        typed.create_typed_schema(cursor, SOURCE, era_of(SOURCE))
        cast(cursor, cases_of(cursor), (SOURCE,))
        cursor.execute("set local search_path = candidate, pg_temp, public")
        cursor.execute(parity.CREATE_TABLE)
        parity.compare_sources(cursor, [SOURCE, api_era().file])
        yield cursor
        cursor.execute("rollback; drop schema raw_avall cascade")


def cases_of(cursor: Cursor) -> list[Case]:
    """The events of the cast Access file as cases."""
    with (REPOSITORY / "samples" / "schema_modern.csv").open(encoding="utf-8", newline="") as file:
        spellings = {(line["table"].lower(), line["column"].lower()): line["column"] for line in csv.DictReader(file)}
    tables = {}
    for name in ("events", *(name for name in api_era().tables if name != "events")):
        cursor.execute(SQL("select * from {}").format(Identifier(f"typed_{SOURCE}", name.lower())))
        columns = [column.name for column in cursor.description or ()]
        names = [spellings.get((name.lower(), column), column) for column in columns]
        tables[name] = [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]
    return api.cases(tables, texts_of_file(cursor))


def plain(value: Any) -> Any:
    """A value as the generator of the samples has it: a date as datetime, a time of day as the number HHMM."""
    if isinstance(value, time):
        return value.hour * 100 + value.minute
    return datetime(value.year, value.month, value.day) if type(value) is date else value


def texts_of_file(cursor: Cursor) -> Texts:
    """Texts of codes in the file's own code lists."""
    cursor.execute(
        'select lower("table"), rtrim(lower("column"), \'0123456789\'), code_iaids, meaning'
        f" from typed_{SOURCE}.eadmspub_datadictionary where code_iaids <> '' and meaning <> ''"
        " order by source_row desc"
    )
    lists = {(table, column, code): meaning for table, column, code, meaning in cursor.fetchall()}

    def text(table: str, column: str, code: Any) -> str | None:
        own: Mapping[tuple[str, str, str], str] = {}
        key = (table.lower(), column.lower(), str(code).strip())
        if key in lists:
            own = {(table, column, key[2]): lists[key]}
        return text_of(own, table, column, code)

    return text


def test_the_api_and_the_file_agree_except_for_declared_differences(cursor: Cursor) -> None:
    cursor.execute(
        "select table_name, column_name, undeclared, left(examples, 300) from source_parity where undeclared > 0"
    )
    undeclared = [" ".join(map(str, row)) for row in cursor.fetchall()]
    assert not undeclared, "\n".join(undeclared)
    cursor.execute("select sum(compared) from source_parity where column_name <> '*'")
    assert (cursor.fetchone() or (0,))[0] > 1_000_000


def test_every_case_is_an_event_of_the_file(cursor: Cursor) -> None:
    cursor.execute("select ntsb_no, ev_date::text from typed_api.events where ev_id like 'API-%'")
    assert cursor.fetchall() == []


def test_every_row_is_cast_or_in_quarantine(cursor: Cursor) -> None:
    for name, table in api_era().tables.items():
        cursor.execute(
            f"select (select count(*) from raw_api.{table}), (select count(*) from typed_api.{table}),"
            " (select count(*) from typed_api.quarantine where source_table = %s)",
            (name,),
        )
        loaded, cast_rows, quarantined = cursor.fetchone() or (0, 0, 0)
        assert loaded == cast_rows + quarantined, table
    cursor.execute(f"select count(*) from typed_{SOURCE}.events where ev_date is not null")
    dated = cursor.fetchone()
    cursor.execute("select count(*) from raw_api.cases")
    assert cursor.fetchone() == dated


def test_every_path_is_declared(cursor: Cursor) -> None:
    ledger = row_accounting.list_columns(cursor, api_era().file, api_era())
    assert [column for _, table, column, *_ in ledger if table == "cases"]
    undeclared = [row for row in ledger if row[1] == "cases" and "not in the table schema: new" in str(row[5])]
    assert undeclared == []
