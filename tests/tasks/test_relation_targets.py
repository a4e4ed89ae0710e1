"""Relations, bundles and publications count as done while they are what was signed, and no longer."""

# ruff: noqa: F811  The fixture is imported, and named again as an argument.

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import fetch_value, transaction
from pipeline.warehouse import signatures
from pipeline.warehouse.release import publish
from targets.query_cache import cached_queries
from targets.relations import PublishedRelations, Relation, SchemaTarget
from tests.signed import CHILD, PARENT, VIEW, Sql, done, sql  # noqa: F401  Pytest finds fixtures by name.


@pytest.fixture(params=["candidate", "home"])
def placed(sql: Sql, request: pytest.FixtureRequest) -> Iterator[tuple[Sql, str, str]]:
    """The same as candidates and after they have moved: how to write, and the schemas of the tables and of the view."""
    if request.param == "home":
        sql("alter table candidate.parent set schema ntsb; alter table candidate.child set schema ntsb")
        sql("alter view candidate.seen set schema mart")
    homes = ("ntsb", "mart") if request.param == "home" else ("candidate", "candidate")
    yield sql, *homes


def test_signed_is_done_with_this_fingerprint_only(placed: tuple[Sql, str, str]) -> None:
    _, tables, views = placed
    assert done() == ["parent", "child", "seen"]
    assert [each.schema() for each in (PARENT, CHILD, VIEW)] == [tables, tables, views]
    assert not Relation("ntsb", "parent", "d" * 16).exists()
    assert not Relation("ntsb", "nowhere", "a" * 16).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "insert into {0}.child (parent, n) values (1, 30)",
        "update {0}.child set n = 11 where n = 10",
        "delete from {0}.child where n = 10",
        "truncate {0}.child",
        "copy {0}.child (parent, n) from program 'echo 1,30' csv",
        "alter table {0}.child add column more text",
        "alter table {0}.child drop constraint child_parent_fkey",
        "alter table {0}.child alter n set not null",
        "drop view {1}.seen; alter table {0}.child drop twice, alter n type bigint",
        "create table {0}.copied as select * from {0}.child; drop table {0}.child cascade; "
        "alter table {0}.copied rename to child",
    ],
)
def test_an_edited_table_is_not_done(placed: tuple[Sql, str, str], statement: str) -> None:
    by_hand, tables, views = placed
    by_hand(statement.format(tables, views))
    assert "child" not in done()
    assert "parent" in done()


def test_a_parent_takes_what_hangs_on_it_along(placed: tuple[Sql, str, str]) -> None:
    by_hand, tables, _ = placed
    by_hand(f"drop table {tables}.parent cascade")
    # The child has lost its foreign key, the view is gone.
    assert done() == []


def test_an_edited_or_dropped_view_is_not_done(placed: tuple[Sql, str, str]) -> None:
    by_hand, tables, views = placed
    by_hand(f"create or replace view {views}.seen as select word, n from {tables}.parent cross join {tables}.child")
    assert done() == ["parent", "child"]
    by_hand(f"drop view {views}.seen")
    assert done() == ["parent", "child"]


def test_what_changes_no_value_leaves_it_done(placed: tuple[Sql, str, str]) -> None:
    by_hand, tables, _ = placed
    by_hand(f"create index on {tables}.child (n); analyze {tables}.child; comment on table {tables}.child is 'Said.'")
    by_hand(f"grant select on {tables}.child to public")
    assert done() == ["parent", "child", "seen"]


def test_a_name_in_another_schema_is_not_the_relation(sql: Sql) -> None:
    sql("create schema aside; alter table candidate.child set schema aside")
    assert done() == ["parent", "seen"]
    sql("alter table aside.child rename to kept; alter table aside.kept set schema ntsb")
    assert done() == ["parent", "seen"]


def test_published_means_in_their_homes(sql: Sql) -> None:
    published = PublishedRelations([PARENT, CHILD, VIEW])
    assert not published.exists()
    sql("alter table candidate.parent set schema ntsb; alter table candidate.child set schema ntsb")
    assert not published.exists()
    sql("alter view candidate.seen set schema mart")
    assert published.exists()
    sql("truncate ntsb.child")
    assert not published.exists()


def test_a_bundle_lacks_nothing(sql: Sql) -> None:
    sql("create schema raw_x; create table raw_x.one (a text); create table raw_x.two (b text)")
    bundle = SchemaTarget("raw_x", "e" * 16)
    assert not bundle.exists()
    with transaction() as cursor:
        signatures.sign_schema(cursor, "raw_x", bundle.fingerprint)
    assert bundle.exists() and not SchemaTarget("raw_x", "f" * 16).exists()
    sql("drop table raw_x.two; create table raw_x.two (b text)")
    assert not bundle.exists()
    sql("drop schema raw_x cascade")
    assert not bundle.exists()


def test_a_question_has_one_answer_and_the_next_question_a_new_one(sql: Sql) -> None:
    with cached_queries():
        assert CHILD.exists()
        sql("truncate candidate.child")
        assert CHILD.exists()
    assert not CHILD.exists()


def test_a_database_without_the_pipelines_schemas_has_nothing(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="postgres"))
    assert not PARENT.exists() and not SchemaTarget("contract", "e" * 16).exists()
    assert not PublishedRelations([PARENT]).exists()


def test_digests_tell_rows_apart_and_not_their_order(sql: Sql) -> None:
    def digest(rows: str) -> str:
        sql(f"drop table if exists candidate.probe; create table candidate.probe (a text, b text); {rows}")
        with transaction() as cursor:
            return str(fetch_value(cursor, "select digest from audit.digest('candidate.probe')"))

    insert = "insert into candidate.probe values "
    both = digest(f"{insert} ('x', 'y'), ('z', null)")
    assert both == digest(f"{insert} ('z', null), ('x', 'y')")
    others = [
        "('x', 'y'), ('z', '')",
        "('x', 'y')",
        "('x', 'y'), ('z', null), ('z', null)",
        "('xy', ''), ('z', null)",
        "('y', 'x'), (null, 'z')",
    ]
    found = [digest(insert + rows) for rows in others]
    assert len({both, *found}) == len(others) + 1


def test_a_stale_candidate_is_cleared_and_a_good_one_kept(sql: Sql) -> None:
    with transaction() as cursor:
        signatures.drop_stale(cursor, [PARENT, Relation("ntsb", "child", "d" * 16)])
        kinds = {name: publish.relation_kind(cursor, "candidate", name) for name in ("parent", "child", "seen")}
    assert kinds == {"parent": "r", "child": None, "seen": None}
