"""Storage of kept releases: list them, move their relations between schemas, drop those beyond the limit.

A release that an object of a user depends on is not dropped.

A relation belongs to every release that lists it in audit.release_relation, by oid. While the current release lists it,
it is in its target schema, else in the schema `ntsb_<release>` of a release that lists it: dropping one kept release
never removes a relation of another one.
"""

import logging
from collections.abc import Sequence

from psycopg2.sql import SQL, Identifier

from pipeline.errors import PipelineError, printable
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse.release.foreign_objects import dependent_objects
from pipeline.warehouse.signatures import RELATION_KINDS
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

# Relations in a schema that are not part of the releases `kept`.
RELATIONS_TO_DROP = """
select oid from pg_class
where relnamespace = to_regnamespace(%s) and relkind in ('r', 'v', 'm')
    and oid not in (select oid from audit.release_relation where release = any(%s))
"""

# Relations that no release lists any longer, until the end of the publication.
REPLACED = "ntsb_replaced"

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


def move_aside(cursor: Cursor, schema: str, name: str, kind: str, kept: Sequence[str]) -> bool:
    """Move a relation to the schema of the first kept release that lists it. Return False if none does."""
    query = "select release from audit.release_relation where oid = to_regclass(%s) and release = %s"
    for release in kept:
        if fetch_value(cursor, query, f'"{schema}"."{name}"', release):
            move_relation(cursor, schema, name, kind, f"ntsb_{release}")
            return True
    return False


def drop_release(cursor: Cursor, release: str, kept: Sequence[str]) -> None:
    """Drop the schema of a release, except relations that other kept releases list: these move to theirs.

    Raises PipelineError if an object of a user depends on a relation that is dropped.
    """
    others = [other for other in kept if other != release]
    cursor.execute(RELATIONS_IN_SCHEMA, (f"ntsb_{release}",))
    for _, name, kind in cursor.fetchall():
        move_aside(cursor, f"ntsb_{release}", name, kind, others)
    drop_schema(cursor, f"ntsb_{release}")


def drop_schema(cursor: Cursor, schema: str) -> None:
    """Drop a schema. Raises PipelineError if an object of a user depends on one of its relations."""
    if names := users_of_schema(cursor, schema, []):
        raise PipelineError(
            f"schema {schema}: expected no object that depends on its relations, found {', '.join(names)}; drop them, "
            "or create them again over the schemas ntsb and mart, then run again"
        )
    cursor.execute(SQL("drop schema if exists {} cascade").format(Identifier(schema)))


def users_of_schema(cursor: Cursor, schema: str, kept: Sequence[str]) -> list[str]:
    """Return the objects of users that depend on relations of a schema that are not part of the releases `kept`."""
    cursor.execute(RELATIONS_TO_DROP, (schema, list(kept)))
    objects = dependent_objects(cursor, [oid for (oid,) in cursor.fetchall()])
    return [printable(item.description) for item in objects if item.kind != "attached"]


def releases_to_keep(cursor: Cursor, keep: int) -> list[str]:
    """Return the current release and up to `keep` others that were last current; always at least the current one."""
    return kept_releases(cursor)[: max(keep, 0) + 1]


def surplus_releases(cursor: Cursor, keep: int) -> list[str]:
    """Return the releases that have a schema and are not to be kept, with a warning for each that is used."""
    needed = releases_to_keep(cursor, keep)
    cursor.execute(RELEASE_SCHEMAS)
    schemas = [schema.removeprefix("ntsb_") for (schema,) in cursor.fetchall()]
    surplus = [release for release in schemas if release not in needed]
    used = {release: users_of_schema(cursor, f"ntsb_{release}", needed) for release in surplus}
    for release, names in used.items():
        if names:
            log.warning(
                "release %s is not dropped: expected no object that depends on schema ntsb_%s, found %s; drop them, or "
                "create them again over the schemas ntsb and mart",
                *(release, release, ", ".join(names)),
            )
    return [release for release in surplus if not used[release]]


def drop_surplus_releases(cursor: Cursor, keep: int) -> None:
    """Drop the relations of surplus releases, and those that no release lists; rows in audit.release stay."""
    drop_schema(cursor, REPLACED)
    needed = releases_to_keep(cursor, keep)
    for release in surplus_releases(cursor, keep):
        drop_release(cursor, release, needed)
        log.info("release %s is dropped; %d earlier releases are kept", release, keep)
