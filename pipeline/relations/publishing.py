"""Publication: candidates become the release that readers see, in one transaction.

Tables, views and accounts move from `candidate` to their homes; what they replace moves to `ntsb_<release>`, the schema
of the release it belonged to, or is dropped where the release stays the same (a table that was built again, a view that
was edited).
"""

import hashlib
import json
import logging
from collections.abc import Sequence

from pipeline.acquire.snapshot import SourceFile
from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.postgres import Cursor, scalar, transaction
from pipeline.relations import auditing, history, revising, settling, unchanged
from pipeline.relations.holding import hold
from pipeline.relations.releases import drop_release, forget, kept, move, put_aside
from pipeline.relations.signing import KINDS, clear_stale
from pipeline.relations.tracking import record_publication
from targets.relations import Relation, signed_relations

log = logging.getLogger(__name__)

RELEASED = """
insert into audit.release_relation (release, home, name, oid, stamp, rows, digest)
select %s, %s, %s, oid, stamp, rows, digest from audit.relation where oid = to_regclass(%s)
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
    clear_stale(cursor, relations)
    before = scalar(cursor, "select id from audit.release where is_current")
    release = release_id(cursor, relations)
    stamps = history.typed_stamps(cursor, [file.source for file in files])
    require_made(cursor, relations)
    known = history.stamps_of(cursor, before) if before == release else {}
    places, touched = coming(cursor)
    history.keep(cursor, before, release, stamps, places, touched, connections)
    if is_news := not (known and unchanged.is_unchanged(cursor, relations, known, stamps)):
        settling.settle(cursor, relations, files)
        finish_audit(cursor, relations)
        put_in_place(cursor, relations, before, release)
    else:
        unchanged.renew(cursor, relations)
    record(cursor, release, snapshot, relations, files)
    record_publication(cursor, "publish" if is_news else "", before, release, files)
    forget(cursor, keep)
    log.info("release %s of snapshot %s is published", release, snapshot)
    return release


def put_in_place(cursor: Cursor, relations: Sequence[Relation], before: str | None, release: str) -> None:
    """Moves the candidates to their homes, and what stands there out of the way."""
    hold(cursor, displaced(cursor, relations))
    for relation in relations:
        if kind := relation_kind(cursor, "candidate", relation.name):
            displace(cursor, relation, before, is_same=before == release)
            cursor.execute(f'alter {KINDS[kind]} candidate."{relation.name}" set schema {relation.home}')


def finish_audit(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Asks the checks that waited for the views, before anybody sees these."""
    for relation in relations:
        if relation.name == "check_result" and relation_kind(cursor, "candidate", relation.name):
            auditing.finish(cursor, relation)


def require_made(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Raises PipelineError where a relation is not as its step made it: else a release could be half another's."""
    found = signed_relations(cursor)
    spoilt = [
        f"{each.home}.{each.name}"
        for each in relations
        if each.stamp not in (found.get(("candidate", each.name)), found.get((each.home, each.name)))
    ]
    if spoilt:
        raise PipelineError(
            f"publication: expected every relation as its step made it, found {', '.join(spoilt)} gone or written to "
            "since; readers keep the last release; run again, and what is missing is made again"
        )


def coming(cursor: Cursor) -> tuple[dict[str, str], str]:
    """({table: where its new rows lie}, relation that lists the touched events, empty where all may be)."""
    revised = {table: f"revision.{table}" for table in revising.revised(cursor)}
    return history.coming(cursor, "candidate") | revised, "revision.touched" if revised else ""


def release_id(cursor: Cursor, relations: Sequence[Relation]) -> str:
    """12 hex digits over name, rows and digest of every ntsb table: the same rows give the same id everywhere."""
    facts = []
    for relation in sorted(relations, key=lambda each: each.name):
        if relation.home == "ntsb":
            schema = "candidate" if relation_kind(cursor, "candidate", relation.name) else "ntsb"
            query = "select rows, digest from audit.relation where oid = to_regclass(%s)"
            cursor.execute(query, (f"{schema}.{relation.name}",))
            facts.append([relation.name, *(cursor.fetchone() or (None, None))])
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]


def relation_kind(cursor: Cursor, schema: str, name: str) -> str | None:
    """r, v or m where schema.name is there, else None."""
    found = scalar(cursor, "select relkind from pg_class where oid = to_regclass(%s)", f'"{schema}"."{name}"')
    return str(found) if found else None


def displaced(cursor: Cursor, relations: Sequence[Relation]) -> list[int]:
    """What stands in the homes of those relations that have a candidate."""
    pairs = [(f"{each.home}.{each.name}", f"candidate.{each.name}") for each in relations]
    query = """
        select to_regclass(home)::oid from unnest(%s, %s) as pair (home, candidate)
        where to_regclass(home) is not null and to_regclass(candidate) is not null
    """
    cursor.execute(query, ([home for home, _ in pairs], [candidate for _, candidate in pairs]))
    return [oid for (oid,) in cursor.fetchall()]


def displace(cursor: Cursor, relation: Relation, before: str | None, is_same: bool) -> None:
    """Makes room in the home: what is there goes with its release, or, where that stays, with one that needs it."""
    kind = relation_kind(cursor, relation.home, relation.name)
    if kind is None:
        return
    if is_same or before is None:
        others = [release for release in kept(cursor) if release != before]
        put_aside(cursor, relation.home, relation.name, kind, others)
        return
    move(cursor, relation.home, relation.name, kind, f"ntsb_{before}")


def record(
    cursor: Cursor, release: str, snapshot: str, relations: Sequence[Relation], files: Sequence[SourceFile]
) -> None:
    """Writes audit.release and audit.release_relation, and lets readers in."""
    sources = json.dumps([{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} for file in files])
    # An earlier publication of the same rows needs no copy of its own.
    drop_release(cursor, release, kept(cursor))
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
        cursor.execute(RELEASED, (release, each.home, each.name, f"{each.home}.{each.name}"))
    if scalar(cursor, "select exists (select from pg_roles where rolname = 'ntsb_reader')"):
        cursor.execute("grant select on all tables in schema ntsb, mart, audit, code_mappings to ntsb_reader")


def current_release() -> str:
    """The id of the release that readers see. Raises DatabaseUnavailable where nothing is published."""
    with transaction(read_only=True) as cursor:
        found = scalar(cursor, "select id from audit.release where is_current")
    if found is None:
        raise DatabaseUnavailable("nothing is published in this database yet: run `luigi --module pipeline AllReports`")
    return str(found)


def publications() -> dict[str, int]:
    """{release: number of its publication, 1 the first} of every release that this database has had."""
    with transaction(read_only=True) as cursor:
        cursor.execute("select id, publication from audit.release order by publication")
        return {str(release): int(number) for release, number in cursor.fetchall()}
