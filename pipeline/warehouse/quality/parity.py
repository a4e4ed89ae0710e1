"""Parity: whether events of the Enterprise API are equal to those of the Access files that contain them too.

Compared are the typed rows of events whose copy in the API is not newer than the newest one in an Access file. A
difference is declared if a line of sources/api/differences.csv describes it, by table, column and condition; column `*`
means rows that only one of them has.
"""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor
from pipeline.sources import Era, era_of
from pipeline.sources.differences import Difference, declared_differences
from pipeline.warehouse import cast, editions, table_schema
from pipeline.warehouse.raw_names import typed_schema

CREATE_TABLE = """
create table source_parity (
    source_file text, table_name text, column_name text, compared bigint, equal bigint, declared bigint,
    undeclared bigint, reasons text, examples text, primary key (source_file, table_name, column_name)
);
comment on table source_parity is
'One row per column of each table of the API: how often it is equal in the Access files. Column *: whole rows.';
comment on column source_parity.declared is 'Differences that sources/api/differences.csv declares.';
comment on column source_parity.reasons is 'Reasons of the declared differences, with their number.';
comment on column source_parity.examples is
'Up to three undeclared differences: key, value in the Access file, value in the API.';
"""
# Events in both, without those whose copy in the API is newer.
CREATE_SHARED = """
create temporary table shared_event on commit drop as
select latest.ev_id, latest.source_file, (access.lchg_date::date > api.lchg_date::date) is true as is_outdated
from latest_edition as latest
inner join ({access}) as access on access.ev_id = latest.ev_id and access.source_file = latest.source_file
inner join {api} as api on api.ev_id = latest.ev_id
where (api.lchg_date > access.lchg_date) is not true and (api.lchg_date is null or access.lchg_date is not null)
"""
# The reason of a difference that no line declares, of an event that was revised after its copy in the API.
OUTDATED = "the copy in the API is older than the change of the Access file"
# Rows as values have a type only if they are those of a table.
CREATE_PAIRS = """
drop table if exists pg_temp.parity_pair, pg_temp.parity_access, pg_temp.parity_api;
create temporary table parity_access on commit drop as {access};
create temporary table parity_api on commit drop as
select * from {api} where ev_id in (select ev_id from shared_event);
analyze parity_access;
analyze parity_api;
create temporary table parity_pair on commit drop as
select a, b, shared_event.is_outdated
from parity_access as a
full join parity_api as b on {match}
inner join shared_event on shared_event.ev_id = coalesce(a.ev_id, b.ev_id)
"""
# One row per pair that differs: the reasons of the first declaration that applies, NULL without one.
INSERT_PARITY = """
insert into source_parity
with compared as (
    select {key} as row_key, {is_equal} as is_equal, {reason} as reason, {access} as access, {api} as api
    from parity_pair where {scope}
)
select {source}, {table}, {column}, count(*), count(*) filter (where is_equal),
    count(*) filter (where not is_equal and reason is not null),
    count(*) filter (where not is_equal and reason is null),
    (
        select string_agg(format('%s (%s)', reason, differences), '; ' order by reason collate "C")
        from (select reason, count(*) as differences from compared where not is_equal group by reason) as counted
        where reason is not null
    ),
    (
        select string_agg(format('%s: %s, %s', row_key, access, api), '; ' order by row_key collate "C")
        from (
            select row_key, coalesce(left(access, 40), 'null') as access, coalesce(left(api, 40), 'null') as api
            from compared where not is_equal and reason is null order by row_key collate "C" limit 3
        ) as listed
    )
from compared
"""


class Comparison(NamedTuple):
    """A row of source_parity."""

    source_file: str
    table_name: str
    column_name: str
    compared: int
    equal: int
    declared: int
    undeclared: int
    reasons: str | None
    examples: str | None


