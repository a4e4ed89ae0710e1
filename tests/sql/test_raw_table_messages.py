"""Messages about files with very many differences are bounded."""

import logging
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.errors import SchemaDrift
from pipeline.warehouse import raw_tables
from samples.jet4 import Column, write_access


def write(path: Path) -> None:
    columns = [Column(f"{number:060}", "TEXT", 5) for number in range(250)]
    write_access(path, {f"t{number}": columns for number in range(20)}, {})


def test_a_message_and_the_log_are_bounded(
    server: str,
    database: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    write(tmp_path / "avall.mdb")
    monkeypatch.setattr(raw_tables.table_schema, "columns", lambda cursor, table: [])
    monkeypatch.setattr(raw_tables.cast, "access_types", lambda table, columns: {})
    monkeypatch.setattr(raw_tables, "expected_columns", lambda cursor, era: {f"t{n}": ["a"] for n in range(20)})
    with pytest.raises(SchemaDrift) as raised:
        raw_tables.load_access_file(tmp_path / "avall.mdb", "avall", connections=1)
    assert len(str(raised.value)) < 2500
    monkeypatch.setattr(raw_tables, "expected_columns", lambda cursor, era: {f"t{n}": [] for n in range(20)})
    with caplog.at_level(logging.WARNING, "pipeline.warehouse.raw_tables"):
        raw_tables.load_access_file(tmp_path / "avall.mdb", "avall", connections=1)
    assert len(caplog.messages) == raw_tables.MAX_LOGGED + 1
    assert "avall: 4960 more tables or columns are new" in caplog.messages[-1]
