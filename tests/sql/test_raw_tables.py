"""Loading raw tables: every cell as text, unreadable cells recorded, damaged tables rejected."""

import struct
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import rows

from pipeline.errors import ExtractionError
from pipeline.ingest import access_file
from pipeline.warehouse import raw_tables
from samples.jet4 import Column, write_access

COLUMNS = [Column("Town", "TEXT", 40), Column("Text", "MEMO"), Column("Picture", "OLE"), Column("n", "LONG")]
TEXTS = ("", None, "\\.", "a\n\\.\nb", '"', ",", " x ", "\\N", "NULL", "é €", "\U0001f6e9", "a" * 20, "tab\there\r\n")


def load(server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, path: Path, name: str) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    opened = access_file.open_database(path)
    rows(database, f"create schema raw_any; set search_path = raw_any; {raw_tables.CREATE_UNREADABLE_CELL}; select 1")
    (table,) = opened.tables
    raw_tables.load_table(opened, "raw_any", name, table)


def test_every_text_is_loaded_exactly(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    long = [text and text * 200_000 for text in ("x", "é", "\U0001f6e9")]
    values = [(text, text, None, None) for text in TEXTS] + [(None, text, b"\0\xff", 7) for text in long]
    write_access(tmp_path / "any.mdb", {"Places": COLUMNS}, {"Places": values})
    load(server, database, monkeypatch, tmp_path / "any.mdb", "places")
    loaded = rows(database, 'select town, "text", picture, n from raw_any.places order by source_row')
    assert loaded == [(a, b, c and "\\x00ff", n and "7") for a, b, c, n in values]


def test_unreadable_cells_are_recorded_and_null(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = [("Rome", "x", None, 1), ("Os\0lo", "y" * 3000, None, 2), ("Bern", "z\0", None, 3)]
    write_access(tmp_path / "any.mdb", {"Places": COLUMNS}, {"Places": values})
    load(server, database, monkeypatch, tmp_path / "any.mdb", "places")
    loaded = rows(database, 'select town, "text", n from raw_any.places order by source_row')
    assert loaded == [("Rome", "x", "1"), (None, "y" * 3000, "2"), ("Bern", None, "3")]
    assert rows(database, "select * from raw_any.unreadable_cell order by source_row") == [
        ("Places", 2, "Town", "town", "it contains U+0000"),
        ("Places", 3, "Text", "text", "it contains U+0000"),
    ]


def test_a_table_with_another_number_of_rows_than_recorded_is_rejected(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "any.mdb"
    write_access(path, {"Places": COLUMNS}, {"Places": [("Rome", None, None, 1), ("Oslo", None, None, 2)]})
    content = bytearray(path.read_bytes())
    opened = access_file.open_database(path)
    page = int(opened.definitions["Places"].pages[0])
    owner = struct.unpack_from("<I", content, page * 4096 + 4)[0]
    struct.pack_into("<I", content, owner * 4096 + 16, 3)
    path.write_bytes(content)
    with pytest.raises(
        ExtractionError, match="expected 3 rows of Places, as its definition counts, found 2; "
    ) as raised:
        load(server, database, monkeypatch, path, "places")
    assert "download the file again from its source, or leave it out: remove it" in str(raised.value)
    assert rows(database, "select to_regclass('raw_any.places')") == [(None,)]


def test_damage_found_while_copying_is_reported_as_such(
    server: str, database: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "any.mdb"
    write_access(path, {"Places": COLUMNS}, {"Places": [("Rome", None, None, 1)]})
    content = bytearray(path.read_bytes())
    page = int(access_file.open_database(path).definitions["Places"].pages[0])
    struct.pack_into("<H", content, page * 4096 + 12, 4000)
    path.write_bytes(content)
    with pytest.raises(
        ExtractionError, match=f"table Places: page {page}: expected a directory of rows, found one that"
    ):
        load(server, database, monkeypatch, path, "places")
