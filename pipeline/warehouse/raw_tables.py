"""Load one Access file, table by table and unchanged, as text into its raw schema.

Schema raw_<source>: one table per Access table, with `source_row`, the number of the row in the output of mdb-export,
and all columns as text; and `inventory`, one row per column.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from pipeline.errors import ExtractionError, SchemaDrift
from pipeline.ingest import access_file, jet4
from pipeline.postgres.connection import Cursor, transaction
from pipeline.sources import Era, era_of
from pipeline.warehouse import cast, table_schema

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


def raw_name(name: str) -> str:
    """Returns the name of a table or column in the raw schema: lower case, with underscores for blanks."""
    return name.lower().replace(" ", "_")


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
    actual = {raw_name(table.name): [raw_name(column) for column in table.columns] for table in tables}
    absent = [f"table {table} is absent" for table in expected if table not in actual]
    new = [f"table {table} is new" for table in actual if table not in expected]
    for table in sorted(set(actual) & set(expected)):
        absent += [f"column {table}.{column} is absent" for column in expected[table] if column not in actual[table]]
        new += [f"column {table}.{column} is new" for column in actual[table] if column not in expected[table]]
    return absent, new


def find_name_clashes(tables: Sequence[AccessTable]) -> list[str]:
    """Returns sentences on names in the file that are equal in the raw schema, or equal to a name that is added."""
    groups = [("tables", "", [table.name for table in tables], "inventory")]
    groups += [("columns", f"{table.name}.", list(table.columns), "source_row") for table in tables]
    sentences = []
    for kind, prefix, names, reserved in groups:
        for raw, count in Counter([reserved, *map(raw_name, names)]).items():
            if count > 1:
                clashing = ", ".join(f"{prefix}{name}" for name in names if raw_name(name) == raw)
                suffix = " with the pipeline's own" if raw == reserved else ""
                sentences.append(f"{kind} {clashing} clash{suffix} as {raw}")
    return sentences


def expected_columns(cursor: Cursor, era: Era) -> dict[str, list[str]]:
    """Returns {raw table: raw columns} that a file of the era must have: those of the table schema that the era has."""
    expected = {}
    for name, table in era.tables.items():
        absent = {raw_name(column) for column in era.absent_columns.get(name, ())}
        columns = cast.source_columns(table_schema.columns(cursor, table))
        names = [cast.source_column(table, column.name) for column in columns]
        expected[table] = [name for name in names if name not in absent]
    return expected


def load_access_file(path: Path, source: str, connections: int) -> list[AccessTable]:
    """Replaces raw_<source> by the tables of the Access file, and returns these.

    Raises SchemaDrift if a table or column is missing or names clash, and ExtractionError if a table cannot be read
    completely.
    """
    with transaction() as cursor:
        expected = expected_columns(cursor, era_of(source))
    tables = read_contents(path)
    absent, new = find_schema_drift(tables, expected)
    if problems := absent + find_name_clashes(tables):
        # New names are reported too: a missing column may have been renamed.
        raise SchemaDrift(
            f"{source}: expected the tables and columns of its era, found: {'; '.join(problems + new)}. Nothing was "
            "loaded; if NTSB has changed its schema, change pipeline/sql/schema and pipeline/sources to match"
        )
    for sentence in new:
        log.warning("%s: %s: loaded as text and listed in the column ledger, but not published", source, sentence)
    schema = f"raw_{source.lower()}"
    with transaction() as cursor:
        cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda table: load_table(path, schema, table), tables))
    with transaction(schema) as cursor:
        write_inventory(cursor, tables, expected)
    return tables


def load_table(path: Path, schema: str, table: AccessTable) -> None:
    """Copies one table in one transaction. Raises ExtractionError if its text or its number of rows is wrong."""
    columns = ", ".join(f'"{raw_name(column)}"' for column in table.columns)
    definitions = columns.replace(",", " text,") + " text"
    name = f'"{raw_name(table.name)}"'
    with transaction(schema) as cursor:
        cursor.execute(
            f"create table {name} (source_row bigint generated always as identity (cache 1000), {definitions})"
        )
        try:
            with access_file.export_csv(path, table.name) as stream:
                cursor.copy_expert(f"copy {name} ({columns}) from stdin (format csv)", stream, size=1 << 18)
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
        restore_empty_strings(cursor, path, table)
    log.info("%s: %s: %d rows loaded", schema, table.name, loaded)


def restore_empty_strings(cursor: Cursor, path: Path, table: AccessTable) -> None:
    """Sets empty strings, which mdb-export does not distinguish from NULL, to ''.

    All columns in one statement, because each update of a row writes the whole row again.
    """
    rows_by_column = {
        f'"{raw_name(name)}"': rows for name, rows in jet4.empty_strings(path, table.name).items() if rows
    }
    if not rows_by_column:
        return
    items = ", ".join(
        f"{column} = case when source_row = any(%s) then '' else {column} end" for column in rows_by_column
    )
    statement = f'update "{raw_name(table.name)}" set {items} where source_row = any(%s)'
    cursor.execute(statement, [*rows_by_column.values(), sorted(set().union(*rows_by_column.values()))])


def write_inventory(cursor: Cursor, tables: Sequence[AccessTable], expected: Mapping[str, Sequence[str]]) -> None:
    """Creates the table `inventory` with one row per column of each table, expected (`is_wanted`) or new."""
    cursor.execute(INVENTORY)
    for table in tables:
        for position, column in enumerate(table.columns, 1):
            is_wanted = raw_name(column) in expected.get(raw_name(table.name), ())
            row = (table.name, column, raw_name(table.name), raw_name(column), position, table.rows, is_wanted)
            cursor.execute("insert into inventory values (%s, %s, %s, %s, %s, %s, %s)", row)
