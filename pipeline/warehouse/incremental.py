"""Incremental update: change published tables in place where a snapshot changes few events.

This module is the only one that knows the database schema `incremental`. It holds the table `changed_events` (ev_id:
events whose rows may differ from the published ones) and, for each table with events, the new rows of those events.
Until publication, candidate.<table> is a view over the published rows of all other events and the new rows; views and
checks read it like a table. Publication deletes the rows of the changed events and inserts the new ones.

A build calls `begin` once, then `create_candidate_view` for each table whose rows it has put into the schema named
SCHEMA. A rollback calls `begin_restore` and `add_rows` instead. Both end with `apply_update` and `end`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from psycopg2.sql import SQL, Composable, Identifier

from pipeline.postgres.connection import Cursor, fetch_value, relation_exists
from pipeline.warehouse import history, table_schema
from pipeline.warehouse.overlay import published as overlay
from pipeline.warehouse.raw_names import typed_schema
from pipeline.warehouse.signatures import sign
from targets.relations import Relation

# A signature without its digest: the fingerprint, the number of rows, the sums of their hashes.
Signature = tuple[str, int, list[Decimal]]

SCHEMA = "incremental"

# The relation that lists the changed events, and the condition that limits rows to them.
CHANGED_EVENTS = "incremental.changed_events"
CHANGED_EVENTS_ONLY = "where ev_id in (select ev_id from incremental.changed_events)"

# With a larger share of changed events, building whole tables takes less time than changing the published ones.
MAX_CHANGED_SHARE = 0.1

# Published tables that are unchanged since publication. `sums` is NULL where version 0.1 signed the table.
COUNT_INTACT = """
select count(*)
from audit.release
inner join audit.release_relation as listed on listed.release = release.id and listed.target_schema = 'ntsb'
inner join audit.relation as signed on signed.oid = listed.oid and signed.fingerprint = listed.fingerprint
where
    release.is_current and listed.name = any(%s) and to_regclass(format('ntsb.%%I', listed.name)) = listed.oid
    and signed.sums is not null and signed.shape = audit.shape(signed.oid)
"""

# Events that come from another file than in the release, or from a file that the release did not have.
CREATE_CHANGED_EVENTS = """
create table incremental.changed_events as
select ev_id
from ntsb.events as published
full join latest_edition as latest using (ev_id)
where published.source_file is distinct from latest.source_file or published.source_file <> all(%s)
"""

# Events of a file that was cast again, where rows were added or removed. A row's text distinguishes NULL from an empty
# string; the sum does not depend on the order of rows.
ADD_RECAST_EVENTS = """
insert into incremental.changed_events
select ev_id
from (select ev_id, sum(hashtextextended(row({names})::text, 0)) as content from {typed} group by ev_id) as typed
full join (
    select ev_id, sum(hashtextextended(row({names})::text, 0)) as content
    from {published} where source_file = %(source)s group by ev_id
) as published using (ev_id)
where typed.content is distinct from published.content
    and ev_id in (select ev_id from ntsb.events where source_file = %(source)s)
on conflict do nothing
"""

# Sums over rows are additive: the signed sums, minus the rows to be deleted, plus the rows to be inserted.
SUMS_AFTER_UPDATE = """
select
    signed.rows - deleted.rows + inserted.rows,
    array[signed.sums[1] - deleted.sums[1] + inserted.sums[1], signed.sums[2] - deleted.sums[2] + inserted.sums[2]]
