"""Releases that are kept: which there are, back to one of them, and out with those that are too many.

A relation belongs to every release that lists it in audit.release_relation, by oid. It stands in its home while the
release that readers see lists it, else in the schema `ntsb_<release>` of one that does: no kept release loses a
relation because another one is dropped.

Restoring: tables that were revised since go back to what an earlier release said, from the history of their rows.

A revision changes the published tables instead of making new ones, so that the release before shares them with the
release after. What they hold is the release that they are signed for; the way to another one is in the history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse import history, table_schema
from pipeline.warehouse.incremental import update
from pipeline.warehouse.release.locks import lock_relations
from pipeline.warehouse.release.publication_log import record_publication, release_files, release_path
from pipeline.warehouse.release.storage import (
    drop_release,
    kept_releases,
    move_relation,
)

# Whatever stands at a home under a name of either release, and is not the wanted release's own.
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


def release_before(cursor: Cursor) -> str | None:
    """The kept release that readers saw last on their way to the current one, None where there is none."""
    seen = release_path(cursor)
    others = {*kept_releases(cursor)} - {*seen[-1:]}
    return next((release for release in reversed(seen) if release in others), None)


def roll_back(cursor: Cursor, wanted: str = "") -> tuple[str, str]:
    """Brings a kept release back, the one before the current where none is named; returns (from, to).

    The caller's transaction makes it all or nothing. Raises PipelineError where there is nothing to go back to.
    """
    cursor.execute("lock table audit.release in exclusive mode")
    current = str(fetch_value(cursor, "select id from audit.release where is_current") or "")
    target = resolve_release(cursor, current, wanted)
    restore_release(cursor, current, target)
    names = {"current": current, "wanted": target}
    cursor.execute(RELATIONS_LEAVING, names)
    leaving = cursor.fetchall()
    lock_relations(cursor, [oid for oid, *_ in leaving])
    for _, home, name, kind in leaving:
        move_relation(cursor, home, name, kind, f"ntsb_{current}")
    cursor.execute(RELATIONS_RETURNING, names)
    for schema, name, kind, home in cursor.fetchall():
        move_relation(cursor, schema, name, kind, home)
    drop_release(cursor, target, kept_releases(cursor))
    cursor.execute("update audit.release set is_current = false where is_current")
    cursor.execute("update audit.release set is_current = true where id = %s", (target,))
    record_publication(cursor, "rollback", current, target, release_files(cursor, target))
    return current, target


def resolve_release(cursor: Cursor, current: str, wanted: str) -> str:
    """The kept release with that name or the beginning of it, the one before the current where none is named.

    Raises PipelineError where that is none, the current one, or more than one.
    """
    others = [release for release in kept_releases(cursor) if release != current]
    earlier = release_before(cursor)
    found = [release for release in (current, *others) if release.startswith(wanted)] if wanted else [earlier or ""]
    if len(found) == 1 and found[0] in others:
        return found[0]
    if not wanted:
        told = "no earlier release"
    elif found == [current]:
        told = f"the release that readers see already, {current}"
    else:
        told = f"{wanted}, the beginning of {' and of '.join(found) or 'none of them'}"
    raise PipelineError(
        f"rollback: expected one of the other kept releases ({', '.join(others) or 'there are none'}), or a beginning "
        f"that it alone has, found {told}; [Publication] keep_releases in luigi.cfg says how many are kept"
    )


SHARED_TABLES = """
select listed.name, namespace.nspname, listed.fingerprint, listed.digest, coalesce(signed.fingerprint, '')
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
left join audit.relation as signed on signed.oid = listed.oid and signed.shape = audit.shape(listed.oid)
where listed.release = %s and listed.target_schema = 'ntsb' and listed.name = any(%s)
order by array_position(%s, listed.name)
"""

# The release that a table is signed for: the last that readers saw, of those with the same fingerprint.
TABLE_STATE = """
select change.place
from audit.release_relation as listed
inner join audit.relation as signed on signed.oid = listed.oid and signed.fingerprint = listed.fingerprint
cross join lateral (
    select case
        when release.is_current then (select max(number) + 1 from history.change) else history.place(release.id)
    end
    from audit.release
    where release.id = listed.release
) as change (place)
where listed.oid = to_regclass(%s)
order by change.place desc
limit 1
"""

# The same by the rows: tables that were made anew since, from the same rows, took the fingerprints of the old ones' release.
TABLE_STATE_BY_ROWS = """
select max(case
    when release.is_current then (select max(number) + 1 from history.change) else history.place(release.id)
end)
from audit.release
where not exists (
    select from unnest(%s, %s) as lies (name, relation)
    left join audit.relation as signed on signed.oid = to_regclass(lies.relation)
    left join audit.release_relation as listed
        on listed.release = release.id and listed.target_schema = 'ntsb' and listed.name = lies.name
    where signed.digest is null or listed.digest is distinct from signed.digest
)
"""

# Of rows that moved in runs nobody knows the events: all that the files tell now.
CHANGED_EVENTS = """
insert into revision.touched
select ev_id from history.row_version where change >= %(place)s and change < %(until)s and ev_id is not null
union
select ev_id from {schema}.events
where source_file in (select source_file from history.moved_run where change >= %(place)s and change < %(until)s)
"""


@dataclass(frozen=True)
class SharedTable:
    """A table of a release as another release left it: where it lies, and what it is to be signed with again."""

    name: str
    schema: str
    fingerprint: str
    digest: str
    signed: str


def shared_tables(cursor: Cursor, release: str) -> list[SharedTable]:
    """Tables with events of a kept release that hold another release's rows now, parents first."""
    tables = update.event_tables(cursor)
    cursor.execute(SHARED_TABLES, (release, tables, tables))
    found = [SharedTable(*row) for row in cursor.fetchall()]
    return [] if all(each.signed in (each.fingerprint, "") for each in found) else found


