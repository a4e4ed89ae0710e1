"""Revision: most events of a snapshot are told as readers see them already, so only the others are put together.

The schema `revision` holds `touched` (ev_id: events that are told otherwise) and, table by table, the rows that those
events have in the snapshot. candidate.<table> is then a view that stands for the whole table: the published rows of all
other events, and the rows of the revision. Views and checks read it as they read a table. Publication takes the rows of
touched events out of the published tables and puts the new ones in.
"""

from collections.abc import Sequence
from decimal import Decimal

from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse import table_schema
from pipeline.warehouse.incremental import changed_events
from targets.relations import Relation

# Above this share of the published events, whole tables are quicker to make than published ones are to change.
MAX_CHANGED_SHARE = 0.1

CHANGED_EVENTS_ONLY = "where ev_id in (select ev_id from revision.touched)"

# Tables as they were published, not written to since. `sums` is absent where an earlier version signed.
INTACT = """
select count(*) = %s
from audit.release
inner join audit.release_relation as listed on listed.release = release.id and listed.target_schema = 'ntsb'
inner join audit.relation as signed on signed.oid = listed.oid and signed.fingerprint = listed.fingerprint
where
    release.is_current and listed.name = any(%s) and to_regclass(format('ntsb.%%I', listed.name)) = listed.oid
    and signed.sums is not null and signed.shape = audit.shape(signed.oid)
"""

# Sums of rows add up: what is signed, less the rows that go, and the rows that come.
SUMS_AFTER_UPDATE = """
select
    signed.rows - gone.rows + come.rows,
    array[signed.sums[1] - gone.sums[1] + come.sums[1], signed.sums[2] - gone.sums[2] + come.sums[2]]
from audit.relation as signed, audit.sums(%(table)s, %(scope)s) as gone, audit.sums(%(revision)s) as come
where signed.oid = to_regclass(%(table)s)
"""


def begin(cursor: Cursor, sources: Sequence[str]) -> bool:
    """Begins a revision of the release that readers see, for these files; False where whole tables are to be made."""
    end(cursor)
    release = fetch_value(cursor, "select id from audit.release where is_current")
    tables = event_tables(cursor)
    if release is None or not is_intact(cursor, tables):
        return False
    cursor.execute("create schema revision")
    # Above that, whole tables are quicker to make.
    most = MAX_CHANGED_SHARE * int(
        fetch_value(cursor, "select rows from audit.relation where oid = 'ntsb.events'::regclass")
    )
    if not changed_events.list_changed_events(cursor, release, sources, most):
        end(cursor)
        return False
    cursor.execute(
        "insert into audit.basis select format('ntsb.%%I', name)::regclass from unnest(%s) as name", (tables,)
    )
    return True


def is_intact(cursor: Cursor, tables: Sequence[str]) -> bool:
    """True where these tables are there as they were published."""
    return bool(fetch_value(cursor, INTACT, len(tables), list(tables)))


def end(cursor: Cursor) -> None:
    """Drops the revision and all that stands on it."""
    cursor.execute("set local client_min_messages = warning; drop schema if exists revision cascade")
    cursor.execute("reset client_min_messages; delete from audit.basis")


def event_tables(cursor: Cursor) -> list[str]:
    """Tables of the contract that have events, parents first."""
    return [table for table in table_schema.tables() if table_schema.has_events(cursor, table)]


def is_active(cursor: Cursor) -> bool:
    """True where a revision is in the making."""
    return bool(fetch_value(cursor, "select relkind = 'v' from pg_class where oid = to_regclass('candidate.events')"))


def covers_table(cursor: Cursor, table: str) -> bool:
    """True where a revision is in the making and the table belongs to it."""
    return is_active(cursor) and table_schema.has_events(cursor, table)


def updated_tables(cursor: Cursor) -> list[str]:
    """Tables that have a view to stand for them until publication, parents first; empty where there is no revision."""
    query = "select exists (select from audit.relation where oid = to_regclass(%s) and shaped_as = to_regclass(%s))"
    return [each for each in event_tables(cursor) if fetch_value(cursor, query, f"candidate.{each}", f"ntsb.{each}")]


def create_candidate_view(cursor: Cursor, relation: Relation) -> int:
    """Makes candidate.<table> as a view over the published table and the revision, and signs it. Returns its rows."""
    name = relation.name
    columns = ", ".join(f'"{column.name}"' for column in table_schema.columns(cursor, name))
    cursor.execute(
        f"""
        create view candidate."{name}" as
        select {columns} from ntsb."{name}" as published
        where not exists (select from revision.touched where touched.ev_id = published.ev_id)
        union all
        select {columns} from revision."{name}"
        """
    )
    rows, sums = sums_after_update(cursor, "ntsb", name)
    values = (f"candidate.{name}", relation.fingerprint, rows, sums, f"ntsb.{name}")
    cursor.execute("select audit.sign(%s, %s, %s, %s, %s)", values)
    return rows


def sums_after_update(cursor: Cursor, schema: str, table: str) -> tuple[int, list[Decimal]]:
    """(rows, sums) that <schema>.<table> has once the revision is applied: those it was signed with, less and plus."""
    cursor.execute(
        SUMS_AFTER_UPDATE, {"table": f"{schema}.{table}", "revision": f"revision.{table}", "scope": CHANGED_EVENTS_ONLY}
    )
    rows, sums = cursor.fetchone() or (0, [])
    return int(rows), sums


def apply_update(cursor: Cursor, schema: str, tables: Sequence[str]) -> None:
    """Changes the tables of a schema, parents first, as the revision says. Their signatures are gone then."""
    for table in reversed(tables):
        cursor.execute(f'delete from {schema}."{table}" {CHANGED_EVENTS_ONLY}')
    for table in tables:
        names = table_schema.stored_columns(cursor, table)
        cursor.execute(f'insert into {schema}."{table}" ({names}) select {names} from revision."{table}"')