from audit.relation as signed, audit.sums(%(table)s, %(scope)s) as deleted, audit.sums(%(new_rows)s) as inserted
where signed.oid = to_regclass(%(table)s)
"""


def begin(cursor: Cursor, sources: Sequence[str]) -> bool:
    """Start an update of the current release to these files. Return False if whole tables must be built instead.

    That is the case if there is no release, if one of its tables or its list of corrections was modified, if the code
    that builds tables has changed, or if more than MAX_CHANGED_SHARE of the events have changed. Otherwise, only the
    changed events remain in the temporary table latest_edition (see `editions`).
    """
    end(cursor)
    release = fetch_value(cursor, "select id from audit.release where is_current")
    tables = event_tables(cursor)
    if release is None or not is_intact(cursor, tables) or not overlay.is_intact(cursor):
        return False
    cursor.execute("create schema incremental")
    n_events = fetch_value(cursor, "select rows from audit.relation where oid = 'ntsb.events'::regclass")
    if not create_changed_events(cursor, release, sources, MAX_CHANGED_SHARE * int(n_events)):
        end(cursor)
        return False
    cursor.execute("delete from latest_edition where ev_id not in (select ev_id from incremental.changed_events)")
    cursor.execute(
        "insert into audit.basis select format('ntsb.%%I', name)::regclass from unnest(%s) as name", (tables,)
    )
    cursor.execute("insert into audit.basis select oid from to_regclass(%s) as oid", (overlay.PUBLISHED,))
    return True


def begin_restore(cursor: Cursor, query: Composable, parameters: Mapping[str, Any]) -> None:
    """Start an update of the events that a query returns (column ev_id, without repetition)."""
    end(cursor)
    cursor.execute("create schema incremental; create table incremental.changed_events (ev_id text primary key)")
    cursor.execute(SQL("insert into incremental.changed_events {}").format(query), parameters)
    cursor.execute("analyze incremental.changed_events")


def end(cursor: Cursor) -> None:
    """End an update, complete or not: drop its rows and every candidate view over them."""
    cursor.execute("set local client_min_messages = warning; drop schema if exists incremental cascade")
    cursor.execute("reset client_min_messages; delete from audit.basis")


def is_active(cursor: Cursor) -> bool:
    """Return True while an update is waiting for publication."""
    return bool(fetch_value(cursor, "select relkind = 'v' from pg_class where oid = to_regclass('candidate.events')"))


def covers_table(cursor: Cursor, table: str) -> bool:
    """Return True if an update is waiting for publication and changes this table."""
    return is_active(cursor) and table_schema.has_events(cursor, table)


def is_intact(cursor: Cursor, tables: Sequence[str]) -> bool:
    """Return True if all of these tables are published and have not been modified since."""
    return bool(fetch_value(cursor, COUNT_INTACT, list(tables)) == len(tables))


def event_tables(cursor: Cursor) -> list[str]:
    """Return the names of the tables with events, parents first."""
    return [table for table in table_schema.tables() if table_schema.has_events(cursor, table)]


def updated_tables(cursor: Cursor) -> list[str]:
    """Return the tables whose candidate is a view over the update, parents first; empty if there is no update."""
    query = "select exists (select from audit.relation where oid = to_regclass(%s) and shaped_as = to_regclass(%s))"
    return [
        table for table in event_tables(cursor) if fetch_value(cursor, query, f"candidate.{table}", f"ntsb.{table}")
    ]


def new_rows(tables: Sequence[str]) -> dict[str, str]:
    """Return {table: relation with the new rows of its changed events}."""
    return {table: f"incremental.{table}" for table in tables}


def add_rows(cursor: Cursor, schema: str, table: str, query: Composable, parameters: Sequence[Any]) -> None:
    """Create incremental.<table> with the columns of <schema>.<table>, and fill its stored columns from a query."""
    added = Identifier(SCHEMA, table)
    like = SQL("create table {} (like {} including generated including indexes)")
    cursor.execute(like.format(added, Identifier(schema, table)))
    columns = table_schema.column_list(table_schema.stored_columns(cursor, table))
    cursor.execute(SQL("insert into {} ({}) {}").format(added, columns, query), parameters)


def create_candidate_view(cursor: Cursor, relation: Relation) -> int:
    """Create candidate.<table> over the published and the new rows, and sign it. Return its number of rows."""
    name = relation.name
    cursor.execute(
        SQL("""
        create view {view} as
        select {columns} from {published} as published
        where not exists (select from incremental.changed_events where changed_events.ev_id = published.ev_id)
        union all
        select {columns} from {new}
        """).format(
            view=Identifier("candidate", name),
            columns=table_schema.column_list(column.name for column in table_schema.columns(cursor, name)),
            published=Identifier("ntsb", name),
            new=Identifier(SCHEMA, name),
        )
    )
    rows, sums = sums_after_update(cursor, "ntsb", name)
    sign(cursor, relation, rows, sums, f"ntsb.{name}")
    return rows


def sums_after_update(cursor: Cursor, schema: str, table: str) -> tuple[int, list[Decimal]]:
    """Return (rows, sums of their hashes) that <schema>.<table> will have after the update is applied."""
    names = {"table": f"{schema}.{table}", "new_rows": f"incremental.{table}", "scope": CHANGED_EVENTS_ONLY}
    cursor.execute(SUMS_AFTER_UPDATE, names)
    rows, sums = cursor.fetchone() or (0, [])
    return int(rows), sums


def candidate_signature(cursor: Cursor, table: str) -> Signature:
    """Return (fingerprint, rows, sums) that candidate.<table> is signed with, or ("", 0, []) if it is not signed."""
    query = "select fingerprint, rows, sums from audit.relation where oid = to_regclass(%s)"
    cursor.execute(query, (f"candidate.{table}",))
    fingerprint, rows, sums = cursor.fetchone() or ("", 0, [])
    return fingerprint, rows, sums


def apply_update(cursor: Cursor, schema: str, tables: Sequence[str]) -> None:
    """Replace the rows of the changed events in tables of a schema, given parents first; remove their signatures."""
    for table in reversed(tables):
        cursor.execute(SQL("delete from {} {}").format(Identifier(schema, table), SQL(CHANGED_EVENTS_ONLY)))
    for table in tables:
        columns = table_schema.column_list(table_schema.stored_columns(cursor, table))
        copied = {"table": Identifier(schema, table), "columns": columns, "new": Identifier(SCHEMA, table)}
        cursor.execute(SQL("insert into {table} ({columns}) select {columns} from {new}").format(**copied))


def sign_updated(cursor: Cursor, schema: str, signatures: Mapping[str, Signature]) -> None:
    """Sign tables of a schema, once the update is applied. `signatures`: {table: signature}."""
    for table, signature in signatures.items():
        cursor.execute("select audit.sign(%s, %s, %s, %s)", (f"{schema}.{table}", *signature))


def create_changed_events(cursor: Cursor, release: str, sources: Sequence[str], limit: float) -> bool:
    """Create the table changed_events for these files. Return False if whole tables must be built instead.

    Reads the table of editions.create_latest. The count is compared with the limit after each table of a file that was
    cast again: in a new edition of a file all rows have other row numbers, so one table is enough to exceed it.
    """
    before, now = history.release_fingerprints(cursor, release), history.typed_fingerprints(cursor, sources)
    if not same_code(before, now):
        return False
    cursor.execute(CREATE_CHANGED_EVENTS, (sorted(set(before) & set(now)),))
    cursor.execute("alter table incremental.changed_events add primary key (ev_id)")
    overlay.add_corrected_events(cursor)
    both = [source for source in sources if source in before]
    for source in (s for s in both if _without_corrections(before[s]) != _without_corrections(now[s])):
        for table in table_schema.tables():
            if _count_changed(cursor) > limit:
                return False
            _add_recast_events(cursor, source, table)
    cursor.execute("analyze incremental.changed_events")
    return _count_changed(cursor) <= limit


def same_code(before: history.Fingerprints, now: history.Fingerprints) -> bool:
    """Return True if the same code builds tables from cast rows in both results of history.typed_fingerprints."""
    return history.code_digests(before.values()) == history.code_digests(now.values())


def _without_corrections(fingerprint: str) -> list[str]:
    """Return the words of a file's fingerprint about its cast rows and the code; others are about corrections."""
    return fingerprint.split(" ")[:2]


def _count_changed(cursor: Cursor) -> int:
    return int(fetch_value(cursor, "select count(*) from incremental.changed_events"))


def _add_recast_events(cursor: Cursor, source: str, table: str) -> None:
    schema = typed_schema(source)
    if table_schema.has_events(cursor, table) and relation_exists(cursor, f"{schema}.{table}"):
        query = SQL(ADD_RECAST_EVENTS).format(
            names=table_schema.column_list(table_schema.stored_columns(cursor, table)),
            typed=Identifier(schema, table),
            published=Identifier("ntsb", table),
        )
        cursor.execute(query, {"source": source})
