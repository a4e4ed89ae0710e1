"""Baseline (c): text tables into one set of typed tables with keys, indexes, full text and geometry.

There are no flags and no checks, and only rows that violate a key are left out. The cast functions and the queries that
derive tables of an era are those of the pipeline. Keys are created after the rows are inserted.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from psycopg2.sql import SQL

from pipeline.postgres.connection import Cursor, connect, fetch_value, transaction
from pipeline.sources import era_of
from pipeline.warehouse import cast, table_schema, typed
from tests.bench.baselines import Job, run_parallel

SCHEMA = "baseline"


@contextmanager
def session() -> Iterator[Cursor]:
    """An autocommit cursor, so that a new foreign key locks its parent only briefly."""
    with closing(connect((SCHEMA, "pg_temp"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def prepare() -> None:
    """Creates the schema `contract`, and empty tables without keys in the schema of the baseline."""
    with transaction() as cursor:
        table_schema.create_schemas(cursor)
        cursor.execute(f"create schema {SCHEMA}; set local search_path = {SCHEMA}, public")
        for table in table_schema.tables():
            cursor.execute(table_schema.table_file(table).read_text())
            # Autovacuum would compete with the two connections.
            cursor.execute(f'alter table "{table}" set (autovacuum_enabled = false)')
            # Rows with a missing key are deleted before the key is created.
            for column in table_schema.primary_key(cursor, table):
                cursor.execute(f'alter table "{table}" alter column "{column}" drop not null')


def fill(tables: Sequence[Job], sources: Sequence[str]) -> None:
    """Inserts all rows, then creates all keys, on two connections; the longest work first."""
    deriving = [source for source in sources if typed.derived_files(era_of(source))]
    plain = [job for job in tables if job.source not in deriving and job.name in table_schema.tables()]
    # Full text takes longest; an era with its own queries is one unit of work.
    plain.sort(key=lambda job: job.name != "narratives")
    first = [job for job in plain if job.name == "narratives"]
    work: list[Job | str] = [*first, *deriving, *plain[len(first) :]]
    run_parallel(lambda item: derive(item) if isinstance(item, str) else insert_file(item, sources), work)
    own = {table for source in deriving for table in era_of(source).tables.values()}
    largest = {job.name: job.table.rows for job in reversed(tables)}
    for level in levels([table for table in table_schema.tables() if table not in own]):
        run_parallel(add_keys, sorted(level, key=lambda table: (table != "narratives", -largest.get(table, 0))))


def levels(tables: Sequence[str]) -> list[list[str]]:
    """Tables in groups, so that foreign keys refer to earlier groups only."""
    groups: list[list[str]] = []
    for table in tables:
        depth = max(
            (1 + index for index, group in enumerate(groups) if set(table_schema.parents(table)) & set(group)),
            default=0,
        )
        groups += [[] for _ in range(depth + 1 - len(groups))]
        groups[depth].append(table)
    return groups


def insert_file(job: Job, sources: Sequence[str]) -> None:
    """Inserts the rows of one table of one file, except those of events that a later file contains."""
    later = [f"raw_{source.lower()}" for source in sources[list(sources).index(job.source) + 1 :]]
    with session() as cursor:
        columns = {column.name for column in table_schema.columns(cursor, job.name)}
        # PRE1982 has no table events.
        holders = [schema for schema in later if has(cursor, schema, "events" if "ev_id" in columns else job.name)]
        if "ev_id" in columns:
            later_events = " union all ".join(
                f"select ev_id from {schema}.events where ev_id is not null" for schema in holders
            )
            insert(
                cursor,
                job.name,
                select(cursor, job.source, job.name)
                + (f" where ev_id not in ({later_events})" if later_events else ""),
            )
        elif not holders:
            insert(cursor, job.name, select(cursor, job.source, job.name))


def has(cursor: Cursor, schema: str, table: str) -> bool:
    """True if a schema has the table."""
    return fetch_value(cursor, "select to_regclass(%s)", f"{schema}.{table}") is not None


def select(cursor: Cursor, source: str, table: str) -> str:
    """The pipeline's query that casts a text table."""
    schema = f"raw_{source.lower()}"
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0", (f"{schema}.{table}",)
    )
    raw = [name for (name,) in cursor.fetchall()]
    query = cast.cast_select(table, table_schema.columns(cursor, table), raw, source, era_of(source).name)
    return query.as_string(cursor)


def insert(cursor: Cursor, table: str, query: str) -> None:
    """Inserts the rows of a query."""
    columns = table_schema.columns(cursor, table)
    names = ", ".join(f'"{column.name}"' for column in [*cast.source_columns(columns), *provenance_columns(columns)])
    cursor.execute(f'insert into {SCHEMA}."{table}" ({names}) {query}')


def provenance_columns(columns: Sequence[table_schema.Column]) -> list[table_schema.Column]:
    """Columns era, source_file and source_row, in the order of the pipeline's queries."""
    return [column for name in cast.PROVENANCE_COLUMNS for column in columns if column.name == name]


def derive(source: str) -> None:
    """Inserts the tables of an era with keys, then the rows that its queries derive from them."""
    era = era_of(source)
    with session() as cursor:
        for table in typed.parents_first(era.tables.values()):
            insert(cursor, table, select(cursor, source, table))
            create_keys(cursor, table)
        for path in sorted(era.folder.glob("_*.sql")):
            cursor.execute(path.read_text())
        for path in typed.derived_files(era):
            query = path.read_text().rstrip().rstrip(";")
            cursor.execute(f"create temporary view derived as {query}")
            cursor.execute("select attname from pg_attribute where attrelid = 'derived'::regclass and attnum > 0")
            derived = [name for (name,) in cursor.fetchall()]
            columns = table_schema.columns(cursor, path.stem)
            select_all = SQL("select * from derived")
            query = cast.derived_select(columns, derived, select_all, source, era.name).as_string(cursor)
            insert(cursor, path.stem, query)
            cursor.execute("drop view derived")


def add_keys(table: str) -> None:
    """Deletes rows that violate the keys of a table and creates keys and indexes."""
    with session() as cursor:
        create_keys(cursor, table)


def create_keys(cursor: Cursor, table: str) -> None:
    """The same with an existing cursor."""
    primary = [f'"{column}"' for column in table_schema.primary_key(cursor, table)]
    cursor.execute(f'delete from "{table}" where {" or ".join(f"{column} is null" for column in primary)}')
    names = ", ".join(primary)
    same = " and ".join(f'"{table}".{column} = duplicated.{column}' for column in primary)
    cursor.execute(
        f"""
        delete from "{table}" using (
            select {names}, min(ctid) as first from "{table}" group by {names} having count(*) > 1
        ) as duplicated
        where {same} and "{table}".ctid <> duplicated.first
        """
    )
    for foreign in table_schema.foreign_keys(cursor, table):
        pairs = zip(foreign.parent_columns, foreign.columns, strict=True)
        match = " and ".join(f'parent."{theirs}" = "{table}"."{own}"' for theirs, own in pairs)
        cursor.execute(
            f'delete from "{table}" where not exists (select from "{foreign.parent}" as parent where {match})'
        )
    for statement in re.split(r";\s*\n", table_schema.key_file(table).read_text()):
        if re.sub(r"--.*", "", statement).strip():
            cursor.execute(statement)


def count() -> int:
    """Number of rows in all typed tables."""
    with session() as cursor:
        return sum(int(fetch_value(cursor, f'select count(*) from "{table}"')) for table in table_schema.tables())
