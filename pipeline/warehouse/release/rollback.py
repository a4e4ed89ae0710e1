"""Rollback: make a kept release current again.

Relations of the current release move to its schema, those of the wanted release to their target schemas. An incremental
update changes tables that several releases list: such a table is signed for the release whose rows it holds, and goes
back to the rows of another one by way of history.row_version.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg2.sql import SQL, Identifier

from pipeline.errors import PipelineError
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse import history, incremental, table_schema
from pipeline.warehouse.release import foreign_objects
from pipeline.warehouse.release.publication_log import record_publication, release_files, release_stack
from pipeline.warehouse.release.storage import drop_release, kept_releases, move_relation

BUILD_HINT = (
    "run `luigi --module pipeline PublishRelease --snapshot ID` with the snapshot that audit.release lists for the "
    "wanted release"
)

# Relations in a target schema, with a name that either release lists, that the wanted release does not list.
RELATIONS_LEAVING = """
select class.oid, namespace.nspname, class.relname, class.relkind
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where (namespace.nspname, class.relname) in (
    select target_schema, name from audit.release_relation where release in (%(current)s, %(wanted)s)
) and class.oid not in (select oid from audit.release_relation where release = %(wanted)s)
order by class.relname
"""

RELATIONS_RETURNING = """
select namespace.nspname, class.relname, class.relkind, listed.target_schema
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %(wanted)s and namespace.nspname <> listed.target_schema
order by class.relname
"""

SHARED_TABLES = """
select listed.name, namespace.nspname, listed.fingerprint, listed.digest, coalesce(signed.fingerprint, '')
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
left join audit.relation as signed on signed.oid = listed.oid and signed.shape = audit.shape(listed.oid)
where listed.release = %s and listed.target_schema = 'ntsb' and listed.name = any(%s)
order by array_position(%s, listed.name)
"""

# The change number of the release that a table is signed for; of several with its fingerprint, the last one published.
NEXT_CHANGE = """
select change.number
from audit.release_relation as listed
inner join audit.relation as signed on signed.oid = listed.oid and signed.fingerprint = listed.fingerprint
cross join lateral (
    select case
        when release.is_current then (select max(number) + 1 from history.change) else history.change_number(release.id)
    end
    from audit.release
    where release.id = listed.release
) as change (number)
where listed.oid = to_regclass(%s)
order by change.number desc
limit 1
"""

# The same by digests, for tables whose release has other fingerprints: those of tables built again from the same rows.
NEXT_CHANGE_BY_ROWS = """
select max(case
    when release.is_current then (select max(number) + 1 from history.change) else history.change_number(release.id)
end)
from audit.release
where not exists (
    select from unnest(%s, %s) as shared (name, relation)
    left join audit.relation as signed on signed.oid = to_regclass(shared.relation)
    left join audit.release_relation as listed
        on listed.release = release.id and listed.target_schema = 'ntsb' and listed.name = shared.name
    where signed.digest is null or listed.digest is distinct from signed.digest
)
"""

# History does not list the events of rows that moved in runs: these are all events of their files.
CHANGED_EVENTS = """
select ev_id from history.row_version where change >= %(first)s and change < %(end)s and ev_id is not null
union
select ev_id from {}
where source_file in (select source_file from history.moved_run where change >= %(first)s and change < %(end)s)
"""


@dataclass(frozen=True)
class SharedTable:
    """A table that a release shares with another one whose rows it holds.

    `fingerprint` and `digest` are those of the release; `signed` is its present fingerprint, empty after a write.
    """

    name: str
    schema: str
    fingerprint: str
    digest: str
    signed: str


def release_before(cursor: Cursor) -> str | None:
    """Return the kept release that was current before the current one, or None if there is none."""
    stack = release_stack(cursor)
    others = {*kept_releases(cursor)} - {*stack[-1:]}
    return next((release for release in reversed(stack) if release in others), None)


def roll_back(cursor: Cursor, wanted: str = "") -> tuple[str, str]:
    """Make a kept release current, by default the one before the current release, and return the ids (from, to).

    The caller commits or rolls back the transaction. Raises PipelineError if there is no such release.
    """
    cursor.execute("lock table audit.release in exclusive mode")
    current = str(fetch_value(cursor, "select id from audit.release where is_current") or "")
    target = resolve_release(cursor, current, wanted)
    names = {"current": current, "wanted": target}
    cursor.execute(RELATIONS_LEAVING, names)
    leaving = cursor.fetchall()
    oids = [oid for oid, *_ in leaving]
    changed_oids = [*oids, *shared_oids(cursor, target)]
    objects = foreign_objects.dependent_objects(cursor, changed_oids)
    foreign_objects.require_recreatable(cursor, objects, "rollback")
    foreign_objects.drop_foreign_keys(cursor, objects, changed_oids, "rollback")
    restore_release(cursor, current, target)
    objects = foreign_objects.lock(cursor, oids, changed_oids, objects, "rollback")
    for _, schema, name, kind in leaving:
        move_relation(cursor, schema, name, kind, f"ntsb_{current}")
    cursor.execute(RELATIONS_RETURNING, names)
    for schema, name, kind, target_schema in cursor.fetchall():
        move_relation(cursor, schema, name, kind, target_schema)
    foreign_objects.recreate(cursor, objects, "rollback")
    drop_release(cursor, target, kept_releases(cursor))
    cursor.execute("update audit.release set is_current = false where is_current")
    cursor.execute("update audit.release set is_current = true where id = %s", (target,))
    record_publication(cursor, "rollback", current, target, release_files(cursor, target))
    return current, target


def resolve_release(cursor: Cursor, current: str, wanted: str) -> str:
    """Return the id of the kept release with this id or unique prefix; if `wanted` is empty, of the previous release.

    Raises PipelineError if there is none, more than one, or only the current release.
    """
    others = [release for release in kept_releases(cursor) if release != current]
    before = release_before(cursor)
    matches = [release for release in (current, *others) if release.startswith(wanted)] if wanted else [before or ""]
    if len(matches) == 1 and matches[0] in others:
        return matches[0]
    if not wanted:
        problem = "no earlier release"
    elif matches == [current]:
        problem = f"the current release, {current}"
    else:
        problem = f"{wanted}, a prefix of {' and '.join(matches) or 'none of them'}"
    raise PipelineError(
        f"rollback: expected one of the other kept releases ({', '.join(others) or 'there are none'}) or a unique "
        f"prefix of one, found {problem}; {'name one, or ' if others else ''}{BUILD_HINT}; [Publication] keep_releases "
        "in luigi.cfg sets how many are kept"
    )


def shared_tables(cursor: Cursor, release: str) -> list[SharedTable]:
    """Return the event tables of a kept release, parents first; empty unless one has the rows of another release."""
    names = incremental.event_tables(cursor)
    cursor.execute(SHARED_TABLES, (release, names, names))
    tables = [SharedTable(*row) for row in cursor.fetchall()]
    return [] if all(table.signed in (table.fingerprint, "") for table in tables) else tables


def shared_oids(cursor: Cursor, release: str) -> list[int]:
    """Return the oids of the published tables whose rows change in place when the release is restored."""
    names = [f"ntsb.{table.name}" for table in shared_tables(cursor, release) if table.schema == "ntsb"]
    return [fetch_value(cursor, "select %s::regclass::oid", name) for name in names]


def require_unmodified(tables: Sequence[SharedTable], release: str) -> None:
    """Raise PipelineError if a table was modified after its publication, because its rows are then unknown."""
    if modified := [f"{table.schema}.{table.name}" for table in tables if not table.signed]:
        raise PipelineError(
            f"rollback: expected tables as they were published, found {', '.join(modified)}, shared with release "
            f"{release}, modified since; {BUILD_HINT}"
        )


def prepare_restore(cursor: Cursor, tables: Sequence[SharedTable], release: str) -> None:
    """Start the incremental update that restores the tables: events changed since then, with the release's rows."""
    first = fetch_value(cursor, "select history.change_number(%s)", release)
    end = next_change_number(cursor, tables)
    events = next(table for table in tables if table.name == "events")
    changed_events = SQL(CHANGED_EVENTS).format(Identifier(events.schema, events.name))
    incremental.begin_restore(cursor, changed_events, {"first": first, "end": end})
    for table in tables:
        columns = table_schema.column_list(table_schema.stored_columns(cursor, table.name))
        row_type = Identifier(table.schema, table.name)
        query = SQL("select {} from history.rows_at(null::{}, %s, %s, %s)").format(columns, row_type)
        parameters = (first, end, incremental.CHANGED_EVENTS_ONLY)
        incremental.add_rows(cursor, table.schema, table.name, query, parameters)


