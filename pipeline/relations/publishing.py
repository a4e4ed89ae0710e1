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
from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import Cursor, scalar, transaction
from pipeline.relations.patience import patiently
from pipeline.relations.signing import KINDS, clear_stale, drop
from targets.relations import Relation

log = logging.getLogger(__name__)

LOADED = """
insert into audit.load_tracking
select %(sha256)s, %(source)s, %(bytes)s, 'published', sum(rows_in), sum(rows_published), sum(rows_quarantined),
    sum(rows_superseded), %(release)s, %(release)s
from audit.row_conservation
where source_file = %(source)s
on conflict (sha256) do update set
    rows_in = excluded.rows_in, rows_published = excluded.rows_published, rows_quarantined = excluded.rows_quarantined,
    rows_superseded = excluded.rows_superseded, last_release = excluded.last_release
"""

RELEASED = """
insert into audit.release_relation (release, home, name, oid, stamp, rows, digest)
select %s, %s, %s, oid, stamp, rows, digest from audit.relation where oid = to_regclass(%s)
"""


def publish(
    cursor: Cursor, relations: Sequence[Relation], snapshot: str, files: Sequence[SourceFile], keep: int
) -> str:
    """Publishes the relations and returns the release's id. The caller's transaction makes it all or nothing."""
    # Serialises two publications; readers are not held up.
    cursor.execute("lock table audit.release in exclusive mode")
    clear_stale(cursor, relations)
    before = scalar(cursor, "select id from audit.release where is_current")
    release = release_id(cursor, relations)
    patiently(cursor, lambda: move(cursor, relations, before, release))
    record(cursor, release, snapshot, relations, files)
    forget(cursor, keep)
    log.info("release %s of snapshot %s is published", release, snapshot)
    return release


def move(cursor: Cursor, relations: Sequence[Relation], before: str | None, release: str) -> None:
    """Brings every candidate to its home, in the place of what was there."""
    for relation in relations:
        if kind := relation_kind(cursor, "candidate", relation.name):
            displace(cursor, relation, before, is_same=before == release)
            cursor.execute(f'alter {KINDS[kind]} candidate."{relation.name}" set schema {relation.home}')


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


def displace(cursor: Cursor, relation: Relation, before: str | None, is_same: bool) -> None:
    """Makes room in the home: what is there goes with its release, or is dropped where the release is the same."""
    kind = relation_kind(cursor, relation.home, relation.name)
    if kind is None:
        return
    if is_same or before is None:
        drop(cursor, relation.home, relation.name, kind)
        return
    cursor.execute(f"create schema if not exists ntsb_{before}")
    cursor.execute(f'alter {KINDS[kind]} {relation.home}."{relation.name}" set schema ntsb_{before}')


def record(
    cursor: Cursor, release: str, snapshot: str, relations: Sequence[Relation], files: Sequence[SourceFile]
) -> None:
    """Writes audit.release, audit.release_relation and audit.load_tracking, and lets readers in."""
    sources = json.dumps([{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} for file in files])
    # An earlier publication of the same rows needs no copy of its own.
    cursor.execute(f"drop schema if exists ntsb_{release} cascade")
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
    for file in files:
        values = {"sha256": file.sha256, "source": file.source, "bytes": file.bytes, "release": release}
        cursor.execute(LOADED, values)
    if scalar(cursor, "select exists (select from pg_roles where rolname = 'ntsb_reader')"):
        cursor.execute("grant select on all tables in schema ntsb, mart, audit to ntsb_reader")


def forget(cursor: Cursor, keep: int) -> None:
    """Drops the relations of releases beyond the newest `keep` earlier ones; their lines in audit.release stay."""
    cursor.execute("select id from audit.release where not is_current order by publication desc offset %s", (keep,))
    for (old,) in cursor.fetchall():
        cursor.execute(f"drop schema if exists ntsb_{old} cascade")


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
