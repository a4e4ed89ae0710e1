"""Two signed tables and a view as candidates, in the database in force; for tests of what counts as done."""

from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import transaction
from pipeline.warehouse import signatures
from targets.query_cache import cached_queries
from targets.relations import Relation

PARENT = Relation("ntsb", "parent", "a" * 16)
CHILD = Relation("ntsb", "child", "b" * 16)
VIEW = Relation("mart", "seen", "c" * 16)
MAKE = """
    create table candidate.parent (id integer primary key, word text not null);
    insert into candidate.parent values (1, 'one'), (2, 'two');
    create table candidate.child (
        parent integer references candidate.parent (id), n integer, twice integer generated always as (n * 2) stored
    );
    insert into candidate.child (parent, n) values (1, 10), (2, 20);
    create view candidate.seen as
    select word, n from candidate.parent inner join candidate.child on parent.id = child.parent;
"""
Sql = Callable[[str], None]


@pytest.fixture
def sql(database: Connection, server: str, monkeypatch: pytest.MonkeyPatch) -> Sql:
    """Runs a statement by hand, as a user would, in the database in force; two signed tables and a view are there."""
    url = make_dsn(server, dbname=database.info.dbname)
    monkeypatch.setenv("NTSB_DATABASE_URL", url)

    def by_hand(statement: str) -> None:
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)

    by_hand(MAKE)
    with transaction() as cursor:
        signatures.sign_table(cursor, PARENT)
        signatures.sign_table(cursor, CHILD)
        signatures.sign_view(cursor, VIEW)
    return by_hand


def done() -> list[str]:
    with cached_queries():
        return [each.name for each in (PARENT, CHILD, VIEW) if each.exists()]
