"""Export of a relation to one Parquet file. The same rows give the same bytes, whatever the settings of the session.

COPY writes CSV into a pipe and Arrow reads it at the other end, so that memory holds a row group and not a table.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Composable, Identifier

# 16,384 rows of the longest narratives take about 100 MB of memory, of any other table a few.
ROWS_PER_GROUP = 16_384
# Arrow cannot read a row that is longer than a block; NTSB's longest text has 0.2 MB.
BLOCK_BYTES = 8 << 20

TYPES: dict[str, pa.DataType] = {
    **{"smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(), "oid": pa.int64()},
    **{"real": pa.float32(), "double precision": pa.float64(), "boolean": pa.bool_()},
    **{"date": pa.date32(), "time without time zone": pa.time64("us")},
    **{"timestamp without time zone": pa.timestamp("us"), "timestamp with time zone": pa.timestamp("us", tz="UTC")},
}
OMITTED_TYPES = ("tsvector",)
COLUMNS = """
    select attname, format_type(atttypid, atttypmod), attcollation <> 0
    from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped
    order by attnum
"""


@dataclass(frozen=True)
class Column:
    """An exported column: its name, the SQL expression that writes it, its Arrow type, the expression to sort by."""

    name: str
    expression: Composable
    type: pa.DataType
    order: Composable


def export_relation(
    connection: Connection, relation: str, path: Path, order_by: Sequence[str], notice: str = ""
) -> int:
    """Write all rows of a relation, sorted by `order_by` and then by every other column; return their number.

    Geometry becomes hexadecimal WKB, all other types without a counterpart text; `tsvector` is omitted. NULL and empty
    text remain distinct. `notice` is stored in the metadata of the file. Raises ValueError for an unknown name in
    `order_by` and for numeric without a precision.
    """
    exported = columns(connection, relation)
    names = [column.name for column in exported]
    if unknown := [name for name in order_by if name not in names]:
        raise ValueError(
            f"{relation}: expected columns of it in order_by, found {', '.join(unknown)}; name its key columns"
        )
    schema = pa.schema([pa.field(column.name, column.type) for column in exported])
    stored = schema.with_metadata({"notice": notice}) if notice else schema
    with pa.parquet.ParquetWriter(path, stored, compression="zstd") as writer, ThreadPoolExecutor(1) as copier:
        read_end, write_end = os.pipe()
        copying = copier.submit(_copy, connection, _query(relation, exported, order_by), write_end)
        try:
            return _write(writer, schema, read_end)
        finally:
            # Closed first: then a COPY that is still writing ends with a broken pipe instead of blocking.
            os.close(read_end)
            # An error of COPY is the cause of Arrow's error about an incomplete row.
            failure = copying.exception()
            if failure and not isinstance(failure, BrokenPipeError):
                raise failure


def columns(connection: Connection, relation: str) -> list[Column]:
    """Return the exported columns, in the relation's order. Raises ValueError for numeric without a precision."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, (relation,))
        rows = cursor.fetchall()
    return [
        _column(relation, name, type_name, is_text)
        for name, type_name, is_text in rows
        if type_name not in OMITTED_TYPES
    ]


def _column(relation: str, name: str, type_name: str, is_text: bool) -> Column:
    """Return how a column is exported, by its PostgreSQL type; `is_text`: the type has a collation."""
    quoted = Identifier(name)
    if type_name in TYPES:
        # UTC with microseconds, whatever the time zone of the session.
        utc = SQL("""to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""").format(quoted)
        return Column(name, utc if type_name.endswith("with time zone") else quoted, TYPES[type_name], quoted)
    if numeric := re.fullmatch(r"numeric\((\d+),(\d+)\)", type_name):
        return Column(name, quoted, pa.decimal128(int(numeric[1]), int(numeric[2])), quoted)
    if type_name == "numeric":
        raise ValueError(
            f"{relation}.{name}: expected numeric with a precision, as Parquet requires, found none; "
            "add one, or cast the column to bigint or double precision"
        )
    is_geometry = re.match(r"([a-z_]+\.)?geometry\b", type_name)
    text = SQL("encode(st_asbinary({}, 'NDR'), 'hex')" if is_geometry else "{}::text").format(quoted)
    # Collation C: the same order on every server.
    return Column(name, text, pa.string(), SQL('{} collate "C"').format(quoted if is_text else text))


def _query(relation: str, exported: Sequence[Column], order_by: Sequence[str]) -> Composable:
    """Return the SELECT of the exported columns, sorted by `order_by` and then by all other columns."""
    by_name = {column.name: column for column in exported}
    # The remaining columns make the order of rows with equal keys deterministic.
    order = [by_name[name].order for name in dict.fromkeys([*order_by, *by_name])]
    expressions = [
        SQL("{} as {}").format(column.expression, Identifier(str(number))) for number, column in enumerate(exported)
    ]
    query = "copy (select {} from {} order by {}) to stdout (format csv, encoding 'utf8')"
    return SQL(query).format(SQL(", ").join(expressions), Identifier(*relation.split(".")), SQL(", ").join(order))


def _copy(connection: Connection, query: Composable, write_end: int) -> None:
    """Run COPY into the pipe, with fixed formats of dates and numbers."""
    starts_transaction = connection.info.transaction_status == TRANSACTION_STATUS_IDLE and connection.autocommit
    with os.fdopen(write_end, "wb") as pipe, connection.cursor() as cursor:
        if starts_transaction:
            cursor.execute("begin")
        cursor.execute("set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1")
        cursor.copy_expert(query, pipe)
        if starts_transaction:
            cursor.execute("commit")


def _write(writer: Any, schema: pa.Schema, read_end: int) -> int:
    """Write row groups of ROWS_PER_GROUP rows, whatever the sizes of the batches read; return the number of rows."""
    count = 0
    for group in _groups(_batches(schema, read_end), schema):
        writer.write_table(group, row_group_size=ROWS_PER_GROUP)
        count += group.num_rows
    return count


def _batches(schema: pa.Schema, read_end: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows that COPY writes into the pipe, in batches of any size."""
    with os.fdopen(read_end, "rb", closefd=False) as pipe:
        if not pipe.peek(1):
            return
        reader = pa.csv.open_csv(
            pipe,
            read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=BLOCK_BYTES, use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
        yield from reader


def _groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the same rows in tables of ROWS_PER_GROUP rows; the last one may have fewer."""
    # pa.array and schema.empty_table would import pandas: half a second in each of about a hundred tasks.
    pending = pa.Table.from_batches([], schema=schema)
    for batch in batches:
        pending = pa.concat_tables([pending, pa.Table.from_batches([batch])])
        while pending.num_rows >= ROWS_PER_GROUP:
            yield pending.slice(0, ROWS_PER_GROUP)
            pending = pending.slice(ROWS_PER_GROUP)
    if pending.num_rows:
        yield pending
