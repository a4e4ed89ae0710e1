"""The audit: every check over the candidates, all of them run, all failures shown at once.

A check is a query in sql/checks that returns offending rows. Head lines: `-- needs:`, `-- checks: <sentence>`,
`-- severity: stop|warn|report`, `-- allow: <n>, <why>`, `-- family: <family>`.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extras import Json

from pipeline.config import SQL
from pipeline.errors import ChecksFailed
from pipeline.postgres.connection import Cursor, run_in_shared_snapshot
from pipeline.warehouse import sql_file, views
from pipeline.warehouse.signatures import sign_table
from targets.relations import Relation

log = logging.getLogger(__name__)

FOLDER = SQL / "checks"
SAMPLE_ROWS = 20
# The status of a check that publication asks: its views are not materialized yet.
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

# Checks read the share from ntsb.max_quarantined_share. Of candidates that are views the planner has no statistics,
# takes joins for far too large and sorts both sides.
SETTINGS = {"enable_mergejoin": "off"}


@dataclass(frozen=True)
class Check:
    """One check as its file says it."""

    name: str
    family: str
    severity: str
    allowed: int
    description: str
    query: str


@dataclass(frozen=True)
class CheckResult:
    """What a check found."""

    check: Check
    offending: int
    sample: list[dict[str, object]]

    @property
    def status(self) -> str:
        """passed, warned, failed or reported."""
        if self.check.severity == "report":
            return "reported"
        if self.offending <= self.check.allowed:
            return "passed"
        return {"stop": "failed", "warn": "warned"}[self.check.severity]


def files() -> list[Path]:
    """All checks, in order of name."""
    return sorted(FOLDER.glob("*.sql"))


def read_check(path: Path) -> Check:
    """A check from its file. Raises ValueError where a head line is missing."""
    text = path.read_text()
    marks = dict(re.findall(r"^-- (checks|severity|allow|family): (.+)$", text, re.MULTILINE))
    absent = {"checks", "severity", "allow", "family"} - set(marks)
    if absent or marks["severity"] not in ("stop", "warn", "report"):
        raise ValueError(
            f"{path.name}: needs the head lines checks, severity (stop|warn|report), allow, family; lacks {absent}"
        )
    allowed = int(marks["allow"].split(",")[0])
    return Check(path.stem, marks["family"], marks["severity"], allowed, marks["checks"], text.rstrip().rstrip(";"))


def relations_read(path: Path) -> list[str]:
    """Relations that the check names, that a view of those names, and so on; as often as they are named."""
    named = sql_file.needs(path)
    return [
        *named,
        *(name for view in named if view in views.view_names() for name in relations_read(views.view_file(view))),
    ]


def postponed_checks(cursor: Cursor) -> list[Path]:
    """Checks on views that publication will materialize: they are asked then, of what readers will see."""
    cursor.execute("select relname from pg_class where relnamespace = 'candidate'::regnamespace and relkind = 'v'")
    candidates = {name for (name,) in cursor.fetchall() if name in views.view_names()}
    plain = {name for name in candidates if views.unique_key(views.view_file(name))}
    return [path for path in files() if plain & set(relations_read(path))]


def run_check(cursor: Cursor, check: Check) -> CheckResult:
    """Counts the offending rows and keeps the first few, in order of their text; the query is asked once."""
    row = "to_jsonb(offending_row)"
    order = f'order by {row}::text collate "C" limit {SAMPLE_ROWS}'
    cursor.execute(f"select {row}, count(*) over () from ({check.query}) as offending_row {order}")
    found = cursor.fetchall()
    return CheckResult(check, found[0][1] if found else 0, [row for row, _ in found])


def run_checks(later: Sequence[Path], connections: int, max_quarantined_share: float) -> list[CheckResult]:
    """What all checks but `later` ones find, in order of name. All connections see the database at one moment."""
    # Those that read most come first, so that the connections end at about the same time.
    longest_first = sorted(set(files()) - set(later), key=lambda path: (-len(relations_read(path)), path))
    settings = SETTINGS | {"ntsb.max_quarantined_share": str(max_quarantined_share)}
    results = run_in_shared_snapshot(run_check, [*map(read_check, longest_first)], connections, SEARCH_PATH, settings)
    return sorted(results, key=lambda result: result.check.name)


def write_results(cursor: Cursor, results: Sequence[CheckResult], later: Sequence[Path]) -> None:
    """Writes candidate.check_result, one row per check; what those say that come later is not known yet."""
    cursor.execute(CREATE_TABLE)
    cursor.executemany(
        "insert into candidate.check_result (check_name, status) values (%s, %s)",
        [(path.stem, POSTPONED) for path in later],
    )
    insert_results(cursor, results)


def insert_results(cursor: Cursor, results: Sequence[CheckResult]) -> None:
    """Adds rows to candidate.check_result."""
    for result in results:
        check = result.check
        row = (check.name, check.family, check.severity, result.status, result.offending, check.allowed)
        values = (*row, Json(result.sample), check.description)
        cursor.execute("insert into candidate.check_result values (%s, %s, %s, %s, %s, %s, %s, %s)", values)


def run_postponed_checks(cursor: Cursor, relation: Relation) -> None:
    """Asks the checks that were postponed, judges them, and signs candidate.check_result anew. Raises AuditFailed."""
    cursor.execute(f"set local search_path = {', '.join(SEARCH_PATH)}, public")
    cursor.execute("select check_name from candidate.check_result where status = %s order by 1", (POSTPONED,))
    results = [run_check(cursor, read_check(FOLDER / f"{name}.sql")) for (name,) in cursor.fetchall()]
    if results:
        raise_on_failures(results)
        cursor.execute("delete from candidate.check_result where status = %s", (POSTPONED,))
        insert_results(cursor, results)
        sign_table(cursor, relation)


def raise_on_failures(results: Sequence[CheckResult]) -> None:
    """Logs warnings; raises AuditFailed with every check that stops publication."""
    for result in results:
        if result.status == "warned":
            log.warning("audit: %s: %d rows (%s)", result.check.name, result.offending, result.check.description)
    failed = [result for result in results if result.status == "failed"]
    if failed:
        lines = [
            f"  {result.check.name}: {result.offending} rows, {result.check.allowed} allowed "
            f"({result.check.description}); for example {result.sample[0]}"
            for result in failed
        ]
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} checks stop publication; readers keep the last release:\n"
            + "\n".join(lines)
            + f"\nThe candidates are kept: psql, then set search_path = {', '.join(SEARCH_PATH)}"
        )
