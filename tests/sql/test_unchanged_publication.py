"""What counts as unchanged: views with the same definition, comment and index; tables with the same rows and shape."""

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.warehouse import signatures
from pipeline.warehouse.release import publish
from targets.relations import Relation

PLAIN = Relation("mart", "event_summary", "a" * 16)
COUNTED = Relation("mart", "mv_state_stats", "b" * 16)
TABLE = Relation("ntsb", "states", "c" * 16)


@pytest.fixture
def cursor(database: Connection) -> signatures.Cursor:
    """In a transaction, as in a publication: a published table and a candidate with the same rows."""
    cursor = database.cursor()
    cursor.execute("begin")
    cursor.execute("create schema if not exists mart; create schema if not exists code_mappings")
    for schema in ("candidate", "ntsb"):
        cursor.execute(
            "create table candidate.states (state text primary key); insert into candidate.states values ('AK')"
        )
        signatures.sign_table(cursor, TABLE)
        cursor.execute(f"alter table candidate.states set schema {schema}")
        if schema == "candidate":
            cursor.execute("alter table candidate.states rename to pending")
    cursor.execute("alter table candidate.pending rename to states")
    return cursor


def make(
    cursor: signatures.Cursor, schema: str, relation: Relation, query: str, kind: str = "view", key: str = ""
) -> None:
    """Creates a view over the table of the schema, with its index."""
    table = "candidate.states" if schema == "candidate" else "ntsb.states"
    cursor.execute(f"create {kind} {schema}.{relation.name} as {query.format(table)}")
    if key:
        cursor.execute(f"create unique index {relation.name}_key on {schema}.{relation.name} ({key})")


def test_equal_tables_differ_after_a_write(cursor: signatures.Cursor) -> None:
    assert publish.is_same(cursor, TABLE)
    cursor.execute("insert into ntsb.states values ('AL')")
    assert not publish.is_same(cursor, TABLE)


def test_equal_tables_differ_by_a_comment_on_a_column(cursor: signatures.Cursor) -> None:
    cursor.execute("comment on column candidate.states.state is 'Another comment.'")
    assert not publish.is_same(cursor, TABLE)


def test_an_unpublished_relation_is_new(cursor: signatures.Cursor) -> None:
    make(cursor, "candidate", PLAIN, "select state from {}")
    assert not publish.is_same(cursor, PLAIN)
    cursor.execute("drop table ntsb.states")
    assert not publish.is_same(cursor, TABLE)


@pytest.mark.parametrize(
    ("query", "more", "same"),
    [
        ("select state from {}", "", True),
        ("select lower(state) as state from {}", "", False),
        ("select state from {}", "comment on view candidate.event_summary is 'Another comment.'", False),
        ("select state from {}", "comment on column candidate.event_summary.state is 'Another comment.'", False),
    ],
)
def test_a_view_is_compared_by_definition_and_comment(
    cursor: signatures.Cursor, query: str, more: str, same: bool
) -> None:
    make(cursor, "mart", PLAIN, "select state from {}")
    make(cursor, "candidate", PLAIN, query)
    cursor.execute(more or "select 1")
    assert publish.is_same(cursor, PLAIN) == same


@pytest.mark.parametrize(("key", "same"), [("state", True), ("upper(state)", False)])
def test_a_materialized_view_is_compared_by_its_index_too(cursor: signatures.Cursor, key: str, same: bool) -> None:
    make(cursor, "mart", COUNTED, "select state from {}", "materialized view", "state")
    make(cursor, "candidate", COUNTED, "select state from {}", "materialized view", key)
    assert publish.is_same(cursor, COUNTED) == same


def test_tables_built_by_other_code_are_changed(cursor: signatures.Cursor) -> None:
    before, now = {"avall": "typed1 made"}, {"avall": "typed2 made"}
    assert publish.is_unchanged(cursor, [TABLE], before, now)
    assert not publish.is_unchanged(cursor, [TABLE], before, {"avall": "typed2 otherwise"})


def test_renewing_fingerprints_signs_published_relations_and_drops_candidates(cursor: signatures.Cursor) -> None:
    renewed = Relation("ntsb", "states", "d" * 16)
    publish.renew_fingerprints(cursor, [renewed])
    cursor.execute(
        "select to_regclass('candidate.states'), fingerprint from audit.relation where oid = 'ntsb.states'::regclass"
    )
    assert cursor.fetchall() == [(None, "d" * 16)]
