"""Publication: candidates become the release that readers see, in one transaction.

Tables, views and accounts move from `candidate` to their homes; what they replace moves to `ntsb_<release>`, the schema
of the release it belonged to, or is dropped where the release stays the same (a table that was built again, a view that
was edited).

Settling: the revision in the making goes into the published tables, inside the transaction of a publication.

Views and materialized views that were made over the views that stood for tables are made again over the tables
themselves, as candidates that publication then moves like any other. Those of the release before keep what they said.

Unchanged: a publication of what readers see already, as after a new file with the same rows.

Nothing is moved then: tables, views, and what users have built upon them stay, and only their fingerprints are renewed.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.ingest.snapshot import SourceFile
from pipeline.postgres.connection import Cursor, fetch_value, transaction
from pipeline.warehouse import history, merge, views
from pipeline.warehouse.incremental import update
from pipeline.warehouse.quality import checks
from pipeline.warehouse.release.locks import lock_relations
from pipeline.warehouse.release.publication_log import record_publication
from pipeline.warehouse.release.storage import (
    drop_release,
    drop_surplus_releases,
    kept_releases,
    move_aside,
    move_relation,
)
from pipeline.warehouse.signatures import RELATION_KINDS, drop_if_exists, drop_stale
from targets.relations import Relation, signed_relations

log = logging.getLogger(__name__)

INSERT_RELATION = """
insert into audit.release_relation (release, target_schema, name, oid, fingerprint, rows, digest)
select %s, %s, %s, oid, fingerprint, rows, digest from audit.relation where oid = to_regclass(%s)
"""


def publish(
    cursor: Cursor,
    relations: Sequence[Relation],
    snapshot: str,
    files: Sequence[SourceFile],
    keep: int,
    connections: int = 1,
) -> str:
    """Publishes the relations and returns the release's id. The caller's transaction makes it all or nothing.

    Where readers see all of it already, as after a new file with the same rows, nothing is moved. Several connections
    compare the release before with this one.
    """
    # Serialises two publications; readers are not held up.
    cursor.execute("lock table audit.release in exclusive mode")
    drop_stale(cursor, relations)
    before = fetch_value(cursor, "select id from audit.release where is_current")
    release = release_id(cursor, relations)
    fingerprints = history.typed_fingerprints(cursor, [file.source for file in files])
    require_intact_candidates(cursor, relations)
    known = history.release_fingerprints(cursor, before) if before == release else {}
    places, touched = new_rows_location(cursor)
    history.record_change(cursor, before, release, fingerprints, places, touched, connections)
    if is_news := not (known and is_unchanged(cursor, relations, known, fingerprints)):
        apply_incremental_update(cursor, relations, files)
        finish_checks(cursor, relations)
        move_candidates(cursor, relations, before, release)
    else:
        renew_fingerprints(cursor, relations)
    record_release(cursor, release, snapshot, relations, files)
    record_publication(cursor, "publish" if is_news else "", before, release, files)
    drop_surplus_releases(cursor, keep)
    log.info("release %s of snapshot %s is published", release, snapshot)
    return release


def move_candidates(cursor: Cursor, relations: Sequence[Relation], before: str | None, release: str) -> None:
    """Moves the candidates to their homes, and what stands there out of the way."""
    lock_relations(cursor, relations_to_replace(cursor, relations))
    for relation in relations:
        if kind := relation_kind(cursor, "candidate", relation.name):
            move_replaced(cursor, relation, before, is_same=before == release)
            cursor.execute(
                f'alter {RELATION_KINDS[kind]} candidate."{relation.name}" set schema {relation.target_schema}'
            )


def finish_checks(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Asks the checks that waited for the views, before anybody sees these."""
    for relation in relations:
        if relation.name == "check_result" and relation_kind(cursor, "candidate", relation.name):
            checks.run_postponed_checks(cursor, relation)


