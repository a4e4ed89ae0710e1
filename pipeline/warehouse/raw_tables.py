"""Load one Access file, table by table and unchanged, as text into its raw schema.

Schema raw_<source>: one table per Access table, with `source_row`, the number of the row in the output of mdb-export,
and all columns as text; and `inventory`, one row per column, with the names in the file and in the schema (raw_names).
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.sql import SQL, Composable, Identifier

from pipeline.errors import ExtractionError, SchemaDrift
from pipeline.ingest import access_file, jet4
from pipeline.postgres.connection import Cursor, transaction
from pipeline.sources import Era, era_of
from pipeline.warehouse import cast, raw_names, table_schema
from pipeline.warehouse.raw_names import safe_names

log = logging.getLogger(__name__)

INVENTORY = """
create table inventory (
    source_table text, source_column text, raw_table text, raw_column text, position integer, rows_in bigint,
    is_wanted boolean,
    primary key (source_table, source_column)
)
"""


@dataclass(frozen=True)
class AccessTable:
    """A table of an Access file: its name and columns in NTSB's spelling, its number of rows according to the file."""

    name: str
    columns: tuple[str, ...]
    rows: int


def read_contents(path: Path) -> list[AccessTable]:
    """Returns all tables of the file, the largest first, so that several connections finish at about the same time.

    Raises ExtractionError if the file cannot be read.
    """
    tables = [
        AccessTable(name, tuple(access_file.list_columns(path, name)), access_file.count_rows(path, name))
        for name in access_file.list_tables(path)
    ]
    return sorted(tables, key=lambda table: (-table.rows, table.name))


def find_schema_drift(
    tables: Sequence[AccessTable], expected: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[str]]:
    """Returns (absent, new): sentences on missing and on additional tables and columns.

    `expected`: {raw table: raw columns}.
    """
    names = safe_names(table.name for table in tables)
    actual = {names[table.name]: list(safe_names(table.columns).values()) for table in tables}
    absent = [f"table {table} is absent" for table in expected if table not in actual]
    new = [f"table {table} is new" for table in actual if table not in expected]
    for table in sorted(set(actual) & set(expected)):
        absent += [f"column {table}.{column} is absent" for column in expected[table] if column not in actual[table]]
        new += [f"column {table}.{column} is new" for column in actual[table] if column not in expected[table]]
    return absent, new


def expected_columns(cursor: Cursor, era: Era) -> dict[str, list[str]]:
    """Returns {raw table: raw columns} that a file of the era must have: those of the table schema that the era has."""
    expected = {}
    for name, table in era.tables.items():
        absent = {raw_names.fold(column) for column in era.absent_columns.get(name, ())}
        columns = cast.source_columns(table_schema.columns(cursor, table))
        names = [cast.source_column(table, column.name) for column in columns]
        expected[table] = [name for name in names if name not in absent]
    return expected


def load_access_file(path: Path, source: str, connections: int) -> list[AccessTable]:
    """Replaces raw_<source> by the tables of the Access file, and returns these.

    Raises SchemaDrift if a table or column is missing, and ExtractionError if a table cannot be read completely.
    """
    with transaction() as cursor:
        expected = expected_columns(cursor, era_of(source))
    tables = read_contents(path)
    absent, new = find_schema_drift(tables, expected)
    if absent:
        # New names are reported too: a missing column may have been renamed.
        raise SchemaDrift(
            f"{source}: expected the tables and columns of its era, found: {'; '.join(absent + new)}. Nothing was "
            "loaded; if NTSB has changed its schema, change pipeline/sql/schema and pipeline/sources to match"
        )
    for sentence in new:
        log.warning("%s: %s: loaded as text and listed in the column ledger, but not published", source, sentence)
    schema, names = raw_names.raw_schema(source), safe_names(table.name for table in tables)
    with transaction() as cursor:
        replace_schema = SQL("drop schema if exists {schema} cascade; create schema {schema}")
        cursor.execute(replace_schema.format(schema=Identifier(schema)))
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda table: load_table(path, schema, names[table.name], table), tables))
    with transaction(schema) as cursor:
        write_inventory(cursor, tables, expected)
    return tables


def load_table(path: Path, schema: str, name: str, table: AccessTable) -> None:
    """Copies one table to <schema>.<name> in one transaction.

    Raises ExtractionError if its text or its number of rows is wrong.
    """
    safe = safe_names(table.columns)
    columns = [Identifier(safe[column]) for column in table.columns]
    with transaction(schema) as cursor:
        cursor.execute(create_statement(Identifier(name), columns))
        try:
            with access_file.export_csv(path, table.name) as stream:
                cursor.copy_expert(copy_statement(Identifier(name), columns), stream, size=1 << 18)
        except psycopg2.DataError as error:
            raise ExtractionError(
                f"{path.name}: expected valid CSV of {table.name} from mdb-export, found "
                f"{' '.join(str(error).split())[:300]}; the table was not loaded; {access_file.recovery_hint(path)}"
            ) from error
        loaded = cursor.rowcount
        if loaded != table.rows:
            raise ExtractionError(
                f"{path.name}: expected {table.rows} rows of {table.name}, as its definition counts, found {loaded}; "
                f"the table was not loaded; {access_file.recovery_hint(path)}"
            )
        restore_empty_strings(cursor, path, name, table)
    log.info("%s.%s: %d rows loaded", schema, name, loaded)


def create_statement(name: Identifier, columns: Sequence[Identifier], temporary: str = "") -> Composable:
    """Returns the statement that creates a raw table: source_row, and the columns as text."""
    statement = "create {} table {} (source_row bigint generated always as identity (cache 1000), {})"
    definitions = SQL(", ").join(SQL("{} text").format(column) for column in columns)
    return SQL(statement).format(SQL(temporary), name, definitions)


def copy_statement(name: Identifier, columns: Sequence[Identifier]) -> Composable:
    """Returns the statement that copies CSV to the columns of a raw table."""
    return SQL("copy {} ({}) from stdin (format csv)").format(name, SQL(", ").join(columns))


def restore_empty_strings(cursor: Cursor, path: Path, name: str, table: AccessTable) -> None:
    """Sets empty strings, which mdb-export does not distinguish from NULL, to ''.

    All columns in one statement, because each update of a row writes the whole row again.
    """
    safe = safe_names(table.columns)
    rows_by_column = {safe[column]: rows for column, rows in jet4.empty_strings(path, table.name).items() if rows}
    if not rows_by_column:
        return
    items = SQL(", ").join(
        SQL("{column} = case when source_row = any(%s) then '' else {column} end").format(column=Identifier(column))
        for column in rows_by_column
    )
    statement = SQL("update {} set {} where source_row = any(%s)").format(Identifier(name), items)
    cursor.execute(statement, [*rows_by_column.values(), sorted(set().union(*rows_by_column.values()))])


def write_inventory(cursor: Cursor, tables: Sequence[AccessTable], expected: Mapping[str, Sequence[str]]) -> None:
    """Creates the table `inventory` with one row per column of each table, expected (`is_wanted`) or new."""
    cursor.execute(INVENTORY)
    names = safe_names(table.name for table in tables)
    for table in tables:
        name, columns = names[table.name], safe_names(table.columns)
        for position, column in enumerate(table.columns, 1):
            is_wanted = columns[column] in expected.get(name, ())
            originals = (raw_names.recorded_name(table.name), raw_names.recorded_name(column))
            row = (*originals, name, columns[column], position, table.rows, is_wanted)
            cursor.execute("insert into inventory values (%s, %s, %s, %s, %s, %s, %s)", row)
