"""One SELECT of a client, executed as the reader with limits on rows, bytes and time.

The text is a value, never part of a statement: PL/pgSQL opens a cursor for it, which accepts a single query only, in a
transaction that is read only. Each text gets a connection of its own, so that nothing it sets remains.
"""

import re
from typing import Any

import psycopg2
from psycopg2.sql import SQL

from pipeline.errors import PipelineError
from pipeline.serving.database import Database, Release, Session
from pipeline.serving.formats import finite

MAX_ROWS = 1000
MAX_BYTES = 2_000_000
OPEN = """
do $$
declare
    {name} refcursor := '{name}';
begin
    open {name} for execute {query};
end
$$
"""
TEXT = "current_setting('serving.query')"
# A row may have a gigabyte: the size is computed by the server before anything is transferred.
SIZE = """
'select coalesce(sum(octet_length(size::text)), 0) from (select * from ('
|| {text} || E'\\n) as rows limit {rows}) as size'
"""
# Functions with effects outside the transaction, or that execute text. U& would write their names in another way.
REFUSED = re.compile(
    r"\b(set_config|pg_(?:terminate|cancel)_backend|pg_sleep\w*|pg_(?:try_)?advisory\w*|pg_notify|pg_reload_conf"
    r"|pg_rotate\w*|pg_log_backend\w*|pg_(?:read|ls|stat_file|file|logical|replication|create|drop|switch|promote)\w*"
    r"|ts_stat|ts_rewrite|lo_\w+|lowrite|loread|dblink\w*|\w+_to_xml\w*|current_setting|pg_hba\w*|pg_export_snapshot)\b|\bU&\s*\"",
    re.IGNORECASE,
)


def run_select(database: Database, text: str) -> dict[str, Any]:
    """Return {release, columns, rows, truncated} of a query. Raises PipelineError for anything but one SELECT."""
    if refused := REFUSED.search(text):
        raise PipelineError(f"query: expected a query of published data, found {refused.group()}; remove it")
    if "\x00" in text:
        raise PipelineError("query: expected text, found a NUL character; remove it")
    try:
        release, (columns, rows) = database.read(lambda session: _fetch(session, text))
    except psycopg2.errors.QueryCanceled as error:
        raise PipelineError("query: expected a shorter one, found the time limit exceeded; add a condition") from error
    except psycopg2.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise PipelineError(f"query: expected one SELECT, found: {reason}; correct it") from error
    return _result(release, columns, rows)


def _fetch(session: Session, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = session.cursor
    cursor.execute("select set_config('serving.query', %s, true)", (text.strip().rstrip(";"),))
    # Alone first, because a text that ends the subquery below could be several queries.
    cursor.execute(SQL(OPEN).format(name=SQL("result"), query=SQL(TEXT)))
    size = SQL(SIZE).format(text=SQL(TEXT), rows=SQL(str(MAX_ROWS + 1)))
    cursor.execute(SQL(OPEN).format(name=SQL("total"), query=size))
    cursor.execute("fetch next from total")
    if cursor.fetchall()[0][0] > MAX_BYTES:
        raise PipelineError(f"query: expected at most {MAX_BYTES} bytes, found more; select fewer columns or rows")
    cursor.execute("fetch forward %s from result", (MAX_ROWS + 1,))
    rows = cursor.fetchall()
    return [column.name for column in cursor.description or ()], rows


def _result(release: Release, columns: list[str], rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    shown = [list(map(finite, row)) for row in rows[:MAX_ROWS]]
    return {"release": release.id, "columns": columns, "rows": shown, "truncated": len(rows) > MAX_ROWS}