def require_intact_candidates(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Raises PipelineError where a relation is not as its step made it: else a release could be half another's."""
    found = signed_relations(cursor)
    spoilt = [
        f"{each.target_schema}.{each.name}"
        for each in relations
        if each.fingerprint not in (found.get(("candidate", each.name)), found.get((each.target_schema, each.name)))
    ]
    if spoilt:
        raise PipelineError(
            f"publication: expected every relation as its step made it, found {', '.join(spoilt)} gone or written to "
            "since; readers keep the last release; run again, and what is missing is made again"
        )


def new_rows_location(cursor: Cursor) -> tuple[dict[str, str], str]:
    """({table: where its new rows lie}, relation that lists the touched events, empty where all may be)."""
    revised = {table: f"revision.{table}" for table in update.updated_tables(cursor)}
    return history.tables_in_schema(cursor, "candidate") | revised, "revision.touched" if revised else ""


def release_id(cursor: Cursor, relations: Sequence[Relation]) -> str:
    """12 hex digits over name, rows and digest of every ntsb table: the same rows give the same id everywhere."""
    facts = []
    for relation in sorted(relations, key=lambda each: each.name):
        if relation.target_schema == "ntsb":
            schema = "candidate" if relation_kind(cursor, "candidate", relation.name) else "ntsb"
            query = "select rows, digest from audit.relation where oid = to_regclass(%s)"
            cursor.execute(query, (f"{schema}.{relation.name}",))
            facts.append([relation.name, *(cursor.fetchone() or (None, None))])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def relation_kind(cursor: Cursor, schema: str, name: str) -> str | None:
    """r, v or m where schema.name is there, else None."""
    found = fetch_value(cursor, "select relkind from pg_class where oid = to_regclass(%s)", f'"{schema}"."{name}"')
    return str(found) if found else None


def relations_to_replace(cursor: Cursor, relations: Sequence[Relation]) -> list[int]:
    """What stands in the homes of those relations that have a candidate."""
    pairs = [(f"{each.target_schema}.{each.name}", f"candidate.{each.name}") for each in relations]
    query = """
        select to_regclass(published)::oid from unnest(%s, %s) as pair (published, candidate)
        where to_regclass(published) is not null and to_regclass(candidate) is not null
    """
    cursor.execute(query, ([published for published, _ in pairs], [candidate for _, candidate in pairs]))
    return [oid for (oid,) in cursor.fetchall()]


def move_replaced(cursor: Cursor, relation: Relation, before: str | None, is_same: bool) -> None:
    """Makes room in the home: what is there goes with its release, or, where that stays, with one that needs it."""
    kind = relation_kind(cursor, relation.target_schema, relation.name)
    if kind is None:
        return
    if is_same or before is None:
        others = [release for release in kept_releases(cursor) if release != before]
        move_aside(cursor, relation.target_schema, relation.name, kind, others)
        return
    move_relation(cursor, relation.target_schema, relation.name, kind, f"ntsb_{before}")


def record_release(
    cursor: Cursor, release: str, snapshot: str, relations: Sequence[Relation], files: Sequence[SourceFile]
) -> None:
    """Writes audit.release and audit.release_relation, and lets readers in."""
    sources = json.dumps([{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} for file in files])
    # An earlier publication of the same rows needs no copy of its own.
    drop_release(cursor, release, kept_releases(cursor))
    cursor.execute("update audit.release set is_current = false")
    cursor.execute(
        """
        insert into audit.release (id, snapshot, publication, is_current, sources)
        values (%s, %s, (select coalesce(max(publication), 0) + 1 from audit.release), true, %s)
        on conflict (id) do update set snapshot = excluded.snapshot, is_current = true, sources = excluded.sources
        """,
        (release, snapshot, sources),
    )
    cursor.execute("delete from audit.release_relation where release = %s", (release,))
    for each in relations:
        cursor.execute(INSERT_RELATION, (release, each.target_schema, each.name, f"{each.target_schema}.{each.name}"))
    if fetch_value(cursor, "select exists (select from pg_roles where rolname = 'ntsb_reader')"):
        cursor.execute("grant select on all tables in schema ntsb, mart, audit, code_mappings to ntsb_reader")


def current_release() -> str:
    """The id of the release that readers see. Raises DatabaseUnavailable where nothing is published."""
    with transaction(read_only=True) as cursor:
        found = fetch_value(cursor, "select id from audit.release where is_current")
    if found is None:
        raise DatabaseUnavailable("nothing is published in this database yet: run `luigi --module pipeline AllReports`")
    return str(found)


def publications() -> dict[str, int]:
    """{release: number of its publication, 1 the first} of every release that this database has had."""
    with transaction(read_only=True) as cursor:
        cursor.execute("select id, publication from audit.release order by publication")
        return {str(release): int(number) for release, number in cursor.fetchall()}


def apply_incremental_update(cursor: Cursor, relations: Sequence[Relation], files: Sequence[SourceFile]) -> None:
    """Changes the published tables and signs them as their stand-ins were; does nothing where there is no revision."""
    tables = update.updated_tables(cursor)
    signed = {table: _signature_of(cursor, table) for table in tables}
    candidate_views = [each for each in relations if tables and _is_candidate_view(cursor, each.name)]
    update.apply_update(cursor, "ntsb", tables)
    cursor.execute("set local search_path = ntsb, public")
    for table in tables:
        merge.add_comments(cursor, table, [file.source for file in files])
    # In any case: what is left of a revision of the tables that now go is of no use.
    update.end(cursor)
    for table, (fingerprint, rows, sums) in signed.items():
        cursor.execute("select audit.sign(%s, %s, %s, %s)", (f"ntsb.{table}", fingerprint, rows, sums))
    for relation in sorted(candidate_views, key=lambda each: views.view_names().index(each.name)):
        views.create_view(cursor, relation, [])


def _signature_of(cursor: Cursor, table: str) -> tuple[Any, ...]:
    cursor.execute(
        "select fingerprint, rows, sums from audit.relation where oid = to_regclass(%s)", (f"candidate.{table}",)
    )
    return cursor.fetchone() or ()


def _is_candidate_view(cursor: Cursor, name: str) -> bool:
    return name in views.view_names() and fetch_value(cursor, "select to_regclass(%s)", f"candidate.{name}") is not None


SAME_ROWS = """
select published.digest = waiting.digest and published.shape = audit.shape(published.oid)
from audit.relation as published, audit.relation as waiting
where published.oid = to_regclass(%s) and waiting.oid = to_regclass(%s)
"""

# Checks on views wait for publication: the same rows give them the same answers.
SAME_RESULTS = """
select not exists (
    select to_jsonb(waiting) from candidate.check_result as waiting where status <> 'postponed'
    except
    select to_jsonb(published) from audit.check_result as published
) and (select array_agg(check_name order by check_name) from candidate.check_result)
= (select array_agg(check_name order by check_name) from audit.check_result)
"""

# What a view says of itself and asks, and its indexes, without the schemas that its search_path finds.
VIEW_DEFINITION = """
select class.relkind, concat_ws(' ', obj_description(class.oid, 'pg_class'), pg_get_viewdef(class.oid)), (
    select array_agg(regexp_replace(pg_get_indexdef(indexrelid), ' ON .* USING ', ' USING ') order by indexrelid)
    from pg_index
    where indrelid = class.oid
)
from pg_class as class
where class.oid = to_regclass(%s)
"""


def is_unchanged(
    cursor: Cursor, relations: Sequence[Relation], before: Mapping[str, str], now: Mapping[str, str]
) -> bool:
    """True where every candidate says what stands in its home. `before`, `now`: history.typed_fingerprints of both.

    Rows alone do not tell: an index or a comment may be new, so tables must have been made in the same way.
    """
    ways = {fingerprint.partition(" ")[2] for fingerprint in (*before.values(), *now.values())}
    return len(ways) == 1 and all(is_same(cursor, each) for each in with_candidate(cursor, relations))


def with_candidate(cursor: Cursor, relations: Sequence[Relation]) -> list[Relation]:
    """Those that have a candidate."""
    return [each for each in relations if fetch_value(cursor, "select to_regclass(%s)", f'candidate."{each.name}"')]


def is_same(cursor: Cursor, relation: Relation) -> bool:
    """True where the candidate says what the published relation says."""
    published, candidate = f"{relation.target_schema}.{relation.name}", f"candidate.{relation.name}"
    if relation.name in views.view_names():
        return view_definition(cursor, relation, relation.target_schema) == view_definition(
            cursor, relation, "candidate"
        )
    if relation.name == "check_result":
        return fetch_value(cursor, "select to_regclass(%s)", published) is not None and bool(
            fetch_value(cursor, SAME_RESULTS)
        )
    return bool(fetch_value(cursor, SAME_ROWS, published, candidate))


def view_definition(cursor: Cursor, relation: Relation, schema: str) -> tuple[object, ...] | None:
    """A view's kind once it is published, its words, and its indexes; None where it is not there."""
    first = "candidate, " if schema == "candidate" else ""
    cursor.execute(f"set local search_path = {first}ntsb, mart, audit, code_mappings, public")
    cursor.execute(VIEW_DEFINITION, (f"{schema}.{relation.name}",))
    kind, words, indexes = cursor.fetchone() or (None, None, None)
    if schema == "candidate" and kind == "v" and views.unique_key(views.view_file(relation.name)):
        # A revision's stand-in for a materialized view; its index follows from the same line of its file.
        return "m", words
    return (kind, words, indexes)[: 2 if kind == "m" and update.is_active(cursor) else 3] if kind else None


def renew_fingerprints(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Signs what is published with the candidates' fingerprints, and drops the candidates."""
    for relation in with_candidate(cursor, relations):
        published = f"{relation.target_schema}.{relation.name}"
        cursor.execute(
            "update audit.relation set fingerprint = %s where oid = to_regclass(%s)", (relation.fingerprint, published)
        )
    update.end(cursor)
    for relation in relations:
        drop_if_exists(cursor, "candidate", relation.name)
