"""Floor (c): text tables into one set of typed tables with the contract's keys, indexes, full text and geometry.

Nothing else is done: no flags, no audit, and of bad rows only those are left out that no key allows. The converters,
and the queries that an era derives its tables by, are the pipeline's own. Rows go in first, keys come after.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from pipeline.postgres.connection import Cursor, connect, fetch_value, transaction
from pipeline.sources import era_of
from pipeline.warehouse import cast, table_schema, typed
from tests.bench.floors import Job, two_at_a_time

SCHEMA = "floor"


@contextmanager
def session() -> Iterator[Cursor]:
    """A cursor whose every statement is a transaction: a new foreign key locks its parent no longer than needed."""
    with closing(connect((SCHEMA, "pg_temp"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def prepare() -> None:
    """The contract, and its tables once more, empty and without keys, for the rows."""
    with transaction() as cursor:
        table_schema.create_schemas(cursor)
        cursor.execute(f"create schema {SCHEMA}; set local search_path = {SCHEMA}, public")
        for table in table_schema.tables():
            cursor.execute(table_schema.table_file(table).read_text())
            # It would work beside the two connections, now and then.
            cursor.execute(f'alter table "{table}" set (autovacuum_enabled = false)')
            # Rows without a key are taken out before the key is made.
            for column in table_schema.primary_key(cursor, table):
                cursor.execute(f'alter table "{table}" alter column "{column}" drop not null')


def fill(tables: Sequence[Job], sources: Sequence[str]) -> None:
    """All rows, then all keys; two connections, what takes longest first."""
    deriving = [source for source in sources if typed.derived_files(era_of(source))]
    plain = [job for job in tables if job.source not in deriving and job.name in table_schema.tables()]
    # Full text takes longer than anything else, and an era with queries of its own is one piece of work.
    plain.sort(key=lambda job: job.name != "narratives")
    first = [job for job in plain if job.name == "narratives"]
    work: list[Job | str] = [*first, *deriving, *plain[len(first) :]]
    two_at_a_time(lambda each: derive(each) if isinstance(each, str) else insert_file(each, sources), work)
    own = {table for source in deriving for table in era_of(source).tables.values()}
    largest = {job.name: job.table.rows for job in reversed(tables)}
    for level in levels([table for table in table_schema.tables() if table not in own]):
        two_at_a_time(key, sorted(level, key=lambda table: (table != "narratives", -largest.get(table, 0))))


def levels(tables: Sequence[str]) -> list[list[str]]:
    """Tables in groups: the foreign keys of each point to groups before it."""
    groups: list[list[str]] = []
    for table in tables:
        depth = max(
            (1 + place for place, group in enumerate(groups) if set(table_schema.parents(table)) & set(group)),
            default=0,
        )
        groups += [[] for _ in range(depth + 1 - len(groups))]
        groups[depth].append(table)
    return groups


def insert_file(job: Job, sources: Sequence[str]) -> None:
    """Rows of one table of one file; of events that a later file has, none."""
    later = [f"raw_{source.lower()}" for source in sources[list(sources).index(job.source) + 1 :]]
    with session() as cursor:
        columns = {column.name for column in table_schema.columns(cursor, job.name)}
        # 1962-1981 has tables of its own, and no events.
        holders = [schema for schema in later if has(cursor, schema, "events" if "ev_id" in columns else job.name)]
        if "ev_id" in columns:
            told = " union all ".join(
                f"select ev_id from {schema}.events where ev_id is not null" for schema in holders
            )
            insert(
                cursor,
                job.name,
                select(cursor, job.source, job.name) + (f" where ev_id not in ({told})" if told else ""),
            )
        elif not holders:
            insert(cursor, job.name, select(cursor, job.source, job.name))


def has(cursor: Cursor, schema: str, table: str) -> bool:
    """Whether that schema of raw text has the table."""
    return fetch_value(cursor, "select to_regclass(%s)", f"{schema}.{table}") is not None


def select(cursor: Cursor, source: str, table: str) -> str:
    """The pipeline's own query that types the table's text."""
    schema = f"raw_{source.lower()}"
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0", (f"{schema}.{table}",)
    )
    raw = [name for (name,) in cursor.fetchall()]
    return cast.cast_select(table, table_schema.columns(cursor, table), raw, source, era_of(source).name)


def insert(cursor: Cursor, table: str, query: str) -> None:
    """Rows of a query, in the contract's shape."""
    columns = table_schema.columns(cursor, table)
    names = ", ".join(f'"{each.name}"' for each in [*cast.source_columns(columns), *own_columns(columns)])
    cursor.execute(f'insert into {SCHEMA}."{table}" ({names}) {query}')


def own_columns(columns: Sequence[table_schema.Column]) -> list[table_schema.Column]:
    """Era, file and row, in the order of the pipeline's queries."""
    return [column for name in cast.PROVENANCE_COLUMNS for column in columns if column.name == name]


def derive(source: str) -> None:
    """An era's tables as they are, keyed, and then what its own queries make of them."""
    era = era_of(source)
    with session() as cursor:
        for table in typed.parents_first(era.tables.values()):
            insert(cursor, table, select(cursor, source, table))
            put_keys(cursor, table)
        for path in sorted(era.folder.glob("_*.sql")):
            cursor.execute(path.read_text())
        for path in typed.derived_files(era):
            query = path.read_text().rstrip().rstrip(";")
            cursor.execute(f"create temporary view picked as {query}")
            cursor.execute("select attname from pg_attribute where attrelid = 'picked'::regclass and attnum > 0")
            picked = [name for (name,) in cursor.fetchall()]
            columns = table_schema.columns(cursor, path.stem)
            insert(cursor, path.stem, cast.derived_select(columns, picked, "select * from picked", source, era.name))
            cursor.execute("drop view picked")


def key(table: str) -> None:
    """Takes out what the keys of a table do not allow, and makes them and the indexes."""
    with session() as cursor:
        put_keys(cursor, table)


def put_keys(cursor: Cursor, table: str) -> None:
    """The same in a session that is open."""
    primary = [f'"{column}"' for column in table_schema.primary_key(cursor, table)]
    cursor.execute(f'delete from "{table}" where {" or ".join(f"{column} is null" for column in primary)}')
    names = ", ".join(primary)
    same = " and ".join(f'"{table}".{column} = several.{column}' for column in primary)
    cursor.execute(
        f"""
        delete from "{table}" using (
            select {names}, min(ctid) as first from "{table}" group by {names} having count(*) > 1
        ) as several
        where {same} and "{table}".ctid <> several.first
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
    """Rows in all typed tables."""
    with session() as cursor:
        return sum(int(fetch_value(cursor, f'select count(*) from "{table}"')) for table in table_schema.tables())
