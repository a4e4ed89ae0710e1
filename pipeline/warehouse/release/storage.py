"""Storage of kept releases: list them, move their relations between schemas, drop those beyond the limit.

A relation belongs to every release that lists it in audit.release_relation, by oid. While the current release lists it,
it is in its target schema, else in the schema `ntsb_<release>` of a release that lists it: dropping one kept release
never removes a relation of another one.
"""

import logging
from collections.abc import Sequence

from psycopg2.sql import SQL, Identifier

from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse.signatures import RELATION_KINDS, drop
from targets.relations import Relation

log = logging.getLogger(__name__)

# Complete releases: the current one first, then by when they were last current, the latest first.
KEPT_RELEASES = """
select release.id
from audit.release as release
left join (
    select logged.id, max(publication_log.sequence) as last
    from audit.publication_log, unnest(array[from_release, to_release]) as logged (id)
    group by logged.id
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
    """Return the current release and those that a rollback can restore, the one that was last current first."""
    cursor.execute(KEPT_RELEASES)
    return [release for (release,) in cursor.fetchall()]


def move_relation(cursor: Cursor, schema: str, name: str, kind: str, to: str) -> None:
    """Move a relation with its keys, indexes and triggers; views that read it continue to do so."""
    cursor.execute(SQL("create schema if not exists {}").format(Identifier(to)))
    alter = SQL("alter {} {}").format(SQL(RELATION_KINDS[kind]), Identifier(schema, name))
    cursor.execute(SQL("{} set schema {}").format(alter, Identifier(to)))


def publish_relation(cursor: Cursor, relation: Relation, kind: str) -> None:
    """Move a candidate, which the loader may own, to its target schema, where the current user owns it."""
    move_relation(cursor, "candidate", relation.name, kind, relation.target_schema)
    published = Identifier(relation.target_schema, relation.name)
    cursor.execute(SQL("alter {} {} owner to current_user").format(SQL(RELATION_KINDS[kind]), published))


def move_aside(cursor: Cursor, schema: str, name: str, kind: str, kept: Sequence[str]) -> None:
    """Move a relation to the schema of the first kept release that lists it; drop it if none does."""
    query = "select release from audit.release_relation where oid = to_regclass(%s) and release = %s"
    for release in kept:
        if fetch_value(cursor, query, f'"{schema}"."{name}"', release):
            move_relation(cursor, schema, name, kind, f"ntsb_{release}")
            return
    drop(cursor, schema, name, kind)


def drop_release(cursor: Cursor, release: str, kept: Sequence[str]) -> None:
    """Drop the schema of a release, except relations that other kept releases list: these move to theirs."""
    others = [other for other in kept if other != release]
    cursor.execute(RELATIONS_IN_SCHEMA, (f"ntsb_{release}",))
    for _, name, kind in cursor.fetchall():
        # A relation that depended on a dropped one was dropped with it.
        if fetch_value(cursor, "select to_regclass(%s)", f'ntsb_{release}."{name}"') is not None:
            move_aside(cursor, f"ntsb_{release}", name, kind, others)
    cursor.execute(SQL("drop schema if exists {} cascade").format(Identifier(f"ntsb_{release}")))


def releases_to_keep(cursor: Cursor, keep: int) -> list[str]:
    """Return the current release and up to `keep` others that were last current; always at least the current one."""
    return kept_releases(cursor)[: max(keep, 0) + 1]


def surplus_releases(cursor: Cursor, keep: int) -> list[str]:
    """Return the releases that have a schema and are not to be kept."""
    needed = releases_to_keep(cursor, keep)
    cursor.execute(RELEASE_SCHEMAS)
    schemas = [schema.removeprefix("ntsb_") for (schema,) in cursor.fetchall()]
    return [release for release in schemas if release not in needed]


def drop_surplus_releases(cursor: Cursor, keep: int) -> None:
    """Drop the relations of surplus releases; their rows in audit.release stay."""
    needed = releases_to_keep(cursor, keep)
    for release in surplus_releases(cursor, keep):
        drop_release(cursor, release, needed)
        log.info("release %s is dropped; %d earlier releases are kept", release, keep)
