"""Landing: one Access file, table by table, as text into its raw schema; nothing is judged here, nothing is changed.

Schema raw_<source>: one text table per Access table, `source_row` counting rows in the order of mdb-export, and
`inventory` (one row per column: source_table, source_column, raw_table, raw_column, position, rows_in, is_wanted).
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
    """One table of an Access file: its own spelling, its columns in order, its rows as the file counts them."""

    name: str
    columns: tuple[str, ...]
    rows: int


def raw_name(name: str) -> str:
    """The name a table or column has in the raw schema: lower case, blanks as underscores."""
    return name.lower().replace(" ", "_")


def read_contents(path: Path) -> list[AccessTable]:
    """Every table of the file, largest first, so that two connections end at about the same time."""
    found = [
        AccessTable(name, tuple(access_file.list_columns(path, name)), access_file.count_rows(path, name))
        for name in access_file.list_tables(path)
    ]
    return sorted(found, key=lambda table: (-table.rows, table.name))


def find_schema_drift(found: Sequence[AccessTable], wanted: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """(absent, new): findings, one sentence each. `wanted` maps raw table names to raw column names."""
    there = {raw_name(table.name): [raw_name(column) for column in table.columns] for table in found}
    absent = [f"table {table} is absent" for table in wanted if table not in there]
    new = [f"table {table} is new" for table in there if table not in wanted]
    for table in sorted(set(there) & set(wanted)):
        absent += [f"column {table}.{column} is absent" for column in wanted[table] if column not in there[table]]
        new += [f"column {table}.{column} is new" for column in there[table] if column not in wanted[table]]
    return absent, new


def find_name_clashes(found: Sequence[AccessTable]) -> list[str]:
    """Names of the file that would be one name in the raw schema, or one that the pipeline has taken itself."""
    sets = [("tables", "", [table.name for table in found], "inventory")]
    sets += [("columns", f"{table.name}.", list(table.columns), "source_row") for table in found]
    sentences = []
    for kind, prefix, names, own in sets:
        for name, times in Counter([own, *map(raw_name, names)]).items():
            if times > 1:
                told = ", ".join(f"{prefix}{each}" for each in names if raw_name(each) == name)
                taken = " with the pipeline's own" if name == own else ""
                sentences.append(f"{kind} {told} clash{taken} as {name}")
    return sentences


def expected_columns(cursor: Cursor, era: Era) -> dict[str, list[str]]:
    """{raw table: raw columns} that a file of the era must have: the contract's, less those the era never had."""
    wanted = {}
    for name, table in era.tables.items():
        absent = {raw_name(column) for column in era.absent_columns.get(name, ())}
        columns = [
            cast.source_column(table, each.name) for each in cast.source_columns(table_schema.columns(cursor, table))
        ]
        wanted[table] = [column for column in columns if column not in absent]
    return wanted


def load_access_file(path: Path, source: str, connections: int) -> list[AccessTable]:
    """Fills raw_<source> anew from the Access file and returns what it held. Raises SchemaDrift, ExtractionFailed."""
    with transaction() as cursor:
        wanted = expected_columns(cursor, era_of(source))
    found = read_contents(path)
    absent, new = find_schema_drift(found, wanted)
    if findings := absent + find_name_clashes(found):
        # What is new is told with it: it may be what is absent, under another name.
        raise SchemaDrift(
            f"{source} is not as its era's files are: {'; '.join(findings + new)}. Nothing was loaded. "
            "If NTSB has changed its schema, change pipeline/sql/contract and pipeline/eras to match"
        )
    for finding in new:
        log.warning("%s: %s: it lands as text and is in the column ledger, but nothing reads it yet", source, finding)
    schema = f"raw_{source.lower()}"
    with transaction() as cursor:
        cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda table: load_table(path, schema, table), found))
    with transaction(schema) as cursor:
        write_inventory(cursor, found, wanted)
    return found


def load_table(path: Path, schema: str, table: AccessTable) -> None:
    """Copies one table through a pipe, in one transaction, and proves the count. Raises ExtractionFailed."""
    columns = ", ".join(f'"{raw_name(column)}"' for column in table.columns)
    typed = columns.replace(",", " text,") + " text"
    name = f'"{raw_name(table.name)}"'
    with transaction(schema) as cursor:
        cursor.execute(f"create table {name} (source_row bigint generated always as identity (cache 1000), {typed})")
        try:
            with access_file.export_csv(path, table.name) as stream:
                cursor.copy_expert(f"copy {name} ({columns}) from stdin (format csv)", stream, size=1 << 18)
        except psycopg2.DataError as error:
            raise ExtractionError(
                f"{path.name}: mdb-export gave no sound text of {table.name} ({' '.join(str(error).split())[:300]}); "
                f"nothing of this table was kept; {access_file.recovery_hint(path)}"
            ) from error
        landed = cursor.rowcount
        if landed != table.rows:
            raise ExtractionError(
                f"{path.name}: {table.name} has {table.rows} rows by its own definition, mdb-export gave {landed}; "
                f"nothing of this table was kept; {access_file.recovery_hint(path)}"
            )
        restore_empty_strings(cursor, path, table)
    log.info("%s: %s: %d rows landed", schema, table.name, landed)


def restore_empty_strings(cursor: Cursor, path: Path, table: AccessTable) -> None:
    """Sets to '' what mdb-export cannot tell from NULL: values that are there and have no characters.

    All columns in one pass: each update of a row writes the whole row anew.
    """
    found = {f'"{raw_name(name)}"': rows for name, rows in jet4.empty_strings(path, table.name).items() if rows}
    if not found:
        return
    items = ", ".join(f"{column} = case when source_row = any(%s) then '' else {column} end" for column in found)
    statement = f'update "{raw_name(table.name)}" set {items} where source_row = any(%s)'
    cursor.execute(statement, [*found.values(), sorted(set().union(*found.values()))])


def write_inventory(cursor: Cursor, found: Sequence[AccessTable], wanted: Mapping[str, Sequence[str]]) -> None:
    """Writes the inventory: every column of every table, whether wanted or not."""
    cursor.execute(INVENTORY)
    for table in found:
        for position, column in enumerate(table.columns, 1):
            is_wanted = raw_name(column) in wanted.get(raw_name(table.name), ())
            row = (table.name, column, raw_name(table.name), raw_name(column), position, table.rows, is_wanted)
            cursor.execute("insert into inventory values (%s, %s, %s, %s, %s, %s, %s)", row)
