"""Match the reviewed corrections with the cast rows to be published: which of them apply, to which values, and why not.

The rows are those of the files from which events and lookup tables are published, with the values that were cast: a
correction never reads the result of another one. All names in the queries are those of the table schema.
"""

from collections.abc import Sequence

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.errors import InvalidCorrections, printable
from pipeline.postgres.connection import Cursor, fetch_value, relation_exists
from pipeline.warehouse import editions, table_schema
from pipeline.warehouse.column_comments import comment_columns
from pipeline.warehouse.overlay import load
from pipeline.warehouse.overlay.published import row_key
from pipeline.warehouse.raw_names import typed_schema
from pipeline.warehouse.signatures import drop_if_exists, sign_table
from pipeline.warehouse.table_schema import Column
from targets.relations import Relation

APPLIED = """
create table applied_correction (
    table_name text not null, row_key text not null, column_name text not null, correction_id text not null,
    value_before text, value_after text, ev_id text, source_file text not null,
    source text not null, reviewer text not null, review_date date not null,
    primary key (table_name, row_key, column_name)
);
create index on applied_correction (ev_id);
comment on table applied_correction is
'One row per published value that a reviewed correction has changed; the cast value is value_before.'
"""
UNAPPLIED = """
create table unapplied_correction (
    correction_id text primary key, kind text not null, table_name text not null, row_key text,
    column_name text not null, value_expected text, value_found text, value_correct text, reason text not null,
    detail text not null, source text not null, reviewer text not null, review_date date not null
);
comment on table unapplied_correction is
'One row per reviewed correction that is not applied, with the reason.'
"""
SHARED = load.REVIEW_COMMENTS | {
    "correction_id": "Identifier of the correction, as in audit.correction.",
    "table_name": load.COMMENTS["table_name"],
    "row_key": "Primary key of the row without source_file, as a JSON array, as in history.row_version.",
    "column_name": load.COMMENTS["column_name"],
}
APPLIED_COMMENTS = SHARED | {
    "value_before": "Value cast from the source, as text; null for no value.",
    "value_after": "Published value, as text; null for no value.",
    "ev_id": "Event of the row; null for tables without events.",
    "source_file": "Source file of the row.",
}
UNAPPLIED_COMMENTS = SHARED | {
    "row_key": f"{SHARED['row_key']} Null for bulk rules.",
    "kind": load.COMMENTS["kind"],
    "value_expected": "Current value that the correction states; null for bulk rules.",
    "value_found": "Value in the source; null for bulk rules, and where there is no such row.",
    "value_correct": "Correct value that the correction states; null for bulk rules.",
    "reason": "value differs, no such row, event not published, row count differs, or repeated.",
    "detail": "What was expected and found.",
}
TABLES = {"applied_correction": APPLIED, "unapplied_correction": UNAPPLIED}

