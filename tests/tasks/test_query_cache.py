"""What is signed is asked again only where somebody has written since."""

# ruff: noqa: F811  The fixture is imported, and named again as an argument.

import os
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import Cursor
from targets import relations
from tests.signed import Sql, done, sql  # noqa: F401  Pytest finds fixtures by name.


def test_nothing_is_asked_twice_while_nobody_writes(sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = relations.signed_relations

    def counted(cursor: Cursor) -> relations.Signatures:
        asked.append(1)
        return real(cursor)

    monkeypatch.setattr(relations, "signed_relations", counted)
    assert done() == done() == ["parent", "child", "seen"]
    assert len(asked) == 1
    sql("create table aside (id integer)")
    assert done() == ["parent", "child", "seen"]
    assert len(asked) == 2


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_a_transaction_counts_from_its_end_on(sql: Sql, ending: str) -> None:
    """It had begun when the question was asked before, so that no newer transaction is there to be seen."""
    with closing(psycopg2.connect(os.environ["NTSB_DATABASE_URL"])) as other, other.cursor() as cursor:
        cursor.execute("update candidate.child set n = 11 where n = 10")
        assert done() == ["parent", "child", "seen"]
        cursor.execute(ending)
        assert done() == (["parent", "seen"] if ending == "commit" else ["parent", "child", "seen"])


def test_another_database_is_another_question(sql: Sql, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert done() == ["parent", "child", "seen"]
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="postgres"))
    assert done() == []
