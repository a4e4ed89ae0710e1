"""Load one Access file, table by table and unchanged, as text into its raw schema.

Schema raw_<source>: one table per Access table, with `source_row`, the number of the row in the order of the file, and
all columns as text; `inventory`, one row per column, with the names in the file and in the schema (raw_names); and
`unreadable_cell`, one row per cell that is NULL because its value is damaged or cannot be represented.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pyarrow as pa
from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Composable, Identifier
from pyarrow import csv

from pipeline.errors import ExtractionError, SchemaDrift, printable
from pipeline.ingest import access_file
from pipeline.ingest.access_file import AccessTable, Database
from pipeline.ingest.contents import MADE_UP_TABLE
from pipeline.postgres.connection import Cursor, transaction
from pipeline.sources import Era, era_of
from pipeline.warehouse import cast, raw_names, table_schema
from pipeline.warehouse.raw_names import recorded_name, safe_names

log = logging.getLogger(__name__)

CREATE_INVENTORY = """
create table inventory (
    source_table text, source_column text, raw_table text, raw_column text, position integer, rows_in bigint,
    access_type text,
    primary key (source_table, source_column)
)
"""
# raw_column is "*" for a row of which no cell can be read.
CREATE_UNREADABLE_CELL = """
create table unreadable_cell (
    source_table text, source_row bigint, source_column text, raw_column text, reason text,
    primary key (source_table, source_row, source_column)
)
"""
COPY_BYTES = 1 << 18
# In the log: new tables or columns of a file; unreadable cells of a table. In a message: differences.
MAX_LOGGED = 40
MAX_LOGGED_CELLS = 5
MAX_DIFFERENCES_LENGTH = 2000


def source_files(era: Era) -> list[Path]:
    """Return the files that define which tables, columns and types a file of the era must have."""
    return [*map(table_schema.table_file, era.tables.values()), era.folder / "era.toml"]


def largest_first(tables: Sequence[AccessTable]) -> list[AccessTable]:
    """Return the tables in an order in which several connections finish at about the same time."""
    return sorted(tables, key=lambda table: (-table.rows, table.name))


def find_schema_drift(
    tables: Sequence[AccessTable], expected: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[str]]:
    """Return (absent, new): sentences on missing and on additional tables and columns.

    `expected`: {raw table: raw columns}.
    """
    names = safe_names(table.name for table in tables)
    actual = {names[table.name]: list(safe_names(column.name for column in table.columns).values()) for table in tables}
    absent = [f"table {table} is absent" for table in expected if table not in actual]
    new = [f"table {table} is new" for table in actual if table not in expected and table != MADE_UP_TABLE]
    for table in sorted(set(actual) & set(expected)):
        absent += [f"column {table}.{column} is absent" for column in expected[table] if column not in actual[table]]
        new += [f"column {table}.{column} is new" for column in actual[table] if column not in expected[table]]
    return absent, new


def find_type_drift(tables: Sequence[AccessTable], expected: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """Return sentences on columns with another type than expected: {raw table: {raw column: permitted types}}."""
    names = safe_names(table.name for table in tables)
    sentences = []
    for table in tables:
        types = expected.get(names[table.name], {})
        columns = safe_names(column.name for column in table.columns)
        for column in table.columns:
            permitted = types.get(columns[column.name], (column.type,))
            if column.type not in permitted:
                name = f"{names[table.name]}.{columns[column.name]}"
                sentences.append(f"column {name} has the type {column.type} instead of {' or '.join(permitted)}")
    return sorted(sentences)


def expected_columns(cursor: Cursor, era: Era) -> dict[str, list[str]]:
    """Return {raw table: raw columns} that a file of the era must have: those of the table schema that the era has."""
    expected = {}
    for name, table in era.tables.items():
        absent = {raw_names.fold(column) for column in era.absent_columns.get(name, ())}
        columns = cast.source_columns(table_schema.columns(cursor, table))
        names = [cast.source_column(table, column.name) for column in columns]
        expected[table] = [name for name in names if name not in absent]
    return expected


def load_access_file(path: Path, source: str, connections: int) -> list[AccessTable]:
    """Replace raw_<source> by the tables of the Access file, and return these.

    Raises SchemaDrift if a table or column is missing or has another type, and ExtractionError if a table cannot be
    read completely.
    """
    with transaction() as cursor:
        expected = expected_columns(cursor, era_of(source))
        types = {table: cast.access_types(table, table_schema.columns(cursor, table)) for table in expected}
    database = access_file.open_database(path)
    tables = largest_first(database.tables)
    absent, new = find_schema_drift(tables, expected)
    if problems := absent + find_type_drift(tables, types):
        # New names are reported too: a missing column may have been renamed.
        differences = printable("; ".join(problems + new), MAX_DIFFERENCES_LENGTH)
        raise SchemaDrift(
            f"{source}: expected the tables and columns of its era, found: {differences}. Nothing was loaded; if NTSB "
            "has changed its schema, change pipeline/sql/schema and pipeline/sources to match"
        )
    log_new_names(source, new)
    schema, names = raw_names.raw_schema(source), safe_names(table.name for table in tables)
    with transaction() as cursor:
        replace_schema = SQL("drop schema if exists {schema} cascade; create schema {schema}")
        cursor.execute(replace_schema.format(schema=Identifier(schema)))
    with transaction(schema) as cursor:
        cursor.execute(CREATE_UNREADABLE_CELL)
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda table: load_table(database, schema, names[table.name], table), tables))
    with transaction(schema) as cursor:
        write_inventory(cursor, tables)
    return tables


def log_new_names(source: str, new: Sequence[str]) -> None:
    """Warn of the first new tables and columns, and of the number of the others."""
    for sentence in new[:MAX_LOGGED]:
        log.warning("%s: %s: loaded as text and listed in the column ledger, but not published", source, sentence)
    if len(new) > MAX_LOGGED:
        rest = len(new) - MAX_LOGGED
        log.warning("%s: %d more tables or columns are new; the column ledger lists them", source, rest)


def load_table(database: Database, schema: str, name: str, table: AccessTable) -> None:
    """Copy one table to <schema>.<name> in one transaction.

    Raises ExtractionError if it is damaged or its number of rows differs from that in its definition.
    """
    path = database.file.path
    safe = safe_names(column.name for column in table.columns)
    columns = [Identifier(safe[column.name]) for column in table.columns]
    unreadable: list[tuple[int, str, str]] = []
    with transaction(schema) as cursor:
        definitions = SQL(", ").join(SQL("{} text").format(column) for column in columns)
        cursor.execute(SQL("create table {} (source_row bigint, {})").format(Identifier(name), definitions))
        copy = SQL("copy {} from stdin (format csv, encoding 'UTF8')").format(Identifier(name))
        copy_chunks(cursor, copy, csv_chunks(database, table, unreadable))
        if cursor.rowcount != table.rows:
            raise ExtractionError(
                f"{printable(path.name)}: expected {table.rows} rows of {printable(table.name, 64)}, as its definition "
                f"counts, found {cursor.rowcount}; the table was not loaded; {access_file.RECOVERY_HINT}"
            )
        cells = [
            (recorded_name(table.name), row, recorded_name(column), safe.get(column, column), reason)
            for row, column, reason in unreadable
        ]
        execute_values(cursor, "insert into unreadable_cell values %s", cells, page_size=1000)
    log.info("%s.%s: %d rows loaded", schema, name, table.rows)
    if unreadable:
        listed = [f"row {row}, {column}: {reason}" for row, column, reason in unreadable[:MAX_LOGGED_CELLS]]
        log.warning("%s.%s: %d cells cannot be read: %s", schema, name, len(unreadable), printable("; ".join(listed)))


def csv_chunks(database: Database, table: AccessTable, unreadable: list[tuple[int, str, str]]) -> Iterator[memoryview]:
    """Yield the rows as CSV, with their numbers first; NULL is an empty field, and text is quoted.

    Adds the unreadable cells to a list. Raises ExtractionError if the table is damaged.
    """
    options = csv.WriteOptions(include_header=False)
    for block in access_file.read_rows(database, table):
        unreadable += block.unreadable
        numbers = pa.array(np.arange(block.first_row, block.first_row + block.batch.num_rows))
        sink = pa.BufferOutputStream()
        arrays = [numbers, *block.batch.columns]
        csv.write_csv(pa.RecordBatch.from_arrays(arrays, [str(index) for index in range(len(arrays))]), sink, options)
        yield memoryview(sink.getvalue()).cast("B")


def copy_chunks(cursor: Cursor, statement: Composable, chunks: Iterator[memoryview]) -> None:
    """Execute COPY FROM STDIN with chunks of bytes. Raises the errors of their iterator."""
    reader = ChunkReader(chunks)
    try:
        cursor.copy_expert(statement, BufferedReader(reader, COPY_BYTES), size=COPY_BYTES)
    except psycopg2.errors.QueryCanceled as error:
        # An error while reading cancels the statement.
        raise reader.error or error from error


class ChunkReader(RawIOBase):
    """Chunks of bytes as a file that can be read; `error`: why reading failed."""

    def __init__(self, chunks: Iterator[memoryview]) -> None:
        self.chunks = chunks
        self.rest = memoryview(b"")
        self.error: Exception | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer and return the number of bytes, 0 at the end."""
        try:
            self.rest = self.rest or next(self.chunks, self.rest)
        except Exception as error:
            self.error = error
            raise
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


def write_inventory(cursor: Cursor, tables: Sequence[AccessTable]) -> None:
    """Create the table `inventory` with one row per column of each table."""
    cursor.execute(CREATE_INVENTORY)
    names = safe_names(table.name for table in tables)
    rows = []
    for table in tables:
        name, safe = names[table.name], safe_names(column.name for column in table.columns)
        for position, column in enumerate(table.columns, 1):
            originals = (recorded_name(table.name), recorded_name(column.name))
            rows.append((*originals, name, safe[column.name], position, table.rows, column.type))
    execute_values(cursor, "insert into inventory values %s", rows)
