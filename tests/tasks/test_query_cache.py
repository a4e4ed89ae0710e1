"""Signatures are queried again only after the database has changed."""

import os
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import Cursor
from targets import relations
from tests.signed import Sql, complete_relations, sql  # noqa: F401  Pytest finds fixtures by name.


def test_signatures_are_queried_once_while_nothing_changes(sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    queries: list[int] = []
    original = relations.signed_relations

    def count_queries(cursor: Cursor) -> relations.Signatures:
        queries.append(1)
        return original(cursor)

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
