"""What the database says about the current release, for summaries, metrics and notifications."""

from collections.abc import Iterable
from typing import Any

import psycopg2
import psycopg2.extras

from pipeline.postgres.connection import Cursor, fetch_records

CURRENT = "select id as release, snapshot, publication from audit.release where is_current"
ROWS = """
select
    coalesce(sum(rows_in), 0)::bigint as in,
    coalesce(sum(rows_quarantined), 0)::bigint as quarantined,
    coalesce(sum(rows_superseded), 0)::bigint as superseded,
    coalesce(sum(rows_published), 0)::bigint as published
from audit.row_conservation
"""
FILES = """
select source_file, sum(rows_in)::bigint, sum(rows_in - rows_quarantined)::bigint
from audit.row_conservation
group by source_file
"""
CHANGES = """
select kind, count(*)
from history.event_version
where change = (select max(number) from history.change)
group by kind order by kind
"""
CHECKS = "select status, count(*) from audit.check_result group by status order by status"
INSERT_RUN = """
insert into audit.run_log (run, started, ended, state, release, tasks_run, tasks_failed, summary)
values (%(run)s, %(started)s, %(ended)s, %(state)s, %(release)s, %(tasks_run)s, %(tasks_failed)s, %(summary)s)
on conflict (run) do nothing
"""


def read(cursor: Cursor, has_published: bool) -> dict[str, Any]:
    """Return release, snapshot, publication, row counts in total and by file, checks, and changes if the run published.

    Empty if there is no release, or one of an earlier version without these accounts.
    """
    try:
        cursor.execute(CURRENT)
        if not (current := fetch_records(cursor)):
            return {}
        cursor.execute(ROWS)
        state = current[0] | {"rows": fetch_records(cursor)[0]}
        cursor.execute(FILES)
        state["files"] = {file: {"in": rows, "cast": cast} for file, rows, cast in cursor.fetchall()}
        return state | {"checks": counts(cursor, CHECKS), "changes": counts(cursor, CHANGES) if has_published else {}}
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn):
        cursor.connection.rollback()
        return {}


def counts(cursor: Cursor, query: str) -> dict[str, int]:
    """Return {first column: second column} of a query with two columns, a name and a count."""
    cursor.execute(query)
    return dict(cursor.fetchall())


def record_runs(cursor: Cursor, summaries: Iterable[dict[str, Any]]) -> None:
    """Add the summaries to audit.run_log that it does not have yet, except those with a release of another database.

    If the database is not prepared yet, a later run adds them.
    """
    try:
        cursor.execute("select run from audit.run_log")
        logged = {run for (run,) in cursor.fetchall()}
        cursor.execute("select id from audit.release")
        releases = {None, *(release for (release,) in cursor.fetchall())}
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn):
        cursor.connection.rollback()
        return
    for summary in summaries:
        if summary["run"] not in logged and summary["release"] in releases:
            tasks = {f"tasks_{name}": summary["tasks"][name] for name in ("run", "failed")}
            cursor.execute(INSERT_RUN, {**summary, **tasks, "summary": psycopg2.extras.Json(summary)})


def forget_runs(cursor: Cursor, before_s: float) -> int:
    """Delete the runs that started before this time, in seconds since 1970, from audit.run_log; return their number."""
    cursor.execute("delete from audit.run_log where started < to_timestamp(%s)", (before_s,))
    return int(cursor.rowcount)
