"""Publication: candidates become the current release, in one transaction.

Each candidate moves to its target schema. What it replaces, and what the release before published under a name that is
no longer used, moves to `ntsb_<release>`, the schema of the release before; where the release stays the same (a table
was built again, a view was edited), it is dropped unless another kept release needs it. An incremental update changes
the published tables instead, and views over them are created again. So are objects of users (see `foreign_objects`).

Where the candidates equal what is published, as after a new file with the same rows, nothing moves: tables, views and
objects that users have created over them stay, and only fingerprints are updated.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence

from psycopg2.sql import SQL, Identifier

from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.ingest.snapshot import MADE_UP, SourceFile
from pipeline.postgres.connection import Cursor, fetch_value, relation_exists, transaction
from pipeline.warehouse import history, incremental, merge, views
from pipeline.warehouse.overlay.published import PUBLISHED, applied_relation
from pipeline.warehouse.quality import checks
from pipeline.warehouse.release import foreign_objects
from pipeline.warehouse.release.foreign_objects import ForeignObject
from pipeline.warehouse.release.publication_log import record_publication
from pipeline.warehouse.release.storage import (
    REPLACED,
    drop_release,
    drop_surplus_releases,
    kept_releases,
    move_aside,
    move_relation,
    publish_relation,
)
from pipeline.warehouse.signatures import drop_if_exists, drop_stale
from targets.relations import Relation, signed_relations

log = logging.getLogger(__name__)

INSERT_RELEASE = """
insert into audit.release (id, snapshot, publication, is_current, sources)
values (%s, %s, (select coalesce(max(publication), 0) + 1 from audit.release), true, %s)
on conflict (id) do update set snapshot = excluded.snapshot, is_current = true, sources = excluded.sources
"""

INSERT_RELATION = """
insert into audit.release_relation (release, target_schema, name, oid, fingerprint, rows, digest)
select %s, %s, %s, oid, fingerprint, rows, digest from audit.relation where oid = to_regclass(%s)
"""

PUBLISHED_RELATIONS = """
select listed.oid, listed.target_schema, listed.name, listed.fingerprint
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
where listed.release = %s and class.relnamespace = to_regnamespace(listed.target_schema)
order by listed.target_schema, listed.name
"""

# An incremental update has no comments: publication adds them.
SAME_ROWS = """
select published.digest = candidate.digest and published.shape = audit.shape(published.oid)
    and (candidate.shaped_as is not null or audit.column_comments(published.oid) = audit.column_comments(candidate.oid))
