"""The typed contract: what `sql/contract` says of each table, from its files and, for types and keys, the catalog."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse.sql_file import annotations, needs

FOLDER = SQL / "schema"
FUNCTIONS = SQL / "functions"
HISTORY = SQL / "history"


@dataclass(frozen=True)
class Column:
    """A column of the contract; `derived` ones are computed by PostgreSQL, and never asked of a file."""

    name: str
    type: str
    derived: bool


@dataclass(frozen=True)
class ForeignKey:
    """Columns of a table that must be found in its parent."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


def table_file(table: str) -> Path:
    """Columns and comments of a table."""
    return FOLDER / "tables" / f"{table}.sql"


def key_file(table: str) -> Path:
    """Keys and indexes of a table."""
    return FOLDER / "keys" / f"{table}.sql"


def source_files(table: str) -> list[Path]:
    """What decides a table: its columns, its keys, and the functions of its triggers."""
    functions = [FUNCTIONS / f"{name}.sql" for name in annotations(table_file(table), "trigger").values()]
    return [table_file(table), key_file(table), *functions]


def all_files() -> list[Path]:
    """Every file of the contract, in order of name."""
    return sorted(FOLDER.glob("*/*.sql"))


def function_files() -> list[Path]:
    """SQL that makes the pipeline's own schemas and functions, in the order it must run."""
    return sorted(
        [*FUNCTIONS.glob("*.sql"), *HISTORY.glob("*.sql")], key=lambda path: (path.stem != "audit", path.name)
    )


def parents(table: str) -> tuple[str, ...]:
    """Tables that the table's foreign keys point to."""
    return tuple(name for name in needs(key_file(table)) if name != table)


@cache
def tables() -> tuple[str, ...]:
    """All tables, parents before children, else in order of name."""
    names = sorted(path.stem for path in (FOLDER / "tables").glob("*.sql"))
    ordered: list[str] = []
    while len(ordered) < len(names):
        ready = [name for name in names if name not in ordered and set(parents(name)) <= set(ordered)]
        if not ready:
            raise ValueError(f"foreign keys go round in a circle among {sorted(set(names) - set(ordered))}")
        ordered += ready
    return tuple(ordered)


def columns(cursor: Cursor, table: str) -> list[Column]:
    """The table's columns in order, from the schema `contract`."""
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


def stored_columns(cursor: Cursor, table: str) -> str:
    """Names of the columns that are filled, as SQL lists them: all but derived ones, in order."""
    return ", ".join(f'"{column.name}"' for column in columns(cursor, table) if not column.derived)


def has_events(cursor: Cursor, table: str) -> bool:
    """True for `events` and all that hangs on it."""
    return "ev_id" in {column.name for column in columns(cursor, table)}


def primary_key(cursor: Cursor, table: str) -> tuple[str, ...]:
    """Columns of the primary key, in order."""
    found = _keys(cursor, table, "p")
    return found[0][0] if found else ()


def foreign_keys(cursor: Cursor, table: str) -> list[ForeignKey]:
    """The table's foreign keys, in order of their names."""
    return [ForeignKey(own, parent, theirs) for own, parent, theirs in _keys(cursor, table, "f")]


def _keys(cursor: Cursor, table: str, kind: str) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    cursor.execute(
        """
        select
            array(select attname::text from unnest(conkey) with ordinality as key (number, place)
                  inner join pg_attribute on attrelid = conrelid and attnum = number order by place),
            coalesce((select relname from pg_class where oid = confrelid), ''),
            array(select attname::text from unnest(confkey) with ordinality as key (number, place)
                  inner join pg_attribute on attrelid = confrelid and attnum = number order by place)
        from pg_constraint
        where conrelid = to_regclass(%s) and contype = %s
        order by conname
        """,
        (f"contract.{table}", kind),
    )
    return [(tuple(own), parent, tuple(theirs)) for own, parent, theirs in cursor.fetchall()]


def create_schemas(cursor: Cursor) -> None:
    """Makes the pipeline's schemas and functions, and the empty contract tables in the schema `contract`."""
    cursor.execute("create extension if not exists postgis with schema public")
    for path in function_files():
        cursor.execute(path.read_text())
    cursor.execute(
        "drop schema if exists contract cascade; create schema contract; set local search_path = contract, public"
    )
    for table in tables():
        cursor.execute(table_file(table).read_text())
        cursor.execute(key_file(table).read_text())
