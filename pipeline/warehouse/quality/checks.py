"""Checks: queries over the candidates that return offending rows. All of them run, and all failures are reported.

A check is a file in sql/checks with the headers `needs`, `checks` (the condition that holds), `severity` (stop, warn
or report), `allow` (how many rows may offend, and why) and `family`; or it is generated from the table schema, see
generated_checks. Its query returns relation, row_key and detail of each offending row.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql
from psycopg2.extras import Json
from psycopg2.sql import Composable, Identifier

from pipeline.config import SQL
from pipeline.errors import ChecksFailed
from pipeline.postgres.connection import Cursor, run_in_shared_snapshot
from pipeline.warehouse import sql_file, views
from pipeline.warehouse.column_comments import RECORDS, comment_records
from pipeline.warehouse.signatures import sign_table
from targets.relations import Relation

log = logging.getLogger(__name__)

FOLDER = SQL / "checks"
# Files of functions that checks call.
FUNCTIONS = ("catalog", "convert_text", "full_text", "lost_values")
SAMPLE_ROWS = 20
# The status of a check that publication runs, because a view that it reads is not materialized before.
POSTPONED = "postponed"

CREATE_TABLE = """
drop table if exists candidate.check_result cascade;
create table candidate.check_result (
    check_name text primary key, family text, severity text, status text, offending bigint, allowed bigint,
    sample jsonb, description text
);
comment on table candidate.check_result is
'One row per check: passed, warned, failed or reported, how many rows offend, how many may, and the first of them.'
"""

SEARCH_PATH = ("candidate", "ntsb", "mart", "audit", "code_mappings")

# Without merge joins: of candidates that are views the planner has no statistics, overestimates the rows of joins, and
# sorts both sides.
SETTINGS = {"enable_mergejoin": "off"}


@dataclass(frozen=True)
class Check:
    """A check: its query, the relations that the query reads, and how many rows may offend."""

    name: str
    family: str
    severity: str
    allowed: int
    description: str
    query: Composable
    relations: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: how many rows offend, and the first SAMPLE_ROWS of them."""

    check: Check
    offending: int
    sample: list[dict[str, object]]

    @property
    def status(self) -> str:
        """Return passed, warned, failed or reported."""
        if self.check.severity == "report":
            return "reported"
        if self.offending <= self.check.allowed:
            return "passed"
        return {"stop": "failed", "warn": "warned"}[self.check.severity]


def files() -> list[Path]:
    """Return the SQL files of the hand-written checks, in order of name."""
    return sorted(FOLDER.glob("*.sql"))


def source_files() -> list[Path]:
    """Return the files that determine the results: hand-written checks, functions that checks call, descriptions."""
    return [RECORDS, *files(), *(SQL / "functions" / f"{name}.sql" for name in FUNCTIONS)]


def read_check(path: Path) -> Check:
    """Return the check that a SQL file defines. Raises ValueError if a header is missing or malformed."""
    severity = sql_file.match_header(path, "severity", "stop|warn|report", "stop|warn|report")[0]
    allowed = sql_file.match_header(path, "allow", r"(\d+)(,.*)?", "<number>, <reason>")[1]
    family, description = sql_file.header(path, "family"), sql_file.header(path, "checks")
    query = sql.SQL(sql_file.statement(path))
    return Check(path.stem, family, severity, int(allowed), description, query, sql_file.needs(path))


def relations_read(names: Sequence[str]) -> list[str]:
    """Return the names and, for each view among them, the relations that it reads, recursively; names can repeat."""
    indirect = [relations_read(sql_file.needs(views.view_file(name))) for name in names if name in views.view_names()]
    return [*names, *(name for names_read in indirect for name in names_read)]


def postponed_checks(cursor: Cursor) -> list[Check]:
    """Return the checks that read a view that publication will materialize; they run during publication instead."""
    cursor.execute("select relname from pg_class where relnamespace = 'candidate'::regnamespace and relkind = 'v'")
    candidates = {name for (name,) in cursor.fetchall() if name in views.view_names()}
    to_materialize = {name for name in candidates if views.unique_key(views.view_file(name))}
    return [check for check in map(read_check, files()) if to_materialize & set(relations_read(check.relations))]