CREATE_MATCHED = """
create temporary table matched (
    table_name text, row_key text, column_name text, correction_id text, value_before text, value_after text,
    ev_id text, source_file text
) on commit drop
"""
COLUMNS_WITH_VALUES = "select distinct column_name from correction where kind = 'value' and table_name = %s order by 1"
# One value per line of a CSV file. Materialized: a text is cast only to the type of its own column.
DECLARED = """
with declared as materialized (
    select correction.*, changes -> 0 ->> 0 as value_expected, changes -> 0 ->> 1 as value_correct
    from correction
    where kind = 'value' and table_name = %(table)s and column_name = %(column)s
)
"""
MATCH_VALUES = """
insert into matched
select
    declared.table_name, {row_key}, declared.column_name, declared.id, overlaid.{column}::text,
    (declared.value_correct::{type})::text, {ev_id}, overlaid.source_file
from declared
inner join overlaid on {is_row}
where overlaid.{column} is not distinct from declared.value_expected::{type}
"""
EXPLAIN_VALUES = """
insert into unapplied_correction
select
    declared.id, declared.kind, declared.table_name, {declared_key}, declared.column_name, declared.value_expected,
    overlaid.{column}::text, declared.value_correct,
    case
        when overlaid.source_file is not null then 'value differs'
        when {is_unpublished} then 'event not published'
        else 'no such row'
    end,
    case
        when overlaid.source_file is null then 'the files of the release have no such row to publish'
        when overlaid.{column} is not distinct from declared.value_correct::{type}
            then 'the source has the correct value now; retire the correction'
        else 'the source has another value than the correction states; review it again'
    end,
    declared.source, declared.reviewer, declared.review_date
from declared
left join overlaid on {is_row}
where not exists (select from matched where matched.correction_id = declared.id)
"""
# Compared as text, which distinguishes a missing value from an empty string and lets the planner hash both sides.
MATCH_MAPPING = """
with change as materialized (
    select id, ((pair ->> 0)::{type})::text as old, ((pair ->> 1)::{type})::text as new
    from correction cross join jsonb_array_elements(changes) as pair
    where id = %(id)s
)

insert into matched
select %(table)s, {row_key}, %(column)s, change.id, change.old, change.new, {ev_id}, overlaid.source_file
from change
inner join overlaid on coalesce('=' || overlaid.{column}::text, '') = coalesce('=' || change.old, '')
where {condition}
"""
MATCH_COPY = """
insert into matched
select %(table)s, {row_key}, %(column)s, %(id)s, overlaid.{column}::text, overlaid.{from_column}::text, {ev_id},
    overlaid.source_file
from overlaid
where overlaid.{from_column} is not null and overlaid.{column} is distinct from overlaid.{from_column}
    and (overlaid.{column} is null or not %(only_null)s) and {condition}
"""
# A rule whose number of rows is not the declared one is reported and not applied to any row.
EXPLAIN_RULES = """
insert into unapplied_correction
select id, kind, correction.table_name, null, correction.column_name, null, null, null, 'row count differs',
    format('expected %s rows, tolerance %s, found %s', expected_rows, tolerance, count(matched.row_key)),
    source, reviewer, review_date
from correction
left join matched on correction_id = id
where kind <> 'value'
group by correction.id
having abs(count(matched.row_key) - expected_rows) > tolerance
"""
DROP_UNAPPLIED = "delete from matched where correction_id in (select correction_id from unapplied_correction)"
CONFLICTS = """
select format('%s %s, column %s: %s', table_name, row_key, column_name,
    string_agg(
        format('%s (%s)', quote_nullable(value_after), correction_id), ' and ' order by correction_id collate "C"
    ))
from matched
group by table_name, row_key, column_name
having count(distinct coalesce('=' || value_after, '')) > 1
order by 1
"""
# Of several corrections with the same result, the first by id is recorded.
INSERT_APPLIED = """
insert into applied_correction
select distinct on (table_name, row_key, column_name)
    matched.table_name, row_key, matched.column_name, correction_id, value_before, value_after, ev_id, source_file,
    source, reviewer, review_date
from matched
inner join correction on id = correction_id
order by table_name, row_key, column_name, correction_id collate "C"
"""
EXPLAIN_REPEATED = """
insert into unapplied_correction
select id, kind, matched.table_name, matched.row_key, matched.column_name, matched.value_before, matched.value_before,
    matched.value_after, 'repeated', format('correction %s has the same result', applied.correction_id),
    correction.source, correction.reviewer, correction.review_date
from matched
inner join correction on id = correction_id and kind = 'value'
inner join applied_correction as applied
    on applied.table_name = matched.table_name and applied.row_key = matched.row_key
    and applied.column_name = matched.column_name
where applied.correction_id <> id
"""


def create_tables(cursor: Cursor, relations: Sequence[Relation], sources: Sequence[str]) -> None:
    """Create and sign candidate.applied_correction and candidate.unapplied_correction. `sources`: as for editions.

    Raises InvalidCorrections if two corrections give a value different values.
    """
    for relation in relations:
        drop_if_exists(cursor, "candidate", relation.name)
    cursor.execute("set local search_path = candidate, audit, public")
    evaluate(cursor, sources)
    for relation in relations:
        sign_table(cursor, relation)


def evaluate(cursor: Cursor, sources: Sequence[str]) -> None:
    """Create and fill the two tables in the first schema of the search_path, from the table `correction` on it.

    Raises InvalidCorrections if two corrections give a value different values.
    """
    for statement in TABLES.values():
        cursor.execute(statement)
    comment_columns(cursor, "applied_correction", APPLIED_COMMENTS)
    comment_columns(cursor, "unapplied_correction", UNAPPLIED_COMMENTS)
    if fetch_value(cursor, "select exists (select from correction)"):
        match_corrections(cursor, sources)
        decide(cursor)


def match_corrections(cursor: Cursor, sources: Sequence[str]) -> None:
    """Create the temporary table `matched` with every value that a correction changes, and explain single values."""
    editions.create_latest(cursor, sources)
    cursor.execute(CREATE_MATCHED)
    cursor.execute("select distinct table_name from correction order by table_name")
    for (table,) in cursor.fetchall():
        cursor.execute(SQL("create temporary view overlaid as {}").format(published_rows(cursor, table, sources)))
        match_table(cursor, table, sources)
        cursor.execute("drop view overlaid")


def decide(cursor: Cursor) -> None:
    """Fill the two tables from `matched`. Raises InvalidCorrections if two corrections of a value differ."""
    cursor.execute(EXPLAIN_RULES)
    cursor.execute(DROP_UNAPPLIED)
    require_no_conflict(cursor)
    cursor.execute(INSERT_APPLIED)
    cursor.execute(EXPLAIN_REPEATED)


def require_no_conflict(cursor: Cursor) -> None:
    """Raise InvalidCorrections if two corrections give a value of a row different values."""
    cursor.execute(CONFLICTS)
    if conflicts := [printable(text, 300) for (text,) in cursor.fetchall()]:
        more = f"\n  and {len(conflicts) - 20} more" if len(conflicts) > 20 else ""
        raise InvalidCorrections(
            "corrections: expected one correct value of each row and column, found several; remove or limit one of the "
            "corrections in parentheses:\n" + "\n".join(f"  {text}" for text in conflicts[:20]) + more
        )