def next_change_number(cursor: Cursor, tables: Sequence[SharedTable]) -> int:
    """Return the number of the first change after the release whose rows the tables contain now.

    Raises PipelineError if the tables contain the rows of no release.
    """
    signed_table = next(table for table in tables if table.signed)
    number = fetch_value(cursor, NEXT_CHANGE, f"{signed_table.schema}.{signed_table.name}")
    if number is None:
        qualified_names = [f"{table.schema}.{table.name}" for table in tables]
        number = fetch_value(cursor, NEXT_CHANGE_BY_ROWS, [table.name for table in tables], qualified_names)
    if number is None:
        raise PipelineError(
            f"rollback: expected tables in {tables[0].schema} as one of the releases published them, found other rows; "
            f"{BUILD_HINT}"
        )
    return int(number)


def finish_restore(cursor: Cursor, tables: Sequence[SharedTable], release: str) -> None:
    """Restore the tables and sign them for the release. Raises PipelineError if their rows are not the release's."""
    schema = tables[0].schema
    signatures: dict[str, incremental.Signature] = {
        table.name: (table.fingerprint, *incremental.sums_after_update(cursor, schema, table.name)) for table in tables
    }
    incremental.apply_update(cursor, schema, [table.name for table in tables])
    incremental.end(cursor)
    incremental.sign_updated(cursor, schema, signatures)
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    wrong = [table.name for table in tables if fetch_value(cursor, query, f"{schema}.{table.name}") != table.digest]
    if wrong:
        raise PipelineError(
            f"rollback: expected the rows of release {release} from its history, found others in {', '.join(wrong)}; "
            f"release {release} was not restored; {BUILD_HINT}"
        )


