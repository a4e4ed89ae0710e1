"""One row as it stands in its source file: from the raw schema where that still holds the file, else from the file."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.access import empty, landing, mdb
from pipeline.acquire import archive, unpack
from pipeline.errors import PipelineError
from pipeline.postgres import Cursor


@dataclass(frozen=True)
class RawRow:
    """A row of an Access table: {column in lower case: text, None where there is no value}, and where it was read."""

    table: str
    number: int
    texts: Mapping[str, str | None]
    read_from: str


@dataclass(frozen=True)
class SourceZip:
    """A source's zip in the archive: the folder of cached targets, and how large its Access file may be."""

    store: Path
    source: str
    sha256: str
    max_gb: float


def landed(cursor: Cursor, source: str, table: str, number: int) -> RawRow:
    """A row of raw_<source>.<table>."""
    name = landing.raw_name(table)
    return _fetch(cursor, table, number, f'raw_{source.lower()}."{name}"')


def archived(cursor: Cursor, file: SourceZip, table: str, number: int) -> RawRow:
    """A row of the archived file itself: its table is exported into a temporary one, as it would be landed."""
    path = file.store / "access" / file.sha256 / f"{file.source.lower()}.mdb"
    if path.is_file():
        return exported(cursor, path, table, number)
    zipped = archive.verified(file.store, file.sha256)
    with tempfile.TemporaryDirectory(prefix="ntsb-why-") as folder:
        unpacked = Path(folder) / path.name
        unpack.unpack(zipped, unpacked, f"{file.source}.zip", file.max_gb)
        return exported(cursor, unpacked, table, number)


def exported(cursor: Cursor, path: Path, table: str, number: int) -> RawRow:
    """A row of an Access file."""
    columns = [f'"{landing.raw_name(column)}"' for column in mdb.columns(path, table)]
    typed = ", ".join(f"{column} text" for column in columns)
    cursor.execute("drop table if exists pg_temp.exported")
    cursor.execute(f"create temporary table exported (source_row bigint generated always as identity, {typed})")
    with mdb.export(path, table) as stream:
        cursor.copy_expert(f"copy pg_temp.exported ({', '.join(columns)}) from stdin (format csv)", stream)
    for column, rows in empty.empty_strings(path, table).items():
        if number in rows:
            query = f'update pg_temp.exported set "{landing.raw_name(column)}" = %s where source_row = %s'
            cursor.execute(query, ("", number))
    return _fetch(cursor, table, number, "pg_temp.exported")


def _fetch(cursor: Cursor, table: str, number: int, relation: str) -> RawRow:
    cursor.execute(f"select * from {relation} where source_row = %s", (number,))
    row = cursor.fetchone()
    if row is None:
        raise PipelineError(
            f"{table}: expected row {number} in {relation}, found none; `python -m pipeline plan` says what has changed"
        )
    names = [column.name for column in cursor.description or ()]
    texts = {name: text for name, text in zip(names, row, strict=True) if name != "source_row"}
    return RawRow(table, number, texts, relation.partition(".")[0] if "raw_" in relation else "the archived file")
