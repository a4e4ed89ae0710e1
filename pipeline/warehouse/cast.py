"""From raw text to typed rows: SQL generated from the contract, the same for every file of every era.

A typed table has the contract's columns without the derived ones; each value is `convert.<function>(raw text)`.
"""

from collections.abc import Sequence

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import sql_file, table_schema
from pipeline.warehouse.table_schema import Column

CAST_FUNCTIONS = {
    "text": "to_text",
    "integer": "to_integer",
    "bigint": "to_bigint",
    "real": "to_real",
    "double precision": "to_double",
    "boolean": "to_boolean",
    "date": "to_date",
    "timestamp without time zone": "to_timestamp",
    "time without time zone": "to_time",
}
PROVENANCE_COLUMNS = ("era", "source_file", "source_row")


def cast_function(table: str, column: Column) -> str:
    """The function that reads a column's text: the contract's own word for it, else by type."""
    return (
        sql_file.annotations(table_schema.table_file(table), "convert").get(column.name) or CAST_FUNCTIONS[column.type]
    )


def source_column(table: str, column: str) -> str:
    """The raw column that a contract column is read from: the same name unless the contract says otherwise."""
    return sql_file.annotations(table_schema.table_file(table), "source").get(column, column)


def source_columns(columns: Sequence[Column]) -> list[Column]:
    """Columns that come from the file: neither derived nor the pipeline's own."""
    return [column for column in columns if not column.derived and column.name not in PROVENANCE_COLUMNS]


def cast_select(table: str, columns: Sequence[Column], raw: Sequence[str], source: str, era: str) -> str:
    """The select that types raw_<source>.<table>. Columns that the file lacks are NULL."""
    items = []
    for column in source_columns(columns):
        name = source_column(table, column.name)
        text = f'convert.{cast_function(table, column)}("{name}")' if name in raw else f"null::{column.type}"
        items.append(f'{text} as "{column.name}"')
    own = [f"'{era}' as era", f"'{source}' as source_file", "source_row"]
    return f'select {", ".join([*items, *own])} from raw_{source.lower()}."{table}"'


def derived_select(columns: Sequence[Column], picked: Sequence[str], query: str, source: str, era: str) -> str:
    """The select that brings an era's own query into the shape of the contract. Columns it does not give are NULL."""
    items = []
    for column in source_columns(columns):
        value = f'picked."{column.name}"' if column.name in picked else "null"
        items.append(f'{value}::{column.type} as "{column.name}"')
    own = [f"'{era}' as era", f"'{source}' as source_file", "picked.source_row"]
    return f"select {', '.join([*items, *own])} from ({query}) as picked"


def columns_with_lost_values(
    cursor: Cursor, table: str, name: str, columns: Sequence[Column], raw: Sequence[str]
) -> list[tuple[Column, str]]:
    """Columns with fewer typed values than raw texts, with their raw names: values were lost, or texts are blank.

    `name` is the table's in NTSB's spelling. Expects the search_path to find the typed table, its quarantine, and a
    view raw_<table> over the raw one.
    """
    pairs = [(column, source_column(table, column.name)) for column in source_columns(columns) if column.type != "text"]
    pairs = [(column, text) for column, text in pairs if text in raw]
    if not pairs:
        return []
    texts = ", ".join(f'count("{text}")' for _, text in pairs)
    values = ", ".join(f'count("{column.name}")' for column, _ in pairs)
    # Rows in quarantine have no typed values, and none of theirs is lost.
    left = "source_row not in (select source_row from quarantine where source_table = %s)"
    cursor.execute(f"select {texts} from raw_{table} where {left}", (name,))
    before = cursor.fetchone() or ()
    cursor.execute(f'select {values} from "{table}"')
    after = cursor.fetchone() or ()
    return [pair for pair, told, kept in zip(pairs, before, after, strict=True) if told > kept]


def lost_value_flag(table: str, column: Column) -> str:
    """The name of the flag for text that has no typed value: out of range for places, else invalid."""
    place = cast_function(table, column).removeprefix("to_")
    if place in ("latitude", "longitude"):
        return f"{place}_out_of_range"
    return f"{source_column(table, column.name)}_invalid"