def published_rows(cursor: Cursor, table: str, sources: Sequence[str]) -> Composable:
    """Return a query for the stored columns of the cast rows that are published, before any correction."""
    names = table_schema.stored_columns(cursor, table)
    filled = [source for source in sources if relation_exists(cursor, _typed(source, table))]
    # Without any file it has no rows, and it gives the columns their types.
    queries = [
        SQL("select {} from {} where false").format(table_schema.column_list(names), Identifier("contract", table))
    ]
    if table_schema.has_events(cursor, table):
        columns = SQL(", ").join(Identifier("latest" if name == "era" else "typed", name) for name in names)
        join = SQL("inner join latest_edition as latest using (ev_id, source_file)")
    else:
        columns, join = SQL(", ").join(Identifier("typed", name) for name in names), SQL("")
        source = editions.last_source_with_rows(cursor, table, filled)
        filled = [source] if source else []
    for source in filled:
        typed = Identifier(typed_schema(source), table)
        queries.append(SQL("select {} from {} as typed {}").format(columns, typed, join))
    return SQL(" union all ").join(queries)


def _typed(source: str, table: str) -> str:
    return f'{typed_schema(source)}."{table}"'


def match_table(cursor: Cursor, table: str, sources: Sequence[str]) -> None:
    """Insert the values that corrections of a table change into `matched`, and explain those that match no value."""
    columns = {column.name: column for column in table_schema.columns(cursor, table)}
    has_events = table_schema.has_events(cursor, table)
    key = table_schema.primary_key(cursor, table)
    parts: dict[str, Composable] = {
        "row_key": row_key(key, "overlaid"),
        "ev_id": SQL("overlaid.ev_id" if has_events else "null"),
        "is_row": SQL(" and ").join(
            SQL("overlaid.{} = {}").format(Identifier(name), _declared(columns[name], key.index(name))) for name in key
        ),
        "declared_key": SQL("jsonb_build_array({})::text").format(
            SQL(", ").join(_declared(columns[name], key.index(name)) for name in key if name != "source_file")
        ),
        "is_unpublished": is_unpublished(sources, key.index("ev_id")) if has_events else SQL("false"),
    }
    cursor.execute(COLUMNS_WITH_VALUES, (table,))
    for (name,) in cursor.fetchall():
        names = parts | {"column": Identifier(name), "type": SQL(columns[name].type)}
        for statement in (MATCH_VALUES, EXPLAIN_VALUES):
            query = SQL(DECLARED).format() + SQL(statement).format(**names)
            cursor.execute(query, {"table": table, "column": name})
    match_rules(cursor, table, columns, parts)


def match_rules(cursor: Cursor, table: str, columns: dict[str, Column], parts: dict[str, Composable]) -> None:
    """Insert the values that bulk rules of a table change into `matched`."""
    cursor.execute(
        "select id, kind, column_name, coalesce(from_column, column_name), only_null, where_column, where_value "
        "from correction where kind <> 'value' and table_name = %s order by id",
        (table,),
    )
    for identity, kind, column, from_column, only_null, where_column, where_value in cursor.fetchall():
        condition: Composable = SQL("true")
        if where_column:
            limited = (Identifier(where_column), SQL(columns[where_column].type))
            condition = SQL("overlaid.{} is not distinct from %(where_value)s::{}").format(*limited)
        names = {
            "column": Identifier(column),
            "from_column": Identifier(from_column),
            "type": SQL(columns[column].type),
        }
        statement = SQL(MATCH_MAPPING if kind == "mapping" else MATCH_COPY).format(
            **parts, **names, condition=condition
        )
        values = {"table": table, "column": column, "id": identity, "only_null": only_null}
        cursor.execute(statement, values | {"where_value": where_value})


def _declared(column: Column, index: int) -> Composable:
    return SQL("declared.key_values[{}]::{}").format(Literal(index + 1), SQL(column.type))


def is_unpublished(sources: Sequence[str], index: int) -> Composable:
    """Return the condition that files have the event of a declared key but none of its copies is published.

    `index`: the position of ev_id in the key, from 0.
    """
    value = SQL("declared.key_values[{}]").format(Literal(index + 1))
    known = [SQL("select ev_id from {}").format(Identifier(typed_schema(source), "events")) for source in sources]
    known += [
        SQL("select btrim(raw ->> 'ev_id') from {} where lower(source_table) = 'events'").format(
            Identifier(typed_schema(source), "quarantine")
        )
        for source in sources
    ]
    return SQL("""
        {value} not in (select ev_id from latest_edition)
        and {value} in (select ev_id from ({known}) as known where ev_id is not null)
    """).format(value=value, known=SQL(" union all ").join(known))