from audit.relation as published, audit.relation as candidate
where published.oid = to_regclass(%s) and candidate.oid = to_regclass(%s)
"""

# Checks on views are postponed until publication: over the same rows they have the same results.
SAME_RESULTS = """
select not exists (
    select to_jsonb(candidate) from candidate.check_result as candidate where status <> 'postponed'
    except
    select to_jsonb(published) from audit.check_result as published
) and (select array_agg(check_name order by check_name) from candidate.check_result)
= (select array_agg(check_name order by check_name) from audit.check_result)
"""

# Kind, comments and query, and indexes of a view; names that its search_path finds have no schema.
VIEW_DEFINITION = """
select class.relkind, concat_ws(
    ' ', obj_description(class.oid, 'pg_class'), audit.column_comments(class.oid), pg_get_viewdef(class.oid)
), (
    select array_agg(regexp_replace(pg_get_indexdef(indexrelid), ' ON .* USING ', ' USING ') order by indexrelid)
    from pg_index
    where indrelid = class.oid
)
from pg_class as class
where class.oid = to_regclass(%s)
"""


def publish(
    cursor: Cursor,
    relations: Sequence[Relation],
    snapshot: str,
    files: Sequence[SourceFile],
    keep: int,
    connections: int = 1,
    limits: Mapping[str, float] | None = None,
) -> str:
    """Publish the relations and return the id of the release. The caller commits or rolls back the transaction.

    `keep` is the number of earlier releases to keep; `connections` the number used to compare with the release before;
    `limits` are the settings of [Checks].
    Raises PipelineError if a candidate is missing or modified, and ChecksFailed if a postponed check fails.
    """
    # One publication at a time; readers are not blocked.
    cursor.execute("lock table audit.release in exclusive mode")
    drop_stale(cursor, relations)
    before = fetch_value(cursor, "select id from audit.release where is_current")
    release = release_id(cursor, relations)
    fingerprints = history.typed_fingerprints(cursor, [file.source for file in files])
    require_intact_candidates(cursor, relations)
    compared = fingerprints_to_compare(cursor, relations, before, release)
    history.record_change(cursor, before, release, fingerprints, *new_rows_location(cursor), connections)
    objects: Sequence[ForeignObject] = []
    if has_changes := not is_unchanged(cursor, relations, compared, fingerprints):
        objects = replace_relations(cursor, relations, files, before, release, limits or {})
    else:
        renew_fingerprints(cursor, relations)
    record_release(cursor, release, snapshot, relations, files)
    record_publication(cursor, "publish" if has_changes else "", before, release, files)
    foreign_objects.recreate(cursor, objects, "publication")
    drop_surplus_releases(cursor, keep)
    log.info("release %s of snapshot %s is published", release, snapshot)
    return release


def release_id(cursor: Cursor, relations: Sequence[Relation]) -> str:
    """Return 12 hex digits over name, rows and digest of every ntsb table; equal rows give equal ids everywhere."""
    tables = []
    for relation in sorted(relations, key=lambda relation: relation.name):
        if relation.target_schema == "ntsb":
            schema = "candidate" if relation_kind(cursor, "candidate", relation.name) else "ntsb"
            query = "select rows, digest from audit.relation where oid = to_regclass(%s)"
            cursor.execute(query, (f"{schema}.{relation.name}",))
            tables.append([relation.name, *(cursor.fetchone() or (None, None))])
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()[:12]


def require_intact_candidates(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Raise PipelineError if a relation is missing or was modified after its task finished."""
    signed = signed_relations(cursor)
    modified = [
        f"{relation.target_schema}.{relation.name}"
        for relation in relations
        if relation.fingerprint
        not in (
            signed.get(("candidate", relation.name)),
            signed.get((relation.target_schema, relation.name)),
        )
    ]
    if modified:
        raise PipelineError(
            f"publication: expected every relation as its task created it, found {', '.join(modified)} missing or "
            "modified; the last release stays current; run again to create them"
        )


def new_rows_location(cursor: Cursor) -> tuple[dict[str, str], str]:
    """Return ({table: relation with its new rows}, relation that lists the changed events, or "" without update)."""
    updated = incremental.updated_tables(cursor)
    locations = history.tables_in_schema(cursor, "candidate") | incremental.new_rows(updated)
    locations |= {"applied_correction": applied_relation(cursor) or PUBLISHED}
    return locations, incremental.CHANGED_EVENTS if updated else ""


def apply_incremental_update(cursor: Cursor, relations: Sequence[Relation], files: Sequence[SourceFile]) -> None:
    """Apply the incremental update to the published tables; create candidate views again over these.

    Without an update it only removes what is left of one whose tables have been built as a whole since.
    """
    tables = incremental.updated_tables(cursor)
    signatures = {table: incremental.candidate_signature(cursor, table) for table in tables}
    candidate_views = [relation for relation in relations if tables and _is_candidate_view(cursor, relation.name)]
    incremental.apply_update(cursor, "ntsb", tables)
    cursor.execute("set local search_path = ntsb, public")
    for table in tables:
        merge.add_comments(cursor, table, [file.source for file in files])
    incremental.end(cursor)
    incremental.sign_updated(cursor, "ntsb", signatures)
    for relation in sorted(candidate_views, key=lambda relation: views.view_names().index(relation.name)):
        views.create_view(cursor, relation, [])


def _is_candidate_view(cursor: Cursor, name: str) -> bool:
    return name in views.view_names() and relation_exists(cursor, f"candidate.{name}")


def finish_checks(cursor: Cursor, relations: Sequence[Relation], limits: Mapping[str, float]) -> None:
    """Run the postponed checks. Raises ChecksFailed if one of them stops publication."""
    for relation in relations:
        if relation.name == "check_result" and relation_kind(cursor, "candidate", relation.name):
            checks.run_postponed_checks(cursor, relation, limits)


