"""A relation of the database as one Parquet file: the same rows give the same bytes, whatever session asks for them.

COPY writes CSV into a pipe and Arrow reads it on the other end, so that memory holds a row group and not a table.
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

# Rows of a group: 16,384 rows of the longest narratives take some 100 MB, of anything else a few.
ROWS_PER_GROUP = 16_384
# A row longer than a block cannot be read; NTSB's longest text is 0.2 MB.
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
    """A column on its way out: its name, the SQL that writes it, its type in Parquet, how to sort by it."""

    name: str
    expression: str
    type: pa.DataType
    order: str


def export_relation(connection: Connection, relation: str, path: Path, order_by: Sequence[str]) -> int:
    """Writes all rows of a relation, sorted by `order_by` and then by every other column; returns their number.

    Geometry becomes hexadecimal WKB, json and all other types text, `tsvector` is left out; NULL and empty text stay
    two things. `order_by` may be empty. Raises ValueError where a name is unknown or a type has no counterpart.
    """
    found = columns(connection, relation)
    unknown = [name for name in order_by if name not in {column.name for column in found}]
    if unknown:
        raise ValueError(
            f"{relation}: cannot be sorted by {', '.join(unknown)}: it has no such column; name a key of it"
        )
    schema = pa.schema([pa.field(column.name, column.type) for column in found])
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer, ThreadPoolExecutor(1) as copier:
        read_end, write_end = os.pipe()
        copying = copier.submit(_copy, connection, _query(relation, found, order_by), write_end)
        try:
            return _write(writer, schema, read_end)
        finally:
            # Closed first: a copy that nobody reads any more ends with a broken pipe instead of waiting for ever.
            os.close(read_end)
            _raise_cause(copying.exception())


def _raise_cause(failure: BaseException | None) -> None:
    """A copy that fails leaves half a row behind: the cause is the database's error, not Arrow's about that row."""
    if failure and not isinstance(failure, BrokenPipeError):
        raise failure


def columns(connection: Connection, relation: str) -> list[Column]:
    """The columns that leave, in the relation's order. Raises ValueError for a type that Parquet has no name for."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, (relation,))
        stated = cursor.fetchall()
    return [_column(relation, *facts) for facts in stated if facts[1] not in OMITTED_TYPES]


def _column(relation: str, name: str, type_name: str, is_text: bool) -> Column:
    quoted = '"{}"'.format(name.replace('"', '""'))
    if type_name in TYPES:
        # Microseconds and zone in every row: how a session shows a moment is its own business.
        moment = f"""to_char({quoted} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return Column(name, moment if type_name.endswith("with time zone") else quoted, TYPES[type_name], quoted)
    if numeric := re.fullmatch(r"numeric\((\d+),(\d+)\)", type_name):
        return Column(name, quoted, pa.decimal128(int(numeric[1]), int(numeric[2])), quoted)
    if type_name == "numeric":
        raise ValueError(
            f"{relation}.{name} is numeric without a precision, which Parquet cannot hold: "
            "give it one, or cast it to bigint or double precision"
        )
    is_place = re.match(r"([a-z_]+\.)?geometry\b", type_name)
    text = f"encode(st_asbinary({quoted}, 'NDR'), 'hex')" if is_place else f"{quoted}::text"
    # Collation C: sorted alike on every server.
    return Column(name, text, pa.string(), f'{quoted if is_text else text} collate "C"')


def _query(relation: str, found: Sequence[Column], order_by: Sequence[str]) -> str:
    by_name = {column.name: column for column in found}
    # The other columns decide only between rows whose keys are equal: two runs then still agree.
    order = [by_name[name].order for name in dict.fromkeys([*order_by, *by_name])]
    listed = ", ".join(f'{column.expression} as "{number}"' for number, column in enumerate(found))
    return f"copy (select {listed} from {relation} order by {', '.join(order)}) to stdout (format csv, encoding 'utf8')"


def _copy(connection: Connection, query: str, write_end: int) -> None:
    """Runs the COPY into the pipe, with the forms of dates and numbers pinned until it is over."""
    own = connection.info.transaction_status == TRANSACTION_STATUS_IDLE and connection.autocommit
    with os.fdopen(write_end, "wb") as pipe, connection.cursor() as cursor:
        if own:
            cursor.execute("begin")
        cursor.execute("set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1")
        cursor.copy_expert(query, pipe)
        if own:
            cursor.execute("commit")


def _write(writer: Any, schema: pa.Schema, read_end: int) -> int:
    """Row groups of the same size whatever the pieces that came through the pipe; returns the number of rows."""
    count = 0
    for group in _groups(_batches(schema, read_end), schema):
        writer.write_table(group, row_group_size=ROWS_PER_GROUP)
        count += group.num_rows
    return count


def _batches(schema: pa.Schema, read_end: int) -> Iterator[pa.RecordBatch]:
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
    waiting = pa.table({name: pa.array([], type) for name, type in zip(schema.names, schema.types, strict=True)})
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= ROWS_PER_GROUP:
            yield waiting.slice(0, ROWS_PER_GROUP)
            waiting = waiting.slice(ROWS_PER_GROUP)
    if waiting.num_rows:
        yield waiting
