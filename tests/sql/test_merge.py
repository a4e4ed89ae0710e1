"""Candidates are filled in partitions that contain every row; search vectors of published text are reused."""

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import load, rows

from pipeline.warehouse import merge


@pytest.fixture
def typed(database: Connection, server: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Three narratives of one event in a cast file, and empty candidates."""
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    with database.cursor() as cursor:
        cursor.execute("create schema if not exists candidate; create schema typed_avall")
        for schema in ("candidate", "typed_avall"):
            for table in ("events", "narratives"):
                cursor.execute(f"create table {schema}.{table} (like contract.{table} including generated)")
        cursor.execute("alter table typed_avall.narratives alter source_row drop not null")
    load(database, "candidate.events", "| ev_id |\n| e1 |")
    load(database, "typed_avall.narratives", "| ev_id | aircraft_key |\n| e1 | 1 |\n| e1 | 2 |\n| e1 | 3 |")
    return database


def fill(count: int, reuse: bool = False) -> None:
    """Fills all partitions."""
    for index in range(count):
        merge.fill_partition("narratives", ["avall"], index, count, reuse)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_row_is_in_one_partition(typed: Connection, count: int) -> None:
    fill(count)
    assert rows(typed, "select aircraft_key from candidate.narratives order by 1") == [(1,), (2,), (3,)]


def test_a_row_without_a_number_is_rejected(typed: Connection) -> None:
    rows(typed, "update typed_avall.narratives set source_row = null where aircraft_key = 2; select 1")
    with pytest.raises(psycopg2.errors.NotNullViolation, match="source_row"):
        fill(2)


@pytest.mark.parametrize("reuse", [True, False])
def test_search_vector_of_the_same_text_is_reused(typed: Connection, reuse: bool) -> None:
    rows(typed, "create table ntsb.narratives (like contract.narratives including generated); select 1")
    published = (
        "| ev_id | aircraft_key | narr_accp | search_vector |\n| e1 | 1 | taxied | kept |\n| e1 | 2 | landed | kept |"
    )
    load(typed, "ntsb.narratives", published)
    rows(typed, "update typed_avall.narratives set narr_accp = 'taxied' where aircraft_key < 3; select 1")
    rows(
        typed,
        "create trigger full_text before insert on candidate.narratives for each row "
        "execute function convert.fill_full_text(); select 1",
    )
    fill(2, reuse)
    vectors = rows(typed, "select aircraft_key, search_vector::text from candidate.narratives order by 1")
    assert vectors == [(1, "'kept'" if reuse else "'taxi':1"), (2, "'taxi':1"), (3, "")]