def require_unmodified(found: Sequence[SharedTable], release: str) -> None:
    """Raises PipelineError where one of the tables was written to: nobody knows then what it holds."""
    if written := [f"{each.schema}.{each.name}" for each in found if not each.signed]:
        raise PipelineError(
            f"rollback: expected tables as they were published, found {', '.join(written)} written to since; release "
            f"{release} shares them. Run `luigi --module pipeline PublishRelease --snapshot ID` with the snapshot that "
            "audit.release has for the wanted release"
        )


def prepare_restore(cursor: Cursor, tables: Sequence[SharedTable], release: str) -> None:
    """Makes the revision that leads the tables back: the events that were touched since, as they stood then."""
    place = fetch_value(cursor, "select history.place(%s)", release)
    until = table_state(cursor, tables, release)
    update.end(cursor)
    cursor.execute("create schema revision; create table revision.touched (ev_id text primary key)")
    events = next(each for each in tables if each.name == "events")
    cursor.execute(CHANGED_EVENTS.format(schema=events.schema), {"place": place, "until": until})
    cursor.execute("analyze revision.touched")
    for table in tables:
        own = f'{table.schema}."{table.name}"'
        cursor.execute(f'create table revision."{table.name}" (like {own} including generated including indexes)')
        names = table_schema.stored_columns(cursor, table.name)
        stood = f"select {names} from history.stood(null::{own}, %s, %s, %s)"
        cursor.execute(
            f'insert into revision."{table.name}" ({names}) {stood}', (place, until, update.CHANGED_EVENTS_ONLY)
        )


def table_state(cursor: Cursor, tables: Sequence[SharedTable], release: str) -> int:
    """The place in the history of what the tables hold now. Raises PipelineError where no release tells."""
    signed = next(each for each in tables if each.signed)
    found = fetch_value(cursor, TABLE_STATE, f"{signed.schema}.{signed.name}")
    if found is None:
        lie = [f"{each.schema}.{each.name}" for each in tables]
        found = fetch_value(cursor, TABLE_STATE_BY_ROWS, [each.name for each in tables], lie)
    if found is None:
        raise PipelineError(
            f"rollback: expected tables in {tables[0].schema} as a release left them, found rows of none that is "
            f"known; build release {release} from its snapshot (audit.release) instead"
        )
    return int(found)


def finish_restore(cursor: Cursor, tables: Sequence[SharedTable], release: str) -> None:
    """Changes the tables and signs them as the release's. Raises PipelineError where they are not its rows."""
    sums = {each.name: update.sums_after_update(cursor, each.schema, each.name) for each in tables}
    update.apply_update(cursor, tables[0].schema, [each.name for each in tables])
    update.end(cursor)
    for each in tables:
        values = (f"{each.schema}.{each.name}", each.fingerprint, *sums[each.name])
        cursor.execute("select audit.sign(%s, %s, %s, %s)", values)
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    wrong = [each.name for each in tables if fetch_value(cursor, query, f"{each.schema}.{each.name}") != each.digest]
    if wrong:
        raise PipelineError(
            f"rollback: expected the rows of release {release} from its history, found others in {', '.join(wrong)}; "
            "readers keep what they see. Build it from its snapshot (audit.release) instead"
        )


def restore_release(cursor: Cursor, current: str, release: str) -> None:
    """Writes down the change from one release to the other, and leads tables that both or a third share back to it."""
    tables, places, touched = shared_tables(cursor, release), history.release_tables(cursor, release), ""
    require_unmodified(tables, release)
    if tables:
        prepare_restore(cursor, tables, release)
        if tables[0].schema == "ntsb":
            places |= {each.name: f"revision.{each.name}" for each in tables}
            touched = "revision.touched"
        else:
            finish_restore(cursor, tables, release)
    # Before anything readers see is locked: they wait for the moving only.
    history.record_change(cursor, current, release, history.release_fingerprints(cursor, release), places, touched)
    if touched:
        finish_restore(cursor, tables, release)


def restore_for_inspection(cursor: Cursor, release: str) -> None:
    """Leads tables that a kept release shares back to its rows, for a look: the caller undoes it.

    A table that was written to keeps what was written, but for the events that were revised since.
    """
    if tables := shared_tables(cursor, release):
        prepare_restore(cursor, tables, release)
        update.apply_update(cursor, tables[0].schema, [each.name for each in tables])