def replace_relations(
    cursor: Cursor,
    relations: Sequence[Relation],
    files: Sequence[SourceFile],
    before: str | None,
    release: str,
    limits: Mapping[str, float],
) -> list[ForeignObject]:
    """Update or replace the published relations, and return the objects of users to be created again over the new ones.

    Raises PipelineError if one cannot be created again, and ChecksFailed if a postponed check fails.
    """
    removed = removed_relations(cursor, relations, before)
    oids = [*relations_to_replace(cursor, relations), *(oid for oid, _ in removed)]
    objects = foreign_objects.dependent_objects(cursor, oids)
    foreign_objects.require_recreatable(cursor, objects, "publication", foreign_objects.additions(cursor, oids))
    foreign_objects.drop_foreign_keys(cursor, objects, oids, "publication")
    apply_incremental_update(cursor, relations, files)
    finish_checks(cursor, relations, limits)
    # The views over updated tables are candidates now.
    oids = [*relations_to_replace(cursor, relations), *(oid for oid, _ in removed)]
    objects = foreign_objects.lock(cursor, oids, oids, objects, "publication")
    move_candidates(cursor, relations, removed, before, release)
    return objects


def move_candidates(
    cursor: Cursor,
    relations: Sequence[Relation],
    removed: Sequence[tuple[int, Relation]],
    before: str | None,
    release: str,
) -> None:
    """Move what candidates replace, and `removed` relations, out of the target schemas, then the candidates there."""
    for _, relation in removed:
        move_replaced(cursor, relation, before, is_same=before == release)
    for relation in relations:
        if kind := relation_kind(cursor, "candidate", relation.name):
            move_replaced(cursor, relation, before, is_same=before == release)
            publish_relation(cursor, relation, kind)


def relations_to_replace(cursor: Cursor, relations: Sequence[Relation]) -> list[int]:
    """Return the oids of the published relations that have a candidate."""
    pairs = [(f"{relation.target_schema}.{relation.name}", f"candidate.{relation.name}") for relation in relations]
    query = """
        select to_regclass(published)::oid from unnest(%s, %s) as pair (published, candidate)
        where to_regclass(published) is not null and to_regclass(candidate) is not null
    """
    cursor.execute(query, ([published for published, _ in pairs], [candidate for _, candidate in pairs]))
    return [oid for (oid,) in cursor.fetchall()]


def removed_relations(cursor: Cursor, relations: Sequence[Relation], before: str | None) -> list[tuple[int, Relation]]:
    """Return (oid, relation) of each published relation of release `before` that is not in `relations`."""
    listed = {(relation.target_schema, relation.name) for relation in relations}
    cursor.execute(PUBLISHED_RELATIONS, (before,))
    published = [(oid, Relation(*names)) for oid, *names in cursor.fetchall()]
    return [(oid, old) for oid, old in published if (old.target_schema, old.name) not in listed]


def move_replaced(cursor: Cursor, relation: Relation, before: str | None, is_same: bool) -> None:
    """Move the published relation, if any, to the schema of its release.

    If that release stays current, moves it to the schema of a kept release that lists it, or to one that is dropped.
    """
    kind = relation_kind(cursor, relation.target_schema, relation.name)
    if kind is None:
        return
    if is_same or before is None:
        others = [release for release in kept_releases(cursor) if release != before]
        if not move_aside(cursor, relation.target_schema, relation.name, kind, others):
            move_relation(cursor, relation.target_schema, relation.name, kind, REPLACED)
        return
    move_relation(cursor, relation.target_schema, relation.name, kind, f"ntsb_{before}")


def relation_kind(cursor: Cursor, schema: str, name: str) -> str | None:
    """Return r, v or m for a table, view or materialized view; None if there is no such relation."""
    kind = fetch_value(cursor, "select relkind from pg_class where oid = to_regclass(%s)", f'"{schema}"."{name}"')
    return str(kind) if kind else None


def record_release(
    cursor: Cursor, release: str, snapshot: str, relations: Sequence[Relation], files: Sequence[SourceFile]
) -> None:
    """Record the release as the current one in audit.release and audit.release_relation, and grant it to readers."""
    sources = [{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} for file in files]
    for source, file in zip(sources, files, strict=True):
        source |= {MADE_UP: True} if file.remarks.get(MADE_UP) else {}
    # The copy from an earlier publication of the same rows is not needed.
    drop_release(cursor, release, kept_releases(cursor))
    cursor.execute("update audit.release set is_current = false")
    cursor.execute(INSERT_RELEASE, (release, snapshot, json.dumps(sources)))
    cursor.execute("delete from audit.release_relation where release = %s", (release,))
    for relation in relations:
        published = f"{relation.target_schema}.{relation.name}"
        cursor.execute(INSERT_RELATION, (release, relation.target_schema, relation.name, published))
    cursor.execute("select audit.grant_access()")


