"""How candidates are filled: in shares, and no row is in none of them."""

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import load, rows

from pipeline.relations import building


@pytest.fixture
def typed(database: Connection, server: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Three narratives of one event in a typed file, and the tables that they go into."""
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


def fill(shares: int) -> None:
    for share in range(shares):
        building.fill_share("narratives", ["avall"], share, shares)


@pytest.mark.parametrize("shares", [1, 2, 5])
def test_each_row_is_in_one_share(typed: Connection, shares: int) -> None:
    fill(shares)
    assert rows(typed, "select aircraft_key from candidate.narratives order by 1") == [(1,), (2,), (3,)]


def test_a_row_without_a_number_is_refused_and_not_left_out(typed: Connection) -> None:
    rows(typed, "update typed_avall.narratives set source_row = null where aircraft_key = 2; select 1")
    with pytest.raises(psycopg2.errors.NotNullViolation, match="source_row"):
        fill(2)
