"""Running checks: each query runs once, and all of them see the same snapshot of the database."""

from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL
from tables import rows

from pipeline.errors import ChecksFailed
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import signatures
from pipeline.warehouse.quality import checks
from pipeline.warehouse.quality.checks import Check, CheckResult
from targets.relations import Relation

HEADERS = "-- needs: line\n-- checks: there is none\n-- severity: warn\n-- allow: 0, none\n-- family: size\n"
LINES = "select 'line' as relation, number::text as row_key, current_setting('{}', true) as detail from candidate.line"


def read_all() -> list[Check]:
    """The checks of the folder."""
    return [checks.read_check(path) for path in checks.files()]


@pytest.fixture
def folder(server: str, database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the checks: eight that list the same 25 lines."""
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    monkeypatch.setattr(checks, "FOLDER", tmp_path)
    with database.cursor() as cursor:
        cursor.execute("create schema if not exists candidate; drop table if exists candidate.line")
        cursor.execute("create table candidate.line as select generate_series(1, 25) as number")
    for name in "hgfedcba":
        (tmp_path / f"{name}.sql").write_text(HEADERS + LINES.format("ntsb.max_quarantined_share"))
    return tmp_path


def test_rows_are_counted_and_the_first_ones_kept(folder: Path, database: Connection) -> None:
    with database.cursor() as cursor:
        result = checks.run_check(cursor, checks.read_check(folder / "a.sql"))
        nothing = Check("none", "size", "stop", 0, "", SQL("select relname as relation from pg_class where false"))
        assert checks.run_check(cursor, nothing) == CheckResult(nothing, 0, [])
    assert (result.offending, result.status) == (25, "warned")
    texts = sorted(str(number) for number in range(1, 26))[: checks.SAMPLE_ROWS]
    assert [row["row_key"] for row in result.sample] == texts


@pytest.mark.parametrize("connections", [1, 3])
def test_all_checks_see_the_same_snapshot(
    folder: Path, database: Connection, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    """A row is inserted before each check; all results are those from before the first insert."""
    run_check, backends = checks.run_check, set()

    def insert_and_run(cursor: Cursor, check: Check) -> CheckResult:
        backends.add(cursor.connection.info.backend_pid)
        rows(database, "insert into candidate.line select 25 + 1 from pg_sleep(0.02) returning 1")
        return run_check(cursor, check)

    monkeypatch.setattr(checks, "run_check", insert_and_run)
    results = checks.run_checks(read_all(), connections, {"max_quarantined_share": 0.25})
    assert [result.check.name for result in results] == list("abcdefgh")
    assert {result.offending for result in results} == {25}
    assert {row["detail"] for result in results for row in result.sample} == {"0.25"}
    assert len(backends) == connections
    assert rows(database, "select count(*) from candidate.line") == [(33,)]


def test_a_check_with_an_invalid_query_is_an_error(folder: Path) -> None:
    (folder / "d.sql").write_text(HEADERS + "select relation from nowhere")
    with pytest.raises(psycopg2.errors.UndefinedTable, match="nowhere"):
        checks.run_checks(read_all(), 2, {})


@pytest.fixture
def postponed(folder: Path, database: Connection) -> Relation:
    """Check d reads a view that is not materialized yet, and was postponed; the others have run."""
    with database.cursor() as cursor:
        cursor.execute("create view candidate.mv_yearly_stats as select 1 as ev_year from candidate.line")
        query = "select 'yearly' as relation, '' as row_key, '' as detail from mv_yearly_stats limit 1"
        (folder / "d.sql").write_text(HEADERS.replace("line", "mv_yearly_stats").replace("warn", "stop") + query)
        later = checks.postponed_checks(cursor)
        assert [check.name for check in later] == ["d"]
        results = checks.run_checks([check for check in read_all() if check not in later], 2, {})
        checks.write_results(cursor, results, later)
        signatures.sign_table(cursor, Relation("audit", "check_result", "fingerprint"))
        cursor.execute("""
            drop view candidate.mv_yearly_stats;
            create materialized view candidate.mv_yearly_stats as select 1 as ev_year from candidate.line
        """)
        assert checks.postponed_checks(cursor) == []
    return Relation("audit", "check_result", "fingerprint")


def results_of(connection: Connection) -> list[tuple[object, ...]]:
    """(check, status, offending) of every check."""
    return rows(connection, "select check_name, status, offending from candidate.check_result order by check_name")


def test_a_postponed_check_runs_once_its_view_is_materialized(postponed: Relation, database: Connection) -> None:
    warned = [(name, "warned", 25) for name in "abcdefgh"]
    assert results_of(database) == [row if row[0] != "d" else ("d", "postponed", None) for row in warned]
    rows(database, "delete from candidate.line; select 1")
    rows(database, "refresh materialized view candidate.mv_yearly_stats; select 1")
    with database.cursor() as cursor:
        cursor.execute("begin")
        checks.run_postponed_checks(cursor, postponed, {})
        cursor.execute("commit")
    assert results_of(database) == [row if row[0] != "d" else ("d", "passed", 0) for row in warned]
    signed = "select fingerprint, rows from audit.relation where oid = 'candidate.check_result'::regclass"
    assert rows(database, signed) == [("fingerprint", 8)]


def test_a_postponed_check_can_stop_publication(postponed: Relation, database: Connection) -> None:
    with database.cursor() as cursor, pytest.raises(ChecksFailed, match="d: 1 rows, 0 allowed"):
        cursor.execute("begin")
        checks.run_postponed_checks(cursor, postponed, {})


def test_signature_is_kept_without_postponed_checks(folder: Path, database: Connection) -> None:
    relation = Relation("audit", "check_result", "fingerprint")
    with database.cursor() as cursor:
        checks.write_results(cursor, checks.run_checks(read_all(), 2, {}), [])
        signatures.sign_table(cursor, relation)
        checks.run_postponed_checks(cursor, relation, {})
    signed = "select fingerprint, rows from audit.relation where oid = 'candidate.check_result'::regclass"
    assert rows(database, signed) == [("fingerprint", 8)]
