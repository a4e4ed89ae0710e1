"""A move steps back for readers, and readers never fail because of it."""

import threading
import time

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from pipeline.errors import DatabaseUnavailable
from pipeline.relations.patience import patiently


@pytest.fixture
def reader(database: Connection) -> Connection:
    """Another connection to the same database."""
    with database.cursor() as cursor:
        cursor.execute("create table first (n integer); create table second (n integer); create schema away")
    return psycopg2.connect(database.dsn, password=database.info.password, options="-c search_path=contract,public")


def moving(database: Connection, patience_s: float) -> None:
    mover = psycopg2.connect(database.dsn, password=database.info.password, options="-c search_path=contract,public")
    with mover, mover.cursor() as cursor:
        work = "alter table second set schema away; alter table first set schema away"
        patiently(cursor, lambda: cursor.execute(work), patience_s)
    mover.close()


def test_waits_for_a_reader_that_wants_more_tables(database: Connection, reader: Connection) -> None:
    """The reader holds `first` and then asks for `second`, which the move has: only the move may give way."""
    with reader.cursor() as cursor:
        cursor.execute("select count(*) from first")
        thread = threading.Thread(target=moving, args=(database, 30.0))
        thread.start()
        time.sleep(0.3)
        cursor.execute("select count(*) from second")
        assert cursor.fetchone() == (0,)
    reader.commit()
    thread.join(30)
    with database.cursor() as cursor:
        cursor.execute("select to_regclass('away.first') is not null and to_regclass('away.second') is not null")
        assert cursor.fetchone() == (True,)


def test_gives_up_with_a_sentence_and_moves_nothing(database: Connection, reader: Connection) -> None:
    with reader.cursor() as cursor:
        cursor.execute("select count(*) from first")
        with pytest.raises(DatabaseUnavailable, match="readers have held the published tables"):
            moving(database, 0.5)
        cursor.execute("select count(*) from second")
    reader.close()
