"""The tables of an Access file, with their columns and rows; every value as text."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.errors import ExtractionError, printable
from pipeline.ingest import jet_rows, jet_tables, jet_values
from pipeline.ingest.jet_file import DamagedFile, JetFile, open_file
from pipeline.ingest.jet_tables import JetColumn, JetTable
from pipeline.ingest.long_values import LongValueReader

# In `Block.unreadable`, for a row of which no value can be read.
ALL_COLUMNS = "*"
DAMAGED_ROW = "its directory of columns is invalid"
MAX_PROBLEMS = 5
# Of a table, without those of calculated columns; each is listed. With more, the file is damaged, not a cell.
MAX_UNREADABLE = 100_000
# Access opens no more; each becomes a table of the database.
MAX_TABLES = 2048
# The zip was intact when it was unpacked, and an unpacked file that changes is unpacked again.
RECOVERY_HINT = (
    "download the file again from its source, or leave it out: remove it from its folder, or list the others in "
    "[Sources] base and weekly"
)


@dataclass(frozen=True)
class AccessColumn:
    """A column: its name in the file's spelling, its type in the terms of Access."""

    name: str
    type: str


@dataclass(frozen=True)
class AccessTable:
    """A table: its name in the file's spelling, its columns, its number of rows according to its definition."""

    name: str
    columns: tuple[AccessColumn, ...]
    rows: int


@dataclass(frozen=True)
class Database:
    """An open Access file and its user tables, in the order of its catalog; `long_value_bytes` of each table read."""

    file: JetFile
    tables: tuple[AccessTable, ...]
    definitions: dict[str, JetTable]
    long_value_bytes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """Consecutive rows: one text column per column of the table, and (row number, column, reason) of each cell that
    cannot be loaded, which is NULL. Rows are numbered from 1; the column is "*" for a row of which no cell can be read.
    """

    first_row: int
    batch: pa.RecordBatch
    unreadable: list[tuple[int, str, str]]


def open_database(path: Path) -> Database:
    """Return the tables of an Access file. Raises ExtractionError with all problems of its header and definitions."""
    file = open_file(path)
    definitions: dict[str, JetTable] = {}
    try:
        pages = _list_tables(file)
    except DamagedFile as error:
        raise _damage(path, [f"catalog: {error}"]) from error
    problems = _catalog_problems(pages)
    for name, page in pages if not problems else ():
        try:
            definitions[name] = jet_tables.read_table(file, page, name)
        except DamagedFile as error:
            problems.append(f"table {printable(name, 64)}: {error}")
    if problems:
        raise _damage(path, problems)
    tables = tuple(
        AccessTable(
            table.name, tuple(AccessColumn(c.name, jet_tables.TYPE_NAMES[c.type]) for c in table.columns), table.rows
        )
        for table in definitions.values()
    )
    return Database(file, tables, definitions, dict.fromkeys(definitions, 0))


def read_rows(database: Database, table: AccessTable, columns: Collection[str] | None = None) -> Iterator[Block]:
    """Yield the rows of a table in blocks, in the order of the file, with these columns only; None: all.

    Raises ExtractionError if they are damaged.
    """
    definition, first_row, unreadable = database.definitions[table.name], 1, 0
    read = [column for column in definition.columns if columns is None or column.name in columns]
    calculated = {column.name for column in read if column.is_calculated}
    long_values = LongValueReader(database.file, table.name, database.long_value_bytes)
    try:
        for rows in jet_rows.blocks(database.file, definition):
            block = _read_block(rows, read, first_row, long_values)
            unreadable += sum(column not in calculated for _, column, _ in block.unreadable)
            _require_readable(unreadable)
            yield block
            first_row += len(rows.start)
    except DamagedFile as error:
        raise _damage(database.file.path, [f"table {printable(table.name, 64)}: {error}"]) from error


