"""Loading raw tables: empty strings are restored, and damaged files are rejected."""

from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import rows

from pipeline.errors import ExtractionError
from pipeline.ingest import access_file, jet4
from pipeline.warehouse import raw_tables


@pytest.mark.parametrize(
    ("empty", "expected"),
    [
        ({"Town": [2], "State Code": [1, 2]}, [("Rome", ""), ("", ""), (None, None)]),
        ({"Town": [3], "State Code": []}, [("Rome", None), (None, None), ("", None)]),
        ({"Town": [], "State Code": []}, [("Rome", None), (None, None), (None, None)]),
    ],
)
def test_empty_strings_are_restored_in_all_columns_of_a_row(
    database: Connection, monkeypatch: pytest.MonkeyPatch, empty: dict[str, list[int]], expected: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(jet4, "empty_strings", lambda path, name: empty)
    with database.cursor() as cursor:
        cursor.execute(
            "create table places (source_row bigint generated always as identity, town text, state_code text)"
        )
        cursor.execute("insert into places (town) values ('Rome'), (null), (null)")
        raw_tables.restore_empty_strings(
            cursor, Path("any.mdb"), "places", raw_tables.AccessTable("Places", ("Town", "State Code"), 3)
        )
    assert rows(database, "select town, state_code from places order by source_row") == expected


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (b"Rome\nOslo\n", "expected 3 rows of Places, as its definition counts, found 2; "),
        (b"Rome\nOs\xfflo\nBern\n", "expected valid CSV of Places from mdb-export, found .*0xff"),
        (b"Rome\nOslo,Bern\n", "expected valid CSV of Places from mdb-export, found .*extra data"),
    ],
)
def test_a_damaged_file_is_rejected_with_the_next_step(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, output: bytes, message: str
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    monkeypatch.setattr(access_file, "export_csv", lambda path, name: nullcontext(BytesIO(output)))
    rows(database, "create schema raw_any; select 1")
    with pytest.raises(ExtractionError, match=message) as raised:
        raw_tables.load_table(Path("a folder/any.mdb"), "raw_any", "places", raw_tables.AccessTable("Places", ("Town",), 3))
    assert "remove a folder/any.mdb and run again; if the error persists, download the zip again" in str(raised.value)
    assert rows(database, "select to_regclass('raw_any.places')") == [(None,)]