def restore_release(cursor: Cursor, current: str, release: str) -> None:
    """Record the change from the current release to the other, and restore the tables that the other one shares."""
    tables = shared_tables(cursor, release)
    locations, changed_events = history.release_tables(cursor, release), ""
    require_unmodified(tables, release)
    if tables:
        prepare_restore(cursor, tables, release)
        if tables[0].schema == "ntsb":
            locations |= incremental.new_rows([table.name for table in tables])
            changed_events = incremental.CHANGED_EVENTS
        else:
            finish_restore(cursor, tables, release)
    # Recorded before published relations are locked, so that readers wait only while these move.
    fingerprints = history.release_fingerprints(cursor, release)
    history.record_change(cursor, current, release, fingerprints, locations, changed_events)
    if changed_events:
        finish_restore(cursor, tables, release)


def restore_for_inspection(cursor: Cursor, release: str) -> None:
    """Restore the tables that a kept release shares; the caller rolls the transaction back after reading them.

    In a table that was modified since, only the events that were changed by releases are restored.
    """
    if tables := shared_tables(cursor, release):
        prepare_restore(cursor, tables, release)
        oids = shared_oids(cursor, release)
        objects = foreign_objects.dependent_objects(cursor, oids)
        foreign_objects.drop_foreign_keys(cursor, objects, oids, "inspection")
        incremental.apply_update(cursor, tables[0].schema, [table.name for table in tables])