def _read_block(
    rows: jet_rows.Rows, columns: Sequence[JetColumn], first_row: int, long_values: LongValueReader
) -> Block:
    unreadable = [(first_row + row, ALL_COLUMNS, DAMAGED_ROW) for row in np.flatnonzero(rows.is_damaged).tolist()]
    arrays, counted = [], len(unreadable)
    for column in columns:
        array, problems = jet_values.read_column(rows, column, long_values)
        arrays.append(array)
        unreadable += [(first_row + row, column.name, reason) for row, reason in problems.items()]
        counted += 0 if column.is_calculated else len(problems)
        _require_readable(counted)
    names = [column.name.encode("utf-8", "backslashreplace").decode() for column in columns]
    return Block(first_row, pa.RecordBatch.from_arrays(arrays, names), sorted(unreadable))


def _require_readable(unreadable: int) -> None:
    """Raise DamagedFile for more unreadable cells than are listed."""
    if unreadable > MAX_UNREADABLE:
        raise DamagedFile(f"expected at most {MAX_UNREADABLE} cells that cannot be read, found more")


def _list_tables(file: JetFile) -> list[tuple[str, int]]:
    """Return name and definition page of each user table. Raises DamagedFile."""
    catalog = jet_tables.read_table(file, jet_tables.CATALOG_PAGE, "MSysObjects")
    columns = {column.name: column for column in catalog.columns}
    if missing := {"Id", "Name", "Type", "Flags"} - set(columns):
        raise DamagedFile(f"page {jet_tables.CATALOG_PAGE}: expected columns {', '.join(sorted(missing))}, found none")
    tables, count = [], 0
    for rows in jet_rows.blocks(file, catalog):
        count += len(rows.start)
        names, numbers, kinds, flags = (rows.cells(columns[name]) for name in ("Name", "Id", "Type", "Flags"))
        is_usable = names.has_value & (numbers.length == 4) & (kinds.length == 2) & (flags.length == 4)
        is_table = (kinds.length != 2) | (file.u16[kinds.start] & 0x7F == jet_tables.LOCAL_TABLE)
        if lost := int((is_table & ~is_usable).sum()):
            raise DamagedFile(
                f"page {jet_tables.CATALOG_PAGE}: expected name and page of each table, found {lost} without"
            )
        for row in np.flatnonzero(is_table).tolist():
            start = int(names.start[row])
            name = jet_tables.decode_name(file, file.content[start : start + int(names.length[row])].tobytes())
            is_system = bool(file.u32[flags.start[row]] & jet_tables.SYSTEM_FLAGS) or name.startswith("MSys")
            if not is_system:
                tables.append((name, int(file.u32[numbers.start[row]]) & 0xFFFFFF))
    if count != catalog.rows:
        raise DamagedFile(f"page {jet_tables.CATALOG_PAGE}: expected {catalog.rows} objects, found {count}")
    return tables


def _catalog_problems(pages: Sequence[tuple[str, int]]) -> list[str]:
    """Return sentences on names and definitions that occur several times: tables that share their rows would multiply
    the size of the file."""
    problems = [f"expected at most {MAX_TABLES} tables, found {len(pages)}"] if len(pages) > MAX_TABLES else []
    names, definitions = Counter(name for name, _ in pages), Counter(page for _, page in pages)
    name_of = {page: printable(name, 64) for name, page in pages}
    problems += [f"table {printable(name, 64)} twice" for name, count in names.items() if count > 1]
    return problems + [
        f"expected one table with its definition on page {page}, found {count}: {name_of[page]} and others"
        for page, count in definitions.items()
        if count > 1
    ]


def _damage(path: Path, problems: list[str]) -> ExtractionError:
    more = [f"{len(problems) - MAX_PROBLEMS} more problems"] if len(problems) > MAX_PROBLEMS else []
    text = printable("; ".join(problems[:MAX_PROBLEMS] + more))
    return ExtractionError(f"{printable(path.name)}: expected an intact Access file, found: {text}; {RECOVERY_HINT}")
