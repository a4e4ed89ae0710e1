"""Session settings of connections, and parallel queries."""

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
