"""Signatures are queried again only after the database has changed."""

import os
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import Cursor, transaction
from targets import relations
from tests.signed import Sql, complete_relations, sql  # noqa: F401  Pytest finds fixtures by name.


def test_signatures_are_queried_once_while_nothing_changes(sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[int] = []
    original = relations.signed_relations

    def count_queries(cursor: Cursor, *names: list[str]) -> relations.Signatures:
        queries.append(1)
        return original(cursor, *names)

    monkeypatch.setattr(relations, "signed_relations", count_queries)
    assert complete_relations() == complete_relations() == ["parent", "child", "seen"]
    assert len(queries) == 1
    sql("create table aside (id integer)")
    assert complete_relations() == ["parent", "child", "seen"]
    assert len(queries) == 2


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_a_transaction_takes_effect_at_its_end(sql: Sql, ending: str) -> None:
    """It began before the first query, so no newer transaction becomes visible."""
    with closing(psycopg2.connect(os.environ["NTSB_DATABASE_URL"])) as other, other.cursor() as cursor:
        cursor.execute("update candidate.child set n = 11 where n = 10")
        assert complete_relations() == ["parent", "child", "seen"]
        cursor.execute(ending)
        assert complete_relations() == (["parent", "seen"] if ending == "commit" else ["parent", "child", "seen"])


def test_another_database_is_queried_again(sql: Sql, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete_relations() == ["parent", "child", "seen"]
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="postgres"))
    assert complete_relations() == []


def test_a_forked_worker_queries_signatures_again_and_a_publication_compares_all_shapes(sql: Sql) -> None:
    assert complete_relations() == ["parent", "child", "seen"]
    sql("update candidate.child set n = 11 where n = 10; alter table candidate.parent add column added integer")
    if (worker := os.fork()) == 0:
        complete = complete_relations()
        with transaction() as cursor:
            signed = relations.signed_relations(cursor)
        os._exit("child" in complete or ("candidate", "parent") in signed or ("candidate", "seen") not in signed)
    assert os.waitpid(worker, 0)[1] == 0
    assert complete_relations() == ["seen"]


def test_a_forked_worker_compares_the_shapes_of_relations_that_it_signed(
    sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complete_relations() == ["parent", "child", "seen"]
    sql("alter table candidate.parent add column added integer")
    monkeypatch.setattr(relations, "_verifying_process", os.getppid())
    monkeypatch.setattr(relations, "signed_names", set())
    assert complete_relations() == ["parent", "child", "seen"]
    monkeypatch.setattr(relations, "signed_names", {"parent"})
    sql("create table aside (id integer)")
    assert complete_relations() == ["child", "seen"]
