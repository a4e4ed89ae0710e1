"""Releases that are kept: which there are, back to one of them, and out with those that are too many.

A relation belongs to every release that lists it in audit.release_relation, by oid. It stands in its home while the
release that readers see lists it, else in the schema `ntsb_<release>` of one that does: no kept release loses a
relation because another one is dropped.
"""

import logging
from collections.abc import Sequence

from pipeline.errors import PipelineError
from pipeline.postgres import Cursor, scalar
from pipeline.relations import restoring
from pipeline.relations.holding import hold
from pipeline.relations.signing import KINDS, drop
from pipeline.relations.tracking import files_of, record_publication, way

log = logging.getLogger(__name__)

# Whole, and in the order in which readers last saw them, the newest first: the current one leads.
KEPT = """
select release.id
from audit.release as release
left join (
    select seen.id, max(publication_log.sequence) as last
    from audit.publication_log, unnest(array[from_release, to_release]) as seen (id)
    group by seen.id
) as log on log.id = release.id
where not exists (
    select from audit.release_relation as listed
    where listed.release = release.id and not exists (select from pg_class where pg_class.oid = listed.oid)
)
order by release.is_current desc, log.last desc nulls last, release.publication desc
"""

# Whatever stands at a home under a name of either release, and is not the wanted release's own.
LEAVING = """
select class.oid, namespace.nspname, class.relname, class.relkind
from pg_class as class
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where (namespace.nspname, class.relname) in (
    select home, name from audit.release_relation where release in (%(current)s, %(wanted)s)
) and class.oid not in (select oid from audit.release_relation where release = %(wanted)s)
order by class.relname
"""

COMING = """
select namespace.nspname, class.relname, class.relkind, listed.home
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %(wanted)s and namespace.nspname <> listed.home
order by class.relname
"""

WITHIN = """
select oid, relname, relkind from pg_class
where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v', 'm')
order by relname
"""

SCHEMAS = "select nspname from pg_namespace where nspname ~ '^ntsb_[0-9a-f]{12}$' order by nspname"


def kept(cursor: Cursor) -> list[str]:
    """Releases that readers see or could be brought back to, in the order in which they were last seen."""
    cursor.execute(KEPT)
    return [release for (release,) in cursor.fetchall()]


def release_before(cursor: Cursor) -> str | None:
    """The kept release that readers saw last on their way to the current one, None where there is none."""
    seen = way(cursor)
    others = {*kept(cursor)} - {*seen[-1:]}
    return next((release for release in reversed(seen) if release in others), None)


def roll_back(cursor: Cursor, wanted: str = "") -> tuple[str, str]:
    """Brings a kept release back, the one before the current where none is named; returns (from, to).

    The caller's transaction makes it all or nothing. Raises PipelineError where there is nothing to go back to.
    """
    cursor.execute("lock table audit.release in exclusive mode")
    current = str(scalar(cursor, "select id from audit.release where is_current") or "")
    target = meant(cursor, current, wanted)
    restoring.bring_back(cursor, current, target)
    names = {"current": current, "wanted": target}
    cursor.execute(LEAVING, names)
    leaving = cursor.fetchall()
    hold(cursor, [oid for oid, *_ in leaving])
    for _, home, name, kind in leaving:
        move(cursor, home, name, kind, f"ntsb_{current}")
    cursor.execute(COMING, names)
    for schema, name, kind, home in cursor.fetchall():
        move(cursor, schema, name, kind, home)
    drop_release(cursor, target, kept(cursor))
    cursor.execute("update audit.release set is_current = false where is_current")
    cursor.execute("update audit.release set is_current = true where id = %s", (target,))
    record_publication(cursor, "rollback", current, target, files_of(cursor, target))
    return current, target


def meant(cursor: Cursor, current: str, wanted: str) -> str:
    """The kept release with that name or the beginning of it, the one before the current where none is named.

    Raises PipelineError where that is none, the current one, or more than one.
    """
    others = [release for release in kept(cursor) if release != current]
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


def move(cursor: Cursor, schema: str, name: str, kind: str, to: str) -> None:
    """Moves a relation with its keys, indexes and triggers; what reads it goes on reading it."""
    cursor.execute(f'create schema if not exists "{to}"')
    cursor.execute(f'alter {KINDS[kind]} "{schema}"."{name}" set schema "{to}"')


def put_aside(cursor: Cursor, schema: str, name: str, kind: str, staying: Sequence[str]) -> None:
    """Moves a relation to the first of the staying releases that lists it; drops it where none does."""
    query = "select release from audit.release_relation where oid = to_regclass(%s) and release = %s"
    for release in staying:
        if scalar(cursor, query, f'"{schema}"."{name}"', release):
            move(cursor, schema, name, kind, f"ntsb_{release}")
            return
    drop(cursor, schema, name, kind)


def drop_release(cursor: Cursor, release: str, staying: Sequence[str]) -> None:
    """Drops the schema of a release, less what other releases that stay still need."""
    others = [each for each in staying if each != release]
    cursor.execute(WITHIN, (f"ntsb_{release}",))
    for _, name, kind in cursor.fetchall():
        # What hangs on a dropped table went with it.
        if scalar(cursor, "select to_regclass(%s)", f'ntsb_{release}."{name}"') is not None:
            put_aside(cursor, f"ntsb_{release}", name, kind, others)
    cursor.execute(f"drop schema if exists ntsb_{release} cascade")


def staying(cursor: Cursor, keep: int) -> list[str]:
    """The current release, whatever `keep` says, and the `keep` that readers saw last before it."""
    return kept(cursor)[: max(keep, 0) + 1]


def surplus(cursor: Cursor, keep: int) -> list[str]:
    """Releases with relations of their own that do not stay."""
    needed = staying(cursor, keep)
    cursor.execute(SCHEMAS)
    schemas = [schema.removeprefix("ntsb_") for (schema,) in cursor.fetchall()]
    return [release for release in schemas if release not in needed]


def forget(cursor: Cursor, keep: int) -> None:
    """Drops the relations of releases that are too many; their lines in audit.release stay."""
    needed = staying(cursor, keep)
    for release in surplus(cursor, keep):
        drop_release(cursor, release, needed)
        log.info("release %s is dropped: %d earlier ones are kept", release, keep)
