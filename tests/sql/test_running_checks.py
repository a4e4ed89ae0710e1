"""How checks are asked: each once, all of one moment, whatever is written meanwhile."""

from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn
from tables import rows

from pipeline.errors import ChecksFailed
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import signatures
from pipeline.warehouse.quality import checks
from pipeline.warehouse.quality.checks import Check, CheckResult
from targets.relations import Relation

HEAD = "-- needs: line\n-- checks: there is none\n-- severity: warn\n-- allow: 0, none\n-- family: size\n"
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
        (tmp_path / f"{name}.sql").write_text(HEAD + LINES.format("ntsb.max_quarantined_share"))
    return tmp_path


def test_rows_are_counted_and_the_first_are_kept(folder: Path, database: Connection) -> None:
    with database.cursor() as cursor:
        result = checks.run_check(cursor, checks.read_check(folder / "a.sql"))
        nothing = Check("none", "size", "stop", 0, "", "select relname as relation from pg_class where false")
        assert checks.run_check(cursor, nothing) == CheckResult(nothing, 0, [])
    assert (result.offending, result.status) == (25, "warned")
    texts = sorted(str(number) for number in range(1, 26))[: checks.SAMPLE_ROWS]
    assert [row["row_key"] for row in result.sample] == texts


@pytest.mark.parametrize("connections", [1, 3])
def test_all_checks_see_one_moment(
    folder: Path, database: Connection, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    """A line is written before each check; what it says is what there was before the first."""
    asked, servants = checks.run_check, set()

    def write_and_ask(cursor: Cursor, check: Check) -> CheckResult:
        servants.add(cursor.connection.info.backend_pid)
        rows(database, "insert into candidate.line select 25 + 1 from pg_sleep(0.02) returning 1")
        return asked(cursor, check)

    monkeypatch.setattr(checks, "run_check", write_and_ask)
    found = checks.run_checks(read_all(), connections, 0.25)
    assert [result.check.name for result in found] == list("abcdefgh")
    assert {result.offending for result in found} == {25}
    assert {row["detail"] for result in found for row in result.sample} == {"0.25"}
    assert len(servants) == connections
    assert rows(database, "select count(*) from candidate.line") == [(33,)]


def test_a_check_that_cannot_be_asked_is_an_error(folder: Path) -> None:
    (folder / "d.sql").write_text(HEAD + "select relation from nowhere")
    with pytest.raises(psycopg2.errors.UndefinedTable, match="nowhere"):
        checks.run_checks(read_all(), 2, 0.2)


@pytest.fixture
def waiting(folder: Path, database: Connection) -> Relation:
    """Check d reads a view of statistics that is not materialized yet, and was postponed; the others were asked."""
    with database.cursor() as cursor:
        cursor.execute("create view candidate.mv_yearly_stats as select 1 as ev_year from candidate.line")
        query = "select 'yearly' as relation, '' as row_key, '' as detail from mv_yearly_stats limit 1"
        (folder / "d.sql").write_text(HEAD.replace("line", "mv_yearly_stats").replace("warn", "stop") + query)
        postponed = checks.postponed_checks(cursor)
        assert [check.name for check in postponed] == ["d"]
        results = checks.run_checks([check for check in read_all() if check not in postponed], 2, 0.2)
        checks.write_results(cursor, results, postponed)
        signatures.sign_table(cursor, Relation("audit", "check_result", "fingerprint"))
        cursor.execute("""
            drop view candidate.mv_yearly_stats;
            create materialized view candidate.mv_yearly_stats as select 1 as ev_year from candidate.line
        """)
        assert checks.postponed_checks(cursor) == []
    return Relation("audit", "check_result", "fingerprint")


def told(connection: Connection) -> list[tuple[object, ...]]:
    return rows(connection, "select check_name, status, offending from candidate.check_result order by check_name")


def test_a_check_waits_for_the_view_that_it_reads(waiting: Relation, database: Connection) -> None:
    warned = [(name, "warned", 25) for name in "abcdefgh"]
    assert told(database) == [row if row[0] != "d" else ("d", "postponed", None) for row in warned]
    rows(database, "delete from candidate.line; select 1")
    rows(database, "refresh materialized view candidate.mv_yearly_stats; select 1")
    with database.cursor() as cursor:
        cursor.execute("begin")
        checks.run_postponed_checks(cursor, waiting)
        cursor.execute("commit")
    assert told(database) == [row if row[0] != "d" else ("d", "passed", 0) for row in warned]
    signed = "select fingerprint, rows from audit.relation where oid = 'candidate.check_result'::regclass"
    assert rows(database, signed) == [("fingerprint", 8)]


def test_a_check_that_waited_stops_publication_too(waiting: Relation, database: Connection) -> None:
    with database.cursor() as cursor, pytest.raises(ChecksFailed, match="d: 1 rows, 0 allowed"):
        cursor.execute("begin")
        checks.run_postponed_checks(cursor, waiting)


def test_where_no_check_waited_the_signature_stays(folder: Path, database: Connection) -> None:
    relation = Relation("audit", "check_result", "fingerprint")
    with database.cursor() as cursor:
        checks.write_results(cursor, checks.run_checks(read_all(), 2, 0.2), [])
        signatures.sign_table(cursor, relation)
        checks.run_postponed_checks(cursor, relation)
    signed = "select fingerprint, rows from audit.relation where oid = 'candidate.check_result'::regclass"
    assert rows(database, signed) == [("fingerprint", 8)]