def compare_sources(cursor: Cursor, sources: Sequence[str]) -> None:
    """Fill source_parity, in the first schema of the search_path: no rows without both the API and an Access file."""
    access = [name for name in sources if not era_of(name).is_api and "events" in era_of(name).tables.values()]
    for source in [name for name in sources if access and era_of(name).is_api]:
        era = era_of(source)
        editions.create_latest(cursor, access)
        events = _union(["ev_id", "lchg_date", "source_file"], "events", access)
        api = Identifier(typed_schema(source), "events")
        cursor.execute(SQL("drop table if exists pg_temp.shared_event"))
        cursor.execute(SQL(CREATE_SHARED).format(access=events, api=api))
        cursor.execute("analyze shared_event")
        for table in era.tables.values():
            _compare_table(cursor, source, era, table, access)


def _union(columns: Sequence[str], table: str, access: Sequence[str]) -> Composable:
    """Return a query for these columns of a table in the typed schemas of all Access files."""
    names = table_schema.column_list(columns)
    return SQL(" union all ").join(
        SQL("select {} from {}").format(names, Identifier(typed_schema(source), table)) for source in access
    )


def _compare_table(cursor: Cursor, source: str, era: Era, table: str, access: Sequence[str]) -> None:
    """Add one row per column of a table, and one for whole rows."""
    key = table_schema.primary_key(cursor, table)
    columns = [column.name for column in cast.source_columns(table_schema.columns(cursor, table))]
    stored = table_schema.stored_columns(cursor, table)
    rows = SQL("select rows.* from ({}) as rows inner join shared_event using (ev_id, source_file)").format(
        _union(stored, table, access)
    )
    match = SQL(" and ").join(SQL("{0} = {1}").format(Identifier("a", name), Identifier("b", name)) for name in key)
    api = Identifier(typed_schema(source), table)
    cursor.execute(SQL(CREATE_PAIRS).format(access=rows, api=api, match=match))
    declared = [line for line in declared_differences(era) if line.table in (table, "*")]
    for column in ["*", *(name for name in columns if name not in key)]:
        parts = _column_parts(column, key, [line for line in declared if line.column == column])
        names = {"source": Literal(source), "table": Literal(table), "column": Literal(column)}
        cursor.execute(SQL(INSERT_PARITY).format(**names, **parts))


def _column_parts(column: str, key: Sequence[str], declared: Sequence[Difference]) -> dict[str, Composable]:
    """Return the expressions of INSERT_PARITY for a column, or for whole rows."""
    keys = SQL(", ").join(SQL("coalesce((a).{0}, (b).{0})").format(Identifier(name)) for name in key)
    cases = [SQL("when {} then {}").format(SQL(line.condition), Literal(line.reason)) for line in declared]
    cases.append(SQL("when is_outdated then {}").format(Literal(OUTDATED)))
    parts: dict[str, Composable] = {"key": SQL("concat_ws(' ', {})").format(keys)}
    parts["reason"] = SQL("case {} end").format(SQL(" ").join(cases))
    if column == "*":
        presence = {"access": SQL("case when (a).ev_id is null then 'no row' else 'a row' end")}
        presence |= {"api": SQL("case when (b).ev_id is null then 'no row' else 'a row' end")}
        return (
            parts
            | presence
            | {"is_equal": SQL("(a).ev_id is not null and (b).ev_id is not null"), "scope": SQL("true")}
        )
    a, b = (SQL("({}).{}").format(SQL(side), Identifier(column)) for side in "ab")
    parts |= {"access": SQL("{}::text").format(a), "api": SQL("{}::text").format(b)}
    return parts | {
        "is_equal": SQL("{} is not distinct from {}").format(a, b),
        "scope": SQL("(a).ev_id is not null and (b).ev_id is not null"),
    }


def read_parity(cursor: Cursor) -> list[Comparison]:
    """Return the rows of source_parity, sorted by file, table and column."""
    order = ", ".join(f'{name} collate "C"' for name in ("source_file", "table_name", "column_name"))
    cursor.execute(SQL("select * from source_parity order by {}").format(SQL(order)))
    return [Comparison(*row) for row in cursor.fetchall()]
