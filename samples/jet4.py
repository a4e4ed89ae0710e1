"""Writer of Access files (Jet 4, Access 2000, .mdb) that mdbtools can read, with reproducible bytes.

Pages are written in order, as in a compacted file. No indexes are written: mdbtools does not need them, keys are not
enforced, and any defect can be written.
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from samples.jet4_pages import PageFile, finish
from samples.jet4_tables import AccessWriteError, Column, Table

__all__ = ["AccessWriteError", "Column", "read_schema", "write_access", "zip_access"]

Row = Mapping[str, Any] | Sequence[Any]
CATALOG = [
    Column("Id", "LONG"),
    Column("ParentId", "LONG"),
    Column("Name", "TEXT", 255),
    Column("Type", "INT"),
    Column("DateCreate", "DATETIME"),
    Column("DateUpdate", "DATETIME"),
    Column("Owner", "BINARY", 510),
    Column("Flags", "LONG"),
    Column("Database", "MEMO"),
    Column("Connect", "MEMO"),
    Column("ForeignName", "TEXT", 255),
    Column("RmtInfoShort", "BINARY", 510),
    Column("RmtInfoLong", "OLE"),
    Column("Lv", "OLE"),
    Column("LvProp", "OLE"),
    Column("LvModule", "OLE"),
    Column("LvExtra", "OLE"),
]
ROOT, TABLES, DATABASES, RELATIONSHIPS = 0x0F000000, 0x0F000001, 0x0F000002, 0x0F000003
SYSTEM = -0x80000000  # flag of system objects
FOLDERS = [
    (TABLES, ROOT, "Tables", 3, SYSTEM),
    (DATABASES, ROOT, "Databases", 3, SYSTEM),
    (RELATIONSHIPS, ROOT, "Relationships", 3, SYSTEM),
    (0x10000000, DATABASES, "MSysDb", 2, SYSTEM),
]


def write_access(
    path: Path,
    schema: Mapping[str, Sequence[Column]],
    rows: Mapping[str, Iterable[Row]],
    created: date = date(2024, 1, 1),
) -> None:
    """Write an .mdb file with the tables of `schema` and their rows, both in the given order.

    A row is a mapping by column name (missing columns are NULL) or a sequence in the order of the columns.
    None is NULL, "" a zero-length string; DATETIME takes a date or datetime. Raises AccessWriteError for rows
    that do not fit the schema.
    """
    unknown = sorted(set(rows) - set(schema))
    if unknown:
        raise AccessWriteError(f"rows for tables that the schema lacks: {', '.join(unknown)}")
    file = PageFile()
    catalog = Table(file, "MSysObjects", CATALOG, page=2)
    objects = [*FOLDERS, (2, TABLES, "MSysObjects", 1, SYSTEM)]
    for name, columns in schema.items():
        table = Table(file, name, columns)
        for row in rows.get(name, ()):
            table.add(ordered_values(name, table.columns, row))
        table.close()
        objects.append((table.pages[0], TABLES, name, 1, 0))
    noon = datetime(created.year, created.month, created.day, 12)
    for number, parent, name, kind, flags in objects:
        head = [number, parent, name, kind, noon, noon, b"\xa6\x33", flags]
        catalog.add(head + [None] * (len(CATALOG) - len(head)))
    catalog.close()
    finish(file, created)
    path.write_bytes(file.to_bytes())


def ordered_values(table: str, columns: Sequence[Column], row: Row) -> Sequence[Any]:
    """Return the values of a row in the order of the columns. Raises AccessWriteError if it does not match them."""
    if not isinstance(row, Mapping):
        if len(row) != len(columns):
            raise AccessWriteError(f"{table}: a row of {len(row)} values, the table has {len(columns)} columns")
        return row
    unknown = sorted(set(row) - {column.name for column in columns})
    if unknown:
        raise AccessWriteError(f"{table}: a row names columns that the table lacks: {', '.join(unknown)}")
    return [row.get(column.name) for column in columns]


def read_schema(path: Path) -> dict[str, list[Column]]:
    """Return the schema in a CSV file with columns table, column, type, length and pk; the last two may be empty."""
    schema: dict[str, list[Column]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        table, column, kind, length, key = line.split(",")
        schema.setdefault(table, []).append(Column(column, kind, int(length or 0), int(key) if key else None))
    return schema


def zip_access(mdb: Path, archive: Path) -> None:
    """Zip an Access file under its own name with a fixed date, so that the same zlib gives the same bytes."""
    member = zipfile.ZipInfo(mdb.name, date_time=(2024, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(member, mdb.read_bytes(), compresslevel=9)