def run_check(cursor: Cursor, check: Check) -> CheckResult:
    """Run the query once, and return the number of offending rows and the first SAMPLE_ROWS, sorted as text."""
    query = """
        select to_jsonb(offending_row), count(*) over () from ({}) as offending_row
        order by to_jsonb(offending_row)::text collate "C" limit {}
    """
    cursor.execute(sql.SQL(query).format(check.query, sql.Literal(SAMPLE_ROWS)))
    rows = cursor.fetchall()
    return CheckResult(check, rows[0][1] if rows else 0, [sample for sample, _ in rows])


def run_checks(checks: Sequence[Check], connections: int, limits: Mapping[str, float]) -> list[CheckResult]:
    """Return the results of the checks, in order of name. All connections read the same snapshot of the database.

    `limits`: settings of [Checks], which a check reads as current_setting('ntsb.<name>').
    """
    # Checks that read the most relations start first, so that the connections finish at about the same time.
    longest_first = sorted(checks, key=lambda check: (-len(relations_read(check.relations)), check.name))
    settings = SETTINGS | limit_settings(limits)
    results = run_in_shared_snapshot(run_check, longest_first, connections, SEARCH_PATH, settings)
    return sorted(results, key=lambda result: result.check.name)


def limit_settings(limits: Mapping[str, float]) -> dict[str, str]:
    """Return the settings of [Checks] under the names by which checks read them in PostgreSQL."""
    return {f"ntsb.{name}": str(limit) for name, limit in limits.items()}


def set_limits(cursor: Cursor, limits: Mapping[str, float]) -> None:
    """Set the settings of [Checks] for checks that run in the transaction."""
    for name, value in limit_settings(limits).items():
        cursor.execute("select set_config(%s, %s, true)", (name, value))


def write_results(cursor: Cursor, results: Sequence[CheckResult], postponed: Sequence[Check]) -> None:
    """Create candidate.check_result with one row per check; postponed ones have only a name and a status."""
    cursor.execute(CREATE_TABLE)
    cursor.execute("set local search_path = candidate, public")
    comment_records(cursor, ["check_result"])
    cursor.executemany(
        "insert into candidate.check_result (check_name, status) values (%s, %s)",
        [(check.name, POSTPONED) for check in postponed],
    )
    insert_results(cursor, results)


def insert_results(cursor: Cursor, results: Sequence[CheckResult]) -> None:
    """Add one row per result to candidate.check_result."""
    for result in results:
        check = result.check
        row = (check.name, check.family, check.severity, result.status, result.offending, check.allowed)
        values = (*row, Json(result.sample), check.description)
        cursor.execute("insert into candidate.check_result values (%s, %s, %s, %s, %s, %s, %s, %s)", values)


def run_postponed_checks(cursor: Cursor, relation: Relation, limits: Mapping[str, float]) -> None:
    """Run the postponed checks, add their results to candidate.check_result, and sign it again.

    `limits`: as in run_checks. Raises ChecksFailed if one of them stops publication.
    """
    set_limits(cursor, limits)
    path = sql.SQL(", ").join(map(Identifier, [*SEARCH_PATH, "public"]))
    cursor.execute(sql.SQL("set local search_path = {}").format(path))
    cursor.execute("select check_name from candidate.check_result where status = %s order by 1", (POSTPONED,))
    results = [run_check(cursor, read_check(FOLDER / f"{name}.sql")) for (name,) in cursor.fetchall()]
    if results:
        raise_on_failures(results)
        cursor.execute("delete from candidate.check_result where status = %s", (POSTPONED,))
        insert_results(cursor, results)
        sign_table(cursor, relation)


def raise_on_failures(results: Sequence[CheckResult]) -> None:
    """Log a warning for each check that warned. Raises ChecksFailed, listing every check that stops publication."""
    for result in results:
        if result.status == "warned":
            log.warning("check %s: %d rows (%s)", result.check.name, result.offending, result.check.description)
    failed = [result for result in results if result.status == "failed"]
    if failed:
        lines = [
            f"  {result.check.name}: {result.offending} rows, {result.check.allowed} allowed "
            f"({result.check.description}); for example {result.sample[0]}"
            for result in failed
        ]
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} checks stop publication; the last release stays current:\n"
            + "\n".join(lines)
            + '\nThe candidates are kept: run `psql "$(python -m pipeline database-url --owner)"` and in it '
            + f"`set search_path = {', '.join(SEARCH_PATH)};`"
        )
