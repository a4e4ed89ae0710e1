"""Parquet export: deterministic bytes, exact values, and memory use that does not grow with the table."""

import datetime as dt
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.export import duckdb as duckdb_export
from pipeline.export import parquet
from tests.architecture.tree import REPOSITORY

MIXED = """
    create table mixed (
        id integer primary key, small smallint, large bigint, single real, wide double precision, yes boolean,
        day date, hour time, moment timestamp, instant timestamptz, price numeric(12, 3), word text, "Odd ""name" text,
        place geometry(point, 4326), body jsonb, vector tsvector
    );
    insert into mixed values
    (3, -7, 9007199254740993, 0.1, 0.1, true, '1962-07-23', '00:44', '2020-01-31 12:00:00.25', '2020-01-31 12:00:00+02',
        12.500, 'a,"b"' || chr(13) || chr(10) || 'üßé', '', st_setsrid(st_makepoint(-80, 40.5), 4326),
        '{"a": 1}', 'a b'),
    (1, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (2, 32767, -1, 1e30, -1e300, false, '0999-12-31', '23:59:59', '2262-04-12 00:00:00', '1901-01-01 00:00:00+00',
        -0.001, '', '\\N', null, '"x"', '')
"""
ROWS = "select n, repeat('x', 100) as word from generate_series(1, {}) as n"


def exported(connection: Connection, relation: str, folder: Path, *order_by: str, name: str = "out") -> pa.Table:
    """Exports a relation and reads the file."""
    path = folder / f"{name}.parquet"
    count = parquet.export_relation(connection, relation, path, order_by)
    table = pq.read_table(path)
    assert table.num_rows == count
    return table


