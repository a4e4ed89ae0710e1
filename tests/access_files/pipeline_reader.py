"""The pipeline's reader: its text cells as the values that a generated file stores."""

import struct
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.ingest.access_file import AccessTable, Database, open_database, read_rows
from tests.access_files.access_values import JetColumn

NUMBER_TYPES = ("byte", "integer", "long", "bigint", "complex")


@dataclass(frozen=True)
class LoadedTable:
    """The text cells of a table by row, and the (row number from 1, column) of each unreadable cell with its reason."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    unreadable: dict[tuple[int, str], str]


def load_table(database: Database, table: AccessTable) -> LoadedTable:
    rows: list[tuple[str | None, ...]] = []
    unreadable: dict[tuple[int, str], str] = {}
    for block in read_rows(database, table):
        columns = [column.to_pylist() for column in block.batch.columns]
        rows += zip(*columns, strict=True) if columns else [()] * block.batch.num_rows
        unreadable |= {(row, column): reason for row, column, reason in block.unreadable}
    names, types = (tuple(getattr(column, field) for column in table.columns) for field in ("name", "type"))
    return LoadedTable(table.name, names, types, rows, unreadable)


def load_file(path: Path) -> list[LoadedTable]:
    """Return all user tables of a file. Raises ExtractionError."""
    database = open_database(path)
    return [load_table(database, table) for table in database.tables]


def loaded_value(text: str | None, column: JetColumn) -> Any:
    """Return a cell as the value that a generated file stores."""
    if text is None or column.type in ("text", "memo"):
        return text
    if column.type == "boolean":
        return {"0": False, "1": True}[text]
    if column.type in NUMBER_TYPES:
        return int(text)
    if column.type in ("money", "decimal"):
        return Decimal(text)
    if column.type == "single":
        return struct.unpack("<f", struct.pack("<f", float(text)))[0]
    if column.type == "double":
        return float(text)
    if column.type in ("binary", "ole"):
        assert text.startswith("\\x") and text == text.lower(), text[:80]
        return bytes.fromhex(text[2:])
    if column.type == "guid":
        assert text[0] + text[-1] == "{}", text
        return text[1:-1].lower()
    if column.type == "datetime_extended":
        seconds, _, fraction = text.partition(".")
        return datetime.fromisoformat(seconds), int(fraction.ljust(7, "0"))
    return datetime.fromisoformat(text)
