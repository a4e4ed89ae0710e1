"""Session settings of connections, and parallel queries."""

import os

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import Cursor, fetch_value, transaction

SESSION_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}


@pytest.fixture(autouse=True)
def configured_database(database: Connection, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))


def current_setting(cursor: Cursor, name: str) -> str:
    return str(fetch_value(cursor, "select current_setting(%s)", name))


def test_session_settings_override_those_of_the_database() -> None:
    with transaction() as cursor:
        cursor.execute(
            "alter database {} set timezone = 'Asia/Tokyo'".format(fetch_value(cursor, "select current_database()"))
        )
    with transaction() as cursor:
        assert {name: current_setting(cursor, name) for name in SESSION_SETTINGS} == SESSION_SETTINGS


@pytest.mark.parametrize("read_only", [False, True])
def test_queries_may_be_parallel_where_nothing_else_runs(read_only: bool) -> None:
    with transaction(read_only=read_only, alone=True) as cursor:
        assert current_setting(cursor, "max_parallel_workers_per_gather") == "1"
        assert current_setting(cursor, "transaction_read_only") == ("on" if read_only else "off")
        isolation = "repeatable read" if read_only else "read committed"
        assert current_setting(cursor, "transaction_isolation") == isolation


def session_id(cursor: Cursor) -> int:
    return int(fetch_value(cursor, "select pg_backend_pid()"))


def test_a_transaction_finds_nothing_that_the_one_before_left_in_the_session() -> None:
    with transaction(read_only=True, alone=True) as cursor:
        before = session_id(cursor)
    with transaction() as cursor:
        assert session_id(cursor) == before
        cursor.execute(
            "create temp table left_over (id integer); set timezone = 'Asia/Tokyo'; select pg_advisory_lock(1)"
        )
    with transaction("public") as cursor:
        assert session_id(cursor) == before
        assert fetch_value(cursor, "select to_regclass('pg_temp.left_over')") is None
        assert fetch_value(cursor, "select count(*) from pg_locks where locktype = 'advisory'") == 0
        assert current_setting(cursor, "search_path") == "public, public"
        assert {name: current_setting(cursor, name) for name in SESSION_SETTINGS} == SESSION_SETTINGS
        cursor.execute("create table written (id integer)")


def test_a_connection_is_not_used_again_after_an_error_or_when_it_was_lost(database: Connection) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as cursor:
        before = session_id(cursor)
        raise ZeroDivisionError
    with transaction() as cursor, transaction() as other:
        after = session_id(cursor)
        assert len({before, after, session_id(other)}) == 3
    with database, database.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 10000)", (after,))
    with transaction() as cursor:
        assert session_id(cursor) != after


def test_a_forked_process_has_a_connection_of_its_own() -> None:
    with transaction() as cursor:
        before = session_id(cursor)
    if (child := os.fork()) == 0:
        with transaction() as cursor:
            os._exit(int(session_id(cursor) == before))
    assert os.waitpid(child, 0)[1] == 0
    with transaction() as cursor:
        assert session_id(cursor) == before
