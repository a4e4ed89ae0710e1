"""Casts from raw text to typed columns: SQL generated from the table schema, the same for every file and era.

A cast table has all columns of the published table but the derived ones; a value is `convert.<function>(raw text)`.
"""

from collections.abc import Sequence

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.warehouse import sql_file, table_schema
from pipeline.warehouse.raw_names import raw_schema
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
TEXTS = ("Text", "Memo")
NUMBERS = ("Byte", "Integer", "Long", "Single", "Double", "Currency", "Decimal", "Large Number")
# {cast function: Access types whose values it casts without loss}
ACCESS_TYPES: dict[str, tuple[str, ...]] = {
    "to_text": TEXTS,
    "to_memo": TEXTS,
    "to_integer": ("Byte", "Integer", "Long"),
    "to_bigint": ("Byte", "Integer", "Long", "Large Number"),
    "to_real": ("Byte", "Integer", "Single"),
    "to_double": ("Byte", "Integer", "Long", "Single", "Double"),
    "to_latitude": ("Byte", "Integer", "Long", "Single", "Double"),
    "to_longitude": ("Byte", "Integer", "Long", "Single", "Double"),
    "to_boolean": ("Yes/No",),
    "to_date": ("Date/Time", "Date/Time Extended"),
    "to_timestamp": ("Date/Time", "Date/Time Extended"),
    "to_time": ("Integer", "Long"),
}
PROVENANCE_COLUMNS = ("era", "source_file", "source_row")


def cast_function(table: str, column: Column) -> str:
    """Return the name of the function in the schema `convert` that casts a column.

    The table's header `convert` names it; for other columns it depends on the type.
    """
    functions = sql_file.annotations(table_schema.table_file(table), "convert")
    return functions.get(column.name) or CAST_FUNCTIONS[column.type]


def source_column(table: str, column: str) -> str:
    """Return the name of the raw column that a column is cast from: the same name unless a header `source` differs."""
    return sql_file.annotations(table_schema.table_file(table), "source").get(column, column)


def access_types(table: str, columns: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    """Return {raw column: Access types that it may have} of the columns that are read from the file.

    The table's header `types: inferred` says that NTSB does not document whether its columns are texts or numbers.
    """
    is_inferred = sql_file.header(table_schema.table_file(table), "types", "") == "inferred"
    types = {}
    for column in source_columns(columns):
        allowed = ACCESS_TYPES[cast_function(table, column)]
        is_date = "Date/Time" in allowed
        types[source_column(table, column.name)] = TEXTS + NUMBERS if is_inferred and not is_date else allowed
    return types


def source_columns(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that are read from the file: all except derived and provenance columns."""
    return [column for column in columns if not column.derived and column.name not in PROVENANCE_COLUMNS]


def cast_select(
    table: str, columns: Sequence[Column], raw: Sequence[str], source: str, era: str, relation: Composable | None = None
) -> Composable:
    """Return a SELECT statement that casts raw_<source>.<table>, or another relation with its columns.

    Columns that the file does not have are NULL.
    """
    items = []
    for column in source_columns(columns):
        name, function = source_column(table, column.name), Identifier("convert", cast_function(table, column))
        text = SQL("{}({})").format(function, Identifier(name)) if name in raw else null_of(column)
        items.append(SQL("{} as {}").format(text, Identifier(column.name)))
    from_relation = relation or Identifier(raw_schema(source), table)
    return SQL("select {}, {} as era, {} as source_file, source_row from {}").format(
        SQL(", ").join(items), Literal(era), Literal(source), from_relation
    )


def null_of(column: Column) -> Composable:
    """Return NULL with the type of the column."""
    return SQL("null::{}").format(SQL(column.type))


def derived_select(
    columns: Sequence[Column], available: Sequence[str], query: Composable, source: str, era: str
) -> Composable:
    """Return a SELECT statement with the table's columns over an era's query; columns not in `available` are NULL."""
    items = []
    for column in source_columns(columns):
        name = Identifier(column.name)
        value = Identifier("derived", column.name) if column.name in available else SQL("null")
        items.append(SQL("{}::{} as {}").format(value, SQL(column.type), name))
    return SQL("select {}, {} as era, {} as source_file, derived.source_row from ({}) as derived").format(
        SQL(", ").join(items), Literal(era), Literal(source), query
    )
