"""A session that holds a lock does not block loading and publication forever: it is named, with what to do."""

import re
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres.connection import transaction
from pipeline.warehouse.release import locks
from tests.luigi_settings import changed_settings

HELD = (
    r"expected its locks within 0.2 s .*lock_timeout_s.*, found them held by session (\d+) of user ntsb "
    r"\(psql, idle in transaction since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d.* UTC\), "
    r"which locks %s; .*`select pg_terminate_backend\(\1\)`"
)


@pytest.fixture
def reader(server: str, database: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A user's session that has read a raw table and is idle in its transaction."""
    url = make_dsn(server, dbname=database.info.dbname)
    monkeypatch.setenv("NTSB_DATABASE_URL", url)
    with database.cursor() as cursor:
        cursor.execute("create schema raw_avall; create table raw_avall.events (ev_id text)")
    with closing(psycopg2.connect(url, application_name="psql")) as connection, connection.cursor() as cursor:
        cursor.execute("select * from raw_avall.events")
        with changed_settings({("Postgres", "lock_timeout_s"): "0.2"}):
            yield connection


def test_loading_names_the_session_that_holds_a_lock(reader: Connection) -> None:
    with pytest.raises(DatabaseUnavailable, match=HELD % re.escape("raw_avall.events")), transaction() as cursor:
        cursor.execute("drop schema raw_avall cascade")


def test_publication_names_the_session_that_holds_a_lock(reader: Connection) -> None:
    with transaction() as cursor:
        cursor.execute("select 'raw_avall.events'::regclass::oid")
        (oid,) = cursor.fetchone() or (0,)
        with pytest.raises(DatabaseUnavailable, match=HELD % re.escape("raw_avall.events")):
            locks.lock_relations(cursor, [oid])


def test_ending_the_session_solves_the_problem(reader: Connection) -> None:
    with pytest.raises(DatabaseUnavailable) as raised, transaction() as cursor:
        cursor.execute("drop schema raw_avall cascade")
    advice = re.search(r"`(select pg_terminate_backend\(\d+\))`", str(raised.value))
    assert advice
    with transaction() as cursor:
        cursor.execute(advice[1])
    with transaction() as cursor:
        cursor.execute("drop schema raw_avall cascade")
