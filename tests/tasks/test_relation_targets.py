"""Relations, schemas and publications are complete until they are modified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import fetch_value, transaction
from pipeline.warehouse import signatures
from pipeline.warehouse.release import publish
from targets.relations import PublishedRelations, Relation, SchemaTarget, cached_queries
from tests.signed import CHILD, PARENT, VIEW, Sql, complete_relations, sql  # noqa: F401  Pytest finds fixtures by name.


@pytest.fixture(params=["candidate", "target"])
def relations(sql: Sql, request: pytest.FixtureRequest) -> Iterator[tuple[Sql, str, str]]:
    """The relations as candidates and in their target schemas: sql, and the schemas of the tables and of the view."""
    if request.param == "target":
        sql("alter table candidate.parent set schema ntsb; alter table candidate.child set schema ntsb")
        sql("alter view candidate.seen set schema mart")
    schemas = ("ntsb", "mart") if request.param == "target" else ("candidate", "candidate")
    yield sql, *schemas


def test_a_signed_relation_is_complete_with_its_fingerprint_only(relations: tuple[Sql, str, str]) -> None:
    _, tables, views = relations
    assert complete_relations() == ["parent", "child", "seen"]
    assert [relation.schema() for relation in (PARENT, CHILD, VIEW)] == [tables, tables, views]
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
def test_a_modified_table_is_not_complete(relations: tuple[Sql, str, str], statement: str) -> None:
    sql, tables, views = relations
    sql(statement.format(tables, views))
    assert "child" not in complete_relations()
    assert "parent" in complete_relations()


def test_dropping_a_table_invalidates_its_dependents(relations: tuple[Sql, str, str]) -> None:
    sql, tables, _ = relations
    sql(f"drop table {tables}.parent cascade")
    # The child has lost its foreign key, and the view is dropped.
    assert complete_relations() == []


def test_a_modified_or_dropped_view_is_not_complete(relations: tuple[Sql, str, str]) -> None:
    sql, tables, views = relations
    sql(f"create or replace view {views}.seen as select word, n from {tables}.parent cross join {tables}.child")
    assert complete_relations() == ["parent", "child"]
    sql(f"drop view {views}.seen")
    assert complete_relations() == ["parent", "child"]


def test_changes_without_effect_on_values_are_ignored(relations: tuple[Sql, str, str]) -> None:
    sql, tables, _ = relations
    sql(f"create index on {tables}.child (n); analyze {tables}.child; comment on table {tables}.child is 'A comment.'")
    sql(f"grant select on {tables}.child to public")
    assert complete_relations() == ["parent", "child", "seen"]


def test_a_relation_in_another_schema_is_not_complete(sql: Sql) -> None:
    sql("create schema aside; alter table candidate.child set schema aside")
    assert complete_relations() == ["parent", "seen"]
    sql("alter table aside.child rename to kept; alter table aside.kept set schema ntsb")
    assert complete_relations() == ["parent", "seen"]


def test_published_means_in_the_target_schemas(sql: Sql) -> None:
    published = PublishedRelations([PARENT, CHILD, VIEW])
    assert not published.exists()
    sql("alter table candidate.parent set schema ntsb; alter table candidate.child set schema ntsb")
    assert not published.exists()
    sql("alter view candidate.seen set schema mart")
    assert published.exists()
    sql("truncate ntsb.child")
    assert not published.exists()


def test_a_schema_with_a_replaced_table_is_not_complete(sql: Sql) -> None:
    sql("create schema raw_x; create table raw_x.one (a text); create table raw_x.two (b text)")
    schema = SchemaTarget("raw_x", "e" * 16)
    assert not schema.exists()
    with transaction() as cursor:
        signatures.sign_schema(cursor, "raw_x", schema.fingerprint)
    assert schema.exists() and not SchemaTarget("raw_x", "f" * 16).exists()
    sql("drop table raw_x.two; create table raw_x.two (b text)")
    assert not schema.exists()
    sql("drop schema raw_x cascade")
    assert not schema.exists()


def test_results_are_cached_within_one_query_only(sql: Sql) -> None:
    with cached_queries():
        assert CHILD.exists()
        sql("truncate candidate.child")
        assert CHILD.exists()
    assert not CHILD.exists()


def test_nothing_is_complete_in_an_unprepared_database(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="postgres"))
    assert not PARENT.exists() and not SchemaTarget("contract", "e" * 16).exists()
    assert not PublishedRelations([PARENT]).exists()


def test_digests_depend_on_the_rows_but_not_on_their_order(sql: Sql) -> None:
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
    digests = [digest(insert + rows) for rows in others]
    assert len({both, *digests}) == len(others) + 1


def test_stale_candidates_are_dropped_and_valid_ones_kept(sql: Sql) -> None:
    with transaction() as cursor:
        signatures.drop_stale(cursor, [PARENT, Relation("ntsb", "child", "d" * 16)])
        kinds = {name: publish.relation_kind(cursor, "candidate", name) for name in ("parent", "child", "seen")}
    assert kinds == {"parent": "r", "child": None, "seen": None}
