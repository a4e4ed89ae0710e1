"""Two signed tables and a view as candidates in the configured database, for tests of completeness."""

from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import transaction
from pipeline.warehouse import signatures
from targets.relations import Relation, cached_queries

PARENT = Relation("ntsb", "parent", "a" * 16)
CHILD = Relation("ntsb", "child", "b" * 16)
VIEW = Relation("mart", "seen", "c" * 16)
CREATE = """
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
    """A function that runs a statement as a user would, in a database with two signed tables and a view."""
    url = make_dsn(server, dbname=database.info.dbname)
    monkeypatch.setenv("NTSB_DATABASE_URL", url)

    def run_statement(statement: str) -> None:
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)

    run_statement(CREATE)
    with transaction() as cursor:
        signatures.sign_table(cursor, PARENT)
        signatures.sign_table(cursor, CHILD)
        signatures.sign_view(cursor, VIEW)
    return run_statement


def complete_relations() -> list[str]:
    """Names of the relations that are complete."""
    with cached_queries():
        return [relation.name for relation in (PARENT, CHILD, VIEW) if relation.exists()]