def test_values_are_exact(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute(MIXED)
    table = exported(database, "mixed", tmp_path, "id").to_pydict()
    assert "vector" not in table
    assert {name: values[0] for name, values in table.items() if name != "id"} == dict.fromkeys(set(table) - {"id"})
    assert [table["word"][1], table['Odd "name'][1], table['Odd "name'][2]] == ["", "\\N", ""]
    assert {name: values[2] for name, values in table.items()} == {
        **{"id": 3, "small": -7, "large": 9007199254740993, "single": pytest.approx(0.1), "wide": 0.1, "yes": True},
        **{"day": dt.date(1962, 7, 23), "hour": dt.time(0, 44), "moment": dt.datetime(2020, 1, 31, 12, 0, 0, 250000)},
        **{"instant": dt.datetime(2020, 1, 31, 10, tzinfo=dt.UTC), "price": Decimal("12.500")},
        **{"word": 'a,"b"\r\nüßé', 'Odd "name': "", "body": '{"a": 1}'},
        "place": "010100000000000000000054c00000000000404440",
    }


def test_types_are_kept(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute(MIXED)
    schema = exported(database, "mixed", tmp_path, "id").schema
    assert [str(field.type) for field in schema] == [
        *["int32", "int16", "int64", "float", "double", "bool", "date32[day]", "time64[us]", "timestamp[us]"],
        *["timestamp[us, tz=UTC]", "decimal128(12, 3)", "string", "string", "string", "string"],
    ]
    assert schema.metadata is None


def test_bytes_do_not_depend_on_the_session(server: str, database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute(MIXED)
    exported(database, "mixed", tmp_path, name="first")
    with database.cursor() as cursor:
        cursor.execute("cluster mixed using mixed_pkey; update mixed set id = id where id = 1")
    options = "-c timezone=Pacific/Auckland -c datestyle=German -c extra_float_digits=-9 -c search_path=public"
    with closing(psycopg2.connect(server, dbname=database.info.dbname, options=options)) as other:
        other.set_client_encoding("LATIN1")
        exported(other, "contract.mixed", tmp_path, name="second")
        exported(other, "contract.mixed", tmp_path, name="third")
    first, second, third = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("first", "second", "third")]
    assert first == second == third


def test_rows_with_equal_keys_have_one_order(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("create table twins (key text, value text)")
        cursor.execute("insert into twins values ('b', '1'), ('a', '2'), ('a', '1'), ('B', '')")
    assert exported(database, "twins", tmp_path, "key").to_pylist() == [
        {"key": "B", "value": ""},
        {"key": "a", "value": "1"},
        {"key": "a", "value": "2"},
        {"key": "b", "value": "1"},
    ]


def test_a_relation_without_rows_keeps_its_columns(database: Connection, tmp_path: Path) -> None:
    table = exported(database, "events", tmp_path, "ev_id")
    assert table.num_rows == 0
    assert {"ev_id", "ev_year", "geom", "source_row"} <= set(table.column_names)


def test_rows_of_a_single_null_are_kept(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("create table lone (word text); insert into lone values (null), (''), (null), ('\\.')")
    assert exported(database, "lone", tmp_path).to_pydict() == {"word": ["", "\\.", None, None]}


def test_row_groups_and_memory_do_not_grow_with_the_table(database: Connection, tmp_path: Path) -> None:
    """With twenty times the rows, peak memory grows by less than 60 MB."""
    peaks = []
    for name, count in (("small", 40_000), ("large", 800_000)):
        with database.cursor() as cursor:
            cursor.execute(
                f"create view {name} as select n, repeat('x', 100) as word from generate_series(1, {count}) as n"
            )
        path = tmp_path / f"{name}.parquet"
        assert parquet.export_relation(database, name, path, ["n"]) == count
        file = pq.ParquetFile(path)
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        assert set(sizes[:-1]) == {parquet.ROWS_PER_GROUP}
        peaks.append(pa.default_memory_pool().max_memory())
    assert peaks[1] < peaks[0] + 60_000_000


def test_no_export_imports_pandas(server: str, tmp_path: Path) -> None:
    """Each of about a hundred exports is a process, and the import takes half a second."""
    script = (
        "import sys, pathlib, psycopg2\n"
        "from pipeline.export import parquet\n"
        "with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:\n"
        f"    cursor.execute({('create temporary table numbers as ' + ROWS.format(3))!r})\n"
        "    parquet.export_relation(connection, 'numbers', pathlib.Path(sys.argv[2]), ['n'])\n"
        "sys.exit('pandas' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script, server, tmp_path / "out.parquet"], cwd=REPOSITORY, check=True)


def test_errors_name_the_column(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("create view halves as select 1 as n, 0.5 as half")
        cursor.execute("create view broken as select 1 / (n - 3000) as n from generate_series(1, 4000) as n")
    with pytest.raises(ValueError, match=r"halves\.half: expected numeric with a precision.*cast the column"):
        parquet.export_relation(database, "halves", tmp_path / "x.parquet", [])
    with pytest.raises(ValueError, match="expected columns of it in order_by, found ev_idd"):
        parquet.export_relation(database, "events", tmp_path / "x.parquet", ["ev_idd"])
    with pytest.raises(psycopg2.errors.DivisionByZero):
        parquet.export_relation(database, "broken", tmp_path / "x.parquet", [])


def test_a_failing_write_does_not_hang(database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the reader is raised when it stops in the middle, as on a full disk."""
    with database.cursor() as cursor:
        cursor.execute(f"create view large as {ROWS.format(200_000)}")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        parquet.export_relation(database, "large", tmp_path / "x.parquet", [])


def test_duckdb_has_its_own_copy_of_the_rows(database: Connection, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute(MIXED)
    folder = tmp_path / "parquet"
    (folder / "mart").mkdir(parents=True)
    parquet.export_relation(database, "mixed", folder / "mixed.parquet", ["id"])
    parquet.export_relation(database, "mixed", folder / "mart" / "mixed.parquet", ["id"])
    assert duckdb_export.write_database(folder, tmp_path / "ntsb.duckdb", folder.rglob("*.parquet")) == [
        "mart.mixed",
        "mixed",
    ]
    for file in folder.rglob("*.parquet"):
        file.unlink()
    with duckdb.connect(str(tmp_path / "ntsb.duckdb"), read_only=True) as copy:
        query = "select id, small, large, wide, yes, day, hour, moment, price, word from {} order by id"
        assert copy.sql(query.format("mart.mixed")).fetchall() == rows(database, query.format("mixed"))


def test_duckdb_needs_parquet(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected Parquet files"):
        duckdb_export.write_database(tmp_path, tmp_path / "ntsb.duckdb", [])
