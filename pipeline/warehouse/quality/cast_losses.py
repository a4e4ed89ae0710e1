"""Cast losses: text of a file that the type of its column cannot represent, counted per column while the file is cast.

The published value is NULL; the row stays published, and each lost text is a flag. The counts reach
`audit.column_ledger`, where the check `conservation_lost_values` compares their shares with the limits in luigi.cfg.
"""

from collections.abc import Collection, Iterable

from psycopg2 import sql

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import cast, table_schema
from pipeline.warehouse.table_schema import Column

CREATE_TABLE = """
create table cast_loss (
    source_table text, source_column text, values_in bigint, values_lost bigint, examples text,
    primary key (source_table, source_column)
)
"""

# Examples are JSON strings, in which control characters are escaped.
COUNT_LOST = """
with lost as materialized (
    select left({text}, 40) collate "C" as example, count(*) as uses from {raw}
    where btrim({text}) <> '' and {function}({text}) is null
    group by example
)

select
    (select count(*) from {raw} where btrim({text}) <> ''),
    coalesce((select sum(uses)::bigint from lost), 0),
    (
        select string_agg(to_json(example)::text, ', ' order by example)
        from (select example from lost order by example limit 3) as examples
    )
"""


def record_losses(cursor: Cursor, table: str, name: str, raw: Collection[str]) -> None:
    """Add a row to `cast_loss` per column of the file that is cast to another type than text.

    `name`: the table in NTSB's spelling; `raw`: its columns. Run it before rows are quarantined: the search_path must
    find the complete cast table and a view raw_<table> over the raw table.
    """
    columns = cast_columns(cursor, table, raw)
    if not columns:
        return
    texts = count_values(cursor, f"raw_{table}", columns)
    values = count_values(cursor, table, [column.name for column in columns.values()])
    for text, column, n_texts, n_values in zip(columns, columns.values(), texts, values, strict=True):
        # Equal counts prove that nothing was lost; otherwise some texts are blank or not cast.
        loss = (n_texts, 0, None) if n_texts == n_values else count_lost(cursor, table, text, column)
        cursor.execute("insert into cast_loss values (%s, %s, %s, %s, %s)", (name, text, *loss))


def cast_columns(cursor: Cursor, table: str, raw: Collection[str]) -> dict[str, Column]:
    """Return {raw column: column} of the columns that the file has and that are not text."""
    columns = cast.source_columns(table_schema.columns(cursor, table))
    named = {cast.source_column(table, column.name): column for column in columns if column.type != "text"}
    return {text: column for text, column in named.items() if text in raw}


def count_values(cursor: Cursor, relation: str, columns: Iterable[str]) -> tuple[int, ...]:
    """Return the number of non-NULL values of each column."""
    counts = sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(column)) for column in columns)
    cursor.execute(sql.SQL("select {} from {}").format(counts, sql.Identifier(relation)))
    return cursor.fetchone() or ()


def count_lost(cursor: Cursor, table: str, text: str, column: Column) -> tuple[int, int, str | None]:
    """Return (texts that are not blank, those of them that cannot be cast, up to three of these)."""
    function = sql.Identifier("convert", cast.cast_function(table, column))
    query = sql.SQL(COUNT_LOST).format(text=sql.Identifier(text), function=function, raw=sql.Identifier(f"raw_{table}"))
    cursor.execute(query)
    n_texts, n_lost, examples = cursor.fetchone() or (0, 0, None)
    return n_texts, n_lost, examples


def lossy_columns(cursor: Cursor, table: str, name: str, raw: Collection[str]) -> dict[str, Column]:
    """Return {raw column: column} of the columns that have lost values, according to `cast_loss`."""
    cursor.execute("select source_column from cast_loss where source_table = %s and values_lost > 0", (name,))
    lossy = {column for (column,) in cursor.fetchall()}
    return {text: column for text, column in cast_columns(cursor, table, raw).items() if text in lossy}


def lost_value_flag(table: str, column: Column) -> str:
    """Return the name of the flag for text that cannot be cast.

    It is latitude_out_of_range or longitude_out_of_range for coordinates, and <raw column>_invalid for all others.
    """
    kind = cast.cast_function(table, column).removeprefix("to_")
    if kind in ("latitude", "longitude"):
        return f"{kind}_out_of_range"
    return f"{cast.source_column(table, column.name)}_invalid"