def current_release() -> str:
    """Return the id of the current release. Raises DatabaseUnavailable if nothing is published."""
    with transaction(read_only=True) as cursor:
        release = fetch_value(cursor, "select id from audit.release where is_current")
    if release is None:
        raise DatabaseUnavailable(
            "database: expected a published release, found none; run `luigi --module pipeline AllReports`"
        )
    return str(release)


def publications() -> dict[str, int]:
    """Return {release: number of its publication, from 1} of every release in the history of this database."""
    with transaction(read_only=True) as cursor:
        cursor.execute("select id, publication from audit.release order by publication")
        return {str(release): int(number) for release, number in cursor.fetchall()}


def fingerprints_to_compare(
    cursor: Cursor, relations: Sequence[Relation], before: str | None, release: str
) -> dict[str, str]:
    """Return the fingerprints of release `before`.

    They are empty if its rows differ from `release`, or if it has relations that are not in `relations`.
    """
    if before != release or removed_relations(cursor, relations, before):
        return {}
    return history.release_fingerprints(cursor, release)


def is_unchanged(
    cursor: Cursor, relations: Sequence[Relation], before: Mapping[str, str], now: Mapping[str, str]
) -> bool:
    """Return True if every candidate equals the published relation. `before`, `now`: history.typed_fingerprints.

    Equal rows do not suffice: an index may differ, so the same code must have built the tables.
    """
    if not before:
        return False
    code_digests = history.code_digests((*before.values(), *now.values()))
    return len(code_digests) == 1 and all(is_same(cursor, relation) for relation in with_candidate(cursor, relations))


def with_candidate(cursor: Cursor, relations: Sequence[Relation]) -> list[Relation]:
    """Return the relations that have a candidate."""
    return [relation for relation in relations if relation_exists(cursor, f'candidate."{relation.name}"')]


def is_same(cursor: Cursor, relation: Relation) -> bool:
    """Return True if the candidate equals the published relation: for views its definition, else rows or results."""
    published, candidate = f"{relation.target_schema}.{relation.name}", f"candidate.{relation.name}"
    if relation.name in views.view_names():
        definitions = [view_definition(cursor, relation, schema) for schema in (relation.target_schema, "candidate")]
        return definitions[0] == definitions[1]
    if relation.name == "check_result":
        return relation_exists(cursor, published) and bool(fetch_value(cursor, SAME_RESULTS))
    return bool(fetch_value(cursor, SAME_ROWS, published, candidate))


def view_definition(cursor: Cursor, relation: Relation, schema: str) -> tuple[object, ...] | None:
    """Return (kind once published, comments with query, indexes) of a view; None if it does not exist.

    During an incremental update the indexes of a materialized view are omitted, because its candidate is a plain view.
    """
    published = ["ntsb", "staging", "mart", "audit", "code_mappings", "public"]
    path = ["candidate", *published] if schema == "candidate" else published
    cursor.execute(SQL("set local search_path = {}").format(SQL(", ").join(map(Identifier, path))))
    cursor.execute(VIEW_DEFINITION, (f"{schema}.{relation.name}",))
    kind, text, indexes = cursor.fetchone() or (None, None, None)
    if kind is None:
        return None
    if schema == "candidate" and kind == "v" and views.unique_key(views.view_file(relation.name)):
        # Publication creates it as a materialized view, with the index that its file determines.
        return "m", text
    return (kind, text) if kind == "m" and incremental.is_active(cursor) else (kind, text, indexes)


def renew_fingerprints(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Give the published relations the fingerprints of their candidates, and drop the candidates."""
    for relation in with_candidate(cursor, relations):
        published = f"{relation.target_schema}.{relation.name}"
        cursor.execute(
            "update audit.relation set fingerprint = %s where oid = to_regclass(%s)", (relation.fingerprint, published)
        )
    incremental.end(cursor)
    for relation in relations:
        drop_if_exists(cursor, "candidate", relation.name)
