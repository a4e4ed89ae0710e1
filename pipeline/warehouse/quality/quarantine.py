"""Quarantine: rows of one file that cannot be published, each with one reason; parents are checked before children.

unreadable_cell a cell is damaged or cannot be represented as text; the detail names it
key_missing     a column of the primary key has no value
duplicate       the same row again
duplicate_key   another row with the key of an earlier one, which is kept
orphan          the event (or record) that it belongs to is not in the file
orphan_key      the event is in the file, the aircraft, crew member or occurrence is not
copy            the same row again under another number (rules in sql/quarantine)
old_shape       a case of the API before 2008, whose shape is unknown (rules in sources/<era>/quarantine)
"""

from collections.abc import Sequence
from pathlib import Path

from psycopg2 import sql
from psycopg2.sql import Composable, Identifier, Literal

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.sources import era_of
from pipeline.warehouse import sql_file, table_schema
from pipeline.warehouse.raw_names import raw_schema
from pipeline.warehouse.table_schema import ForeignKey

FOLDER = SQL / "quarantine"

CREATE_TABLE = """
create table quarantine (source_file text, source_table text, source_row bigint, reason text, detail text, raw jsonb,
    primary key (source_table, source_row))
"""

# Raw rows are selected before they are converted to JSON, which is slow for rows of 200 columns.
INSERT = """
insert into quarantine
select %(source)s, %(name)s, rejected.source_row, rejected.reason, rejected.detail, raw.texts - 'source_row'
from rejected
inner join (
    select source_row, to_jsonb(raw_row) as texts from {raw_table} as raw_row
    where (source_row in (select source_row from rejected)) is true
) as raw on raw.source_row = rejected.source_row
on conflict do nothing
"""

DELETE = """
delete from {table} as typed using quarantine
where quarantine.source_table = %(name)s and quarantine.source_row = typed.source_row
"""


def rule_files(table: str, source: str) -> list[Path]:
    """Return the files of the hand-written rules for a table: <reason>_<table>.sql, of all eras and of the source's."""
    own = era_of(source).folder / "quarantine"
    return [path for folder in (FOLDER, own) for path in sorted(folder.glob(f"*_{table}.sql"))]


def quarantine_rows(cursor: Cursor, source: str, table: str, name: str) -> None:
    """Move rows of the table that cannot be published to `quarantine`. `name`: the table in NTSB's spelling."""
    key = table_schema.primary_key(cursor, table)
    queries = [unreadable_query(source, table), missing_key_query(table, key), duplicate_query(cursor, table, key)]
    queries += [orphan_query(table, foreign_key) for foreign_key in table_schema.foreign_keys(cursor, table)]
    queries += [sql.SQL(sql_file.statement(path)) for path in rule_files(table, source)]
    names = {"table": Identifier(table), "raw_table": Identifier(f"raw_{table}")}
    for query in queries:
        # Most queries return no row, and then the raw rows need not be read.
        cursor.execute(sql.SQL("create temporary table rejected on commit drop as {}").format(query))
        if cursor.rowcount:
            cursor.execute(sql.SQL(INSERT).format(**names), {"source": source, "name": name})
            cursor.execute(sql.SQL(DELETE).format(**names), {"name": name})
        cursor.execute("drop table rejected")


def unreadable_query(source: str, table: str) -> Composable:
    """Return a query for rows with a cell that could not be loaded; the file may spell the table in another way."""
    query = """
        select source_row, 'unreadable_cell' as reason,
            string_agg(source_column || ': ' || reason, '; ' order by source_column collate "C") as detail
        from {}
        where source_table in (select source_table from {} where raw_table = {})
        group by source_row"""
    relations = (Identifier(raw_schema(source), relation) for relation in ("unreadable_cell", "inventory"))
    return sql.SQL(query).format(*relations, Literal(table))


def missing_key_query(table: str, key: Sequence[str]) -> Composable:
    """Return a query for rows without a complete key. An empty ev_id is missing; other empty codes are values."""
    value, ev_id = sql.SQL("{} is null"), sql.SQL("nullif({}, '') is null")
    is_missing = sql.SQL(" or ").join(
        (ev_id if column == "ev_id" else value).format(Identifier(column)) for column in key
    )
    query = "select source_row, 'key_missing' as reason, {} as detail from {} where {}"
    return sql.SQL(query).format(Literal(f"no value in one of {', '.join(key)}"), Identifier(table), is_missing)


def duplicate_query(cursor: Cursor, table: str, key: Sequence[str]) -> Composable:
    """Return a query for rows with the key of an earlier row.

    The reason is `duplicate` if all columns are equal, else `duplicate_key`.
    """
    columns = table_schema.columns(cursor, table)
    compared = [column.name for column in columns if not column.derived and column.name != "source_row"]
    return sql.SQL("""
        with repeated as (
            select {keys}, min(source_row) as first_row from {table} group by {keys} having count(*) > 1
        )
        select later.source_row,
            case when {is_equal} then 'duplicate' else 'duplicate_key' end as reason,
            'the key of row ' || repeated.first_row as detail
        from repeated
        inner join {table} as first on first.source_row = repeated.first_row
        inner join {table} as later on {match}
        where later.source_row > repeated.first_row""").format(
        keys=table_schema.column_list(key),
        table=Identifier(table),
        is_equal=all_equal(compared, "later.{0} is not distinct from first.{0}"),
        match=all_equal(key, "later.{0} = repeated.{0}"),
    )


def all_equal(columns: Sequence[str], comparison: str) -> Composable:
    """Return the comparison of every column, joined by `and`."""
    return sql.SQL(" and ").join(sql.SQL(comparison).format(Identifier(column)) for column in columns)


def orphan_query(table: str, foreign_key: ForeignKey) -> Composable:
    """Return a query for rows whose parent row is not in the file.

    The reason is `orphan` if the event is missing, else `orphan_key`.
    """
    pairs = zip(foreign_key.columns, foreign_key.parent_columns, strict=True)
    match = [
        sql.SQL("parent.{} = child.{}").format(Identifier(parent_column), Identifier(column))
        for column, parent_column in pairs
    ]
    values = [sql.SQL("child.{}::text").format(Identifier(column)) for column in foreign_key.columns]
    # `in`, so that PostgreSQL hashes the events once, even if it expects few orphans.
    is_event_missing = "(child.ev_id in (select ev_id from events)) is not true"
    return sql.SQL("""
        select child.source_row,
            case when {condition} then 'orphan' else 'orphan_key' end as reason,
            {text} || {values} as detail
        from {table} as child
        where not exists (select from {parent} as parent where {match})""").format(
        condition=sql.SQL(is_event_missing if "ev_id" in foreign_key.columns else "true"),
        text=Literal(f"no row in {foreign_key.parent} for {' '.join(foreign_key.columns)} "),
        values=sql.SQL(" || ' ' || ").join(values),
        table=Identifier(table),
        parent=Identifier(foreign_key.parent),
        match=sql.SQL(" and ").join(match),
    )
