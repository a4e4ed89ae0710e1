"""Connections: what is pinned in them, and who may have a second processor."""

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.postgres.connection import Cursor, fetch_value, transaction

PINNED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}


@pytest.fixture(autouse=True)
def in_force(database: Connection, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))


def shown(cursor: Cursor, name: str) -> str:
    return str(fetch_value(cursor, "select current_setting(%s)", name))


def test_settings_are_pinned_whatever_the_database_says() -> None:
    with transaction() as cursor:
        cursor.execute(
            "alter database {} set timezone = 'Asia/Tokyo'".format(fetch_value(cursor, "select current_database()"))
        )
    with transaction() as cursor:
        assert {name: shown(cursor, name) for name in PINNED} == PINNED


@pytest.mark.parametrize("read_only", [False, True])
def test_who_runs_alone_may_have_a_second_processor(read_only: bool) -> None:
    with transaction(read_only=read_only, alone=True) as cursor:
        assert shown(cursor, "max_parallel_workers_per_gather") == "1"
        assert shown(cursor, "transaction_read_only") == ("on" if read_only else "off")
        assert shown(cursor, "transaction_isolation") == ("repeatable read" if read_only else "read committed")
