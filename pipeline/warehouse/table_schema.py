"""The table schema: what sql/schema defines for each published table, read from its files and from the catalog.

Types and keys are written once, in SQL. create_schemas creates the tables, empty, in the database schema `contract`;
whatever depends on columns, types or keys reads them there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from psycopg2 import sql

from pipeline import sources
from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.postgres.roles import EXTENSIONS
from pipeline.warehouse.column_comments import comment_records, description_files
from pipeline.warehouse.sql_file import annotations, dependency_order, needs

FOLDER = SQL / "schema"
FUNCTIONS = SQL / "functions"
HISTORY = SQL / "history"


@dataclass(frozen=True)
class Column:
    """A column of a table; PostgreSQL computes the `derived` ones (generated columns and full text)."""

    name: str
    type: str
    derived: bool


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key: columns of a table that reference columns of its parent."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


def table_file(table: str) -> Path:
    """Return the path of the SQL file with a table's columns and comment."""
    return FOLDER / "tables" / f"{table}.sql"


def key_file(table: str) -> Path:
    """Return the path of the SQL file with a table's keys and indexes."""
    return FOLDER / "keys" / f"{table}.sql"


def source_files(table: str) -> list[Path]:
    """Return the files that determine a table: columns, their descriptions, keys, and the functions of triggers."""
    functions = [FUNCTIONS / f"{name}.sql" for name in annotations(table_file(table), "trigger").values()]
    return [table_file(table), key_file(table), *functions, *description_files(table)]


def all_files() -> list[Path]:
    """Return all SQL files of the table schema, in order of name."""
    return sorted(FOLDER.glob("*/*.sql"))


def function_files() -> list[Path]:
    """Return the SQL files that create the pipeline's schemas and functions, in the order in which they must run."""
    return sorted(
        [*FUNCTIONS.glob("*.sql"), *HISTORY.glob("*.sql")], key=lambda path: (path.stem != "audit", path.name)
    )


def parents(table: str) -> tuple[str, ...]:
    """Return the names of the tables that the table's foreign keys reference, without the table itself."""
    return tuple(name for name in needs(key_file(table)) if name != table)


def root(table: str) -> str:
    """Return the table that has no parent and on which the table depends: events, or the table itself."""
    above = parents(table) if table in tables() else ()
    return root(above[0]) if above else table


@cache
def tables() -> tuple[str, ...]:
    """Return the names of all tables, parents before children, otherwise sorted."""
    return dependency_order({path.stem: parents(path.stem) for path in (FOLDER / "tables").glob("*.sql")})


def columns(cursor: Cursor, table: str) -> list[Column]:
    """Return the table's columns, in order; empty if the table does not exist."""
    cursor.execute(
        """
        select attname, format_type(atttypid, atttypmod), audit.is_derived(pg_attribute)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        (f"contract.{table}",),
    )
    return [Column(*row) for row in cursor.fetchall()]


def stored_columns(cursor: Cursor, table: str) -> list[str]:
    """Return the names of the columns that a load fills: all but derived ones."""
    return [column.name for column in columns(cursor, table) if not column.derived]


def column_list(names: Iterable[str], relation: str = "") -> sql.Composable:
    """Return the names as a comma-separated list of columns, of a relation if one is given."""
    return sql.SQL(", ").join(sql.Identifier(*filter(None, (relation, name))) for name in names)


def has_events(cursor: Cursor, table: str) -> bool:
    """Return True if the table has a column ev_id: `events` and every table that belongs to it."""
    return "ev_id" in {column.name for column in columns(cursor, table)}


def primary_key(cursor: Cursor, table: str) -> tuple[str, ...]:
    """Return the columns of the primary key, in order; empty if there is none."""
    keys = _keys(cursor, table, "p")
    return keys[0][0] if keys else ()


def foreign_keys(cursor: Cursor, table: str) -> list[ForeignKey]:
    """Return the table's foreign keys, in order of constraint name."""
    return [ForeignKey(*key) for key in _keys(cursor, table, "f")]


def _keys(cursor: Cursor, table: str, kind: str) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Return (columns, parent table, parent columns) of each key of the table, ordered by constraint name.

    `kind`: p for the primary key, whose parent table and columns are empty, or f for foreign keys.
    """
    cursor.execute(
        """
        select
            array(select attname::text from unnest(conkey) with ordinality as key (number, position)
                  inner join pg_attribute on attrelid = conrelid and attnum = number order by position),
            coalesce((select relname from pg_class where oid = confrelid), ''),
            array(select attname::text from unnest(confkey) with ordinality as key (number, position)
                  inner join pg_attribute on attrelid = confrelid and attnum = number order by position)
        from pg_constraint
        where conrelid = to_regclass(%s) and contype = %s
        order by conname
        """,
        (f"contract.{table}", kind),
    )
    return [(tuple(columns), parent, tuple(parent_columns)) for columns, parent, parent_columns in cursor.fetchall()]


def create_schemas(cursor: Cursor) -> None:
    """Create the pipeline's schemas and functions, and all tables, empty, in the schema `contract`."""
    for extension in EXTENSIONS:
        statement = sql.SQL("create extension if not exists {} with schema public")
        cursor.execute(statement.format(sql.Identifier(extension)))
    for path in function_files():
        cursor.execute(path.read_text(encoding="utf-8"))
    cursor.execute("set local search_path = audit, history, public")
    comment_records(cursor)
    cursor.execute(sources.record_era_function())
    cursor.execute(
        "drop schema if exists contract cascade; create schema contract; set local search_path = contract, public"
    )
    for table in tables():
        cursor.execute(table_file(table).read_text(encoding="utf-8"))
        cursor.execute(key_file(table).read_text(encoding="utf-8"))
    cursor.execute("select audit.grant_access()")
