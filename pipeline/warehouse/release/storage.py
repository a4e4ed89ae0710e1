"""Storage of kept releases: which there are, moving their relations between schemas, dropping those beyond the limit.

A relation belongs to every release that lists it in audit.release_relation, by oid. It is in its target schema while the
current release lists it, else in the schema `ntsb_<release>` of a release that does: dropping one kept release never
removes a relation of another one.
"""

import logging
from collections.abc import Sequence

from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse.signatures import RELATION_KINDS, drop

log = logging.getLogger(__name__)

# Whole, and in the order in which readers last saw them, the newest first: the current one leads.
KEPT_RELEASES = """
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

RELATIONS_IN_SCHEMA = """
select oid, relname, relkind from pg_class
where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v', 'm')
order by relname
"""

RELEASE_SCHEMAS = "select nspname from pg_namespace where nspname ~ '^ntsb_[0-9a-f]{12}$' order by nspname"


def kept_releases(cursor: Cursor) -> list[str]:
    """Releases that readers see or could be brought back to, in the order in which they were last seen."""
    cursor.execute(KEPT_RELEASES)
    return [release for (release,) in cursor.fetchall()]


def move_relation(cursor: Cursor, schema: str, name: str, kind: str, to: str) -> None:
    """Moves a relation with its keys, indexes and triggers; what reads it goes on reading it."""
    cursor.execute(f'create schema if not exists "{to}"')
    cursor.execute(f'alter {RELATION_KINDS[kind]} "{schema}"."{name}" set schema "{to}"')


def move_aside(cursor: Cursor, schema: str, name: str, kind: str, staying: Sequence[str]) -> None:
    """Moves a relation to the first of the staying releases that lists it; drops it where none does."""
    query = "select release from audit.release_relation where oid = to_regclass(%s) and release = %s"
    for release in staying:
        if fetch_value(cursor, query, f'"{schema}"."{name}"', release):
            move_relation(cursor, schema, name, kind, f"ntsb_{release}")
            return
    drop(cursor, schema, name, kind)


def drop_release(cursor: Cursor, release: str, staying: Sequence[str]) -> None:
    """Drops the schema of a release, less what other releases that stay still need."""
    others = [each for each in staying if each != release]
    cursor.execute(RELATIONS_IN_SCHEMA, (f"ntsb_{release}",))
    for _, name, kind in cursor.fetchall():
        # What hangs on a dropped table went with it.
        if fetch_value(cursor, "select to_regclass(%s)", f'ntsb_{release}."{name}"') is not None:
            move_aside(cursor, f"ntsb_{release}", name, kind, others)
    cursor.execute(f"drop schema if exists ntsb_{release} cascade")


def releases_to_keep(cursor: Cursor, keep: int) -> list[str]:
    """The current release, whatever `keep` says, and the `keep` that readers saw last before it."""
    return kept_releases(cursor)[: max(keep, 0) + 1]


def surplus_releases(cursor: Cursor, keep: int) -> list[str]:
    """Releases with relations of their own that do not stay."""
    needed = releases_to_keep(cursor, keep)
    cursor.execute(RELEASE_SCHEMAS)
    schemas = [schema.removeprefix("ntsb_") for (schema,) in cursor.fetchall()]
    return [release for release in schemas if release not in needed]


def drop_surplus_releases(cursor: Cursor, keep: int) -> None:
    """Drops the relations of releases that are too many; their lines in audit.release stay."""
    needed = releases_to_keep(cursor, keep)
    for release in surplus_releases(cursor, keep):
        drop_release(cursor, release, needed)
        log.info("release %s is dropped: %d earlier ones are kept", release, keep)
