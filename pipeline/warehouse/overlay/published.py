"""Apply the evaluated corrections to candidates, and compare them with those of the published release."""

from collections.abc import Iterable

from psycopg2.sql import SQL, Composable, Identifier

from pipeline.postgres.connection import Cursor, fetch_value, relation_exists
from pipeline.warehouse import table_schema

PUBLISHED = "audit.applied_correction"
CANDIDATE = "candidate.applied_correction"

CORRECT = """
update {table} as corrected set {column} = applied.value_after::{type}
from {applied} as applied
where applied.table_name = %s and applied.column_name = %s and applied.row_key = {row_key} and {is_event}
"""
DIGESTS = """
select source_file, md5(string_agg(row(table_name, row_key, column_name, value_after)::text, ' '
    order by table_name collate "C", row_key collate "C", column_name collate "C"))
from {}
group by source_file
"""
# Corrections that only one of two releases has, or that have another result.
ADD_CORRECTED_EVENTS = """
with before as (
    select ev_id, table_name, row_key, column_name, value_after from audit.applied_correction
),

now as (
    select ev_id, table_name, row_key, column_name, value_after from candidate.applied_correction
),

differing as (
    (select * from before except select * from now) union all (select * from now except select * from before)
)

insert into incremental.changed_events
select distinct ev_id from differing where ev_id is not null
on conflict do nothing
"""
IS_INTACT = """
select not exists (
    select from audit.release
    inner join audit.release_relation as listed on listed.release = release.id
    left join audit.relation as signed
        on signed.oid = listed.oid and signed.fingerprint = listed.fingerprint
        and signed.shape = audit.shape(signed.oid) and signed.oid = to_regclass(%s)
    where release.is_current and listed.target_schema = 'audit' and listed.name = 'applied_correction'
        and signed.oid is null
)
"""


def applied_relation(cursor: Cursor) -> str | None:
    """Return the relation with the corrections of the release being built; None in a database without any release."""
    names = [name for name in (CANDIDATE, PUBLISHED) if relation_exists(cursor, name)]
    return names[0] if names else None


def row_key(key: Iterable[str], relation: str) -> Composable:
    """Return the expression of the primary key without source_file as a JSON array, as in history.row_version."""
    names = [name for name in key if name != "source_file"]
    return SQL("jsonb_build_array({})::text").format(table_schema.column_list(names, relation))


def correct_rows(cursor: Cursor, table: str) -> None:
    """Apply the corrections of a table to the rows of the table of that name that the search_path finds."""
    relation = applied_relation(cursor)
    if relation is None:
        return
    applied = Identifier(*relation.split("."))
    types = {column.name: column.type for column in table_schema.columns(cursor, table)}
    is_event = "applied.ev_id = corrected.ev_id" if table_schema.has_events(cursor, table) else "true"
    query = "select distinct column_name from {} where table_name = %s order by column_name"
    cursor.execute(SQL(query).format(applied), (table,))
    for (column,) in cursor.fetchall():
        statement = SQL(CORRECT).format(
            table=Identifier(table),
            column=Identifier(column),
            type=SQL(types[column]),
            applied=applied,
            row_key=row_key(table_schema.primary_key(cursor, table), "corrected"),
            is_event=SQL(is_event),
        )
        cursor.execute(statement, (table, column))


def correction_digests(cursor: Cursor) -> dict[str, str]:
    """Return {source file: digest of the corrections of its rows}, without files that have none."""
    relation = applied_relation(cursor)
    if relation is None:
        return {}
    cursor.execute(SQL(DIGESTS).format(Identifier(*relation.split("."))))
    return dict(cursor.fetchall())


def add_corrected_events(cursor: Cursor) -> None:
    """Add events to incremental.changed_events whose corrections differ from those of the published release."""
    if applied_relation(cursor) == CANDIDATE and relation_exists(cursor, PUBLISHED):
        cursor.execute(ADD_CORRECTED_EVENTS)


def is_intact(cursor: Cursor) -> bool:
    """Return True unless the corrections of the published release were modified or dropped."""
    return bool(fetch_value(cursor, IS_INTACT, PUBLISHED))
