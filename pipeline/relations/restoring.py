"""Restoring: tables that were revised since go back to what an earlier release said, from the history of their rows.

A revision changes the published tables instead of making new ones, so that the release before shares them with the
release after. What they hold is the release that they are signed for; the way to another one is in the history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.postgres import Cursor, scalar
from pipeline.relations import contract, history, revising

SHARED = """
select listed.name, namespace.nspname, listed.stamp, listed.digest, coalesce(signed.stamp, '')
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
left join audit.relation as signed on signed.oid = listed.oid and signed.shape = audit.shape(listed.oid)
where listed.release = %s and listed.home = 'ntsb' and listed.name = any(%s)
order by array_position(%s, listed.name)
"""

# The release that a table is signed for: the last that readers saw, of those with the same stamp.
STATE = """
select change.place
from audit.release_relation as listed
inner join audit.relation as signed on signed.oid = listed.oid and signed.stamp = listed.stamp
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

# The same by the rows: tables that were made anew since, from the same rows, took the stamps of the old ones' release.
BY_ROWS = """
select max(case
    when release.is_current then (select max(number) + 1 from history.change) else history.place(release.id)
end)
from audit.release
where not exists (
    select from unnest(%s, %s) as lies (name, relation)
    left join audit.relation as signed on signed.oid = to_regclass(lies.relation)
    left join audit.release_relation as listed
        on listed.release = release.id and listed.home = 'ntsb' and listed.name = lies.name
    where signed.digest is null or listed.digest is distinct from signed.digest
)
"""

# Of rows that moved in runs nobody knows the events: all that the files tell now.
CHANGED = """
insert into revision.touched
select ev_id from history.row_version where change >= %(place)s and change < %(until)s and ev_id is not null
union
select ev_id from {schema}.events
where source_file in (select source_file from history.moved_run where change >= %(place)s and change < %(until)s)
"""


@dataclass(frozen=True)
class Shared:
    """A table of a release as another release left it: where it lies, and what it is to be signed with again."""

    name: str
    schema: str
    stamp: str
    digest: str
    signed: str


def shared(cursor: Cursor, release: str) -> list[Shared]:
    """Tables with events of a kept release that hold another release's rows now, parents first."""
    tables = revising.event_tables(cursor)
    cursor.execute(SHARED, (release, tables, tables))
    found = [Shared(*row) for row in cursor.fetchall()]
    return [] if all(each.signed in (each.stamp, "") for each in found) else found


def require_unwritten(found: Sequence[Shared], release: str) -> None:
    """Raises PipelineError where one of the tables was written to: nobody knows then what it holds."""
    if written := [f"{each.schema}.{each.name}" for each in found if not each.signed]:
        raise PipelineError(
            f"rollback: expected tables as they were published, found {', '.join(written)} written to since; release "
            f"{release} shares them. Run `luigi --module pipeline Publish --snapshot ID` with the snapshot that "
            "audit.release has for the wanted release"
        )


def prepare(cursor: Cursor, tables: Sequence[Shared], release: str) -> None:
    """Makes the revision that leads the tables back: the events that were touched since, as they stood then."""
    place = scalar(cursor, "select history.place(%s)", release)
    until = state_of(cursor, tables, release)
    revising.end(cursor)
    cursor.execute("create schema revision; create table revision.touched (ev_id text primary key)")
    events = next(each for each in tables if each.name == "events")
    cursor.execute(CHANGED.format(schema=events.schema), {"place": place, "until": until})
    cursor.execute("analyze revision.touched")
    for table in tables:
        own = f'{table.schema}."{table.name}"'
        cursor.execute(f'create table revision."{table.name}" (like {own} including generated including indexes)')
        names = contract.written(cursor, table.name)
        stood = f"select {names} from history.stood(null::{own}, %s, %s, %s)"
        cursor.execute(f'insert into revision."{table.name}" ({names}) {stood}', (place, until, revising.SCOPE))


def state_of(cursor: Cursor, tables: Sequence[Shared], release: str) -> int:
    """The place in the history of what the tables hold now. Raises PipelineError where no release tells."""
    signed = next(each for each in tables if each.signed)
    found = scalar(cursor, STATE, f"{signed.schema}.{signed.name}")
    if found is None:
        lie = [f"{each.schema}.{each.name}" for each in tables]
        found = scalar(cursor, BY_ROWS, [each.name for each in tables], lie)
    if found is None:
        raise PipelineError(
            f"rollback: expected tables in {tables[0].schema} as a release left them, found rows of none that is "
            f"known; build release {release} from its snapshot (audit.release) instead"
        )
    return int(found)


def finish(cursor: Cursor, tables: Sequence[Shared], release: str) -> None:
    """Changes the tables and signs them as the release's. Raises PipelineError where they are not its rows."""
    sums = {each.name: revising.after(cursor, each.schema, each.name) for each in tables}
    revising.apply(cursor, tables[0].schema, [each.name for each in tables])
    revising.end(cursor)
    for each in tables:
        values = (f"{each.schema}.{each.name}", each.stamp, *sums[each.name])
        cursor.execute("select audit.sign(%s, %s, %s, %s)", values)
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    wrong = [each.name for each in tables if scalar(cursor, query, f"{each.schema}.{each.name}") != each.digest]
    if wrong:
        raise PipelineError(
            f"rollback: expected the rows of release {release} from its history, found others in {', '.join(wrong)}; "
            "readers keep what they see. Build it from its snapshot (audit.release) instead"
        )


def bring_back(cursor: Cursor, current: str, release: str) -> None:
    """Writes down the change from one release to the other, and leads tables that both or a third share back to it."""
    tables, places, touched = shared(cursor, release), history.tables_of(cursor, release), ""
    require_unwritten(tables, release)
    if tables:
        prepare(cursor, tables, release)
        if tables[0].schema == "ntsb":
            places |= {each.name: f"revision.{each.name}" for each in tables}
            touched = "revision.touched"
        else:
            finish(cursor, tables, release)
    # Before anything readers see is locked: they wait for the moving only.
    history.keep(cursor, current, release, history.stamps_of(cursor, release), places, touched)
    if touched:
        finish(cursor, tables, release)


def lead_back(cursor: Cursor, release: str) -> None:
    """Leads tables that a kept release shares back to its rows, for a look: the caller undoes it.

    A table that was written to keeps what was written, but for the events that were revised since.
    """
    if tables := shared(cursor, release):
        prepare(cursor, tables, release)
        revising.apply(cursor, tables[0].schema, [each.name for each in tables])
