"""One SELECT of a client, executed as the reader with limits on rows, bytes and time.

The text is a value, never part of a statement: PL/pgSQL opens a cursor for it, which accepts a single query only, in a
transaction that is read only. Each text gets a connection of its own, so that nothing it sets remains.
"""

import re
from typing import Any

import psycopg2
from psycopg2.sql import SQL

from pipeline.errors import PipelineError
from pipeline.serving.database import Database, Session
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
# A row may have a gigabyte, and a function another value each time: the server measures the rows that it then returns.
# The first columns are total size, whether there are more rows, and number of the row: NULL without rows.
MEASURED = """
'with result as materialized (
    select row_number() over () as number, "serving.row" as row
    from (select * from (' || {text} || E'\\n) as query limit {rows} + 1) as "serving.row"
), size as (
    select coalesce(sum(octet_length(row::text)) filter (where number <= {rows}), 0) as total,
        count(*) > {rows} as is_truncated
    from result
)
select size.*, number, (row).* from size left join result on total <= {bytes} and number <= {rows}
order by result.number'
"""
OWN_COLUMNS = 3
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
        release, result = database.read(lambda session: _fetch(session, text))
    except psycopg2.errors.QueryCanceled as error:
        raise PipelineError("query: expected a shorter one, found the time limit exceeded; add a condition") from error
    except psycopg2.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise PipelineError(f"query: expected one SELECT, found: {reason}; correct it") from error
    return {"release": release.id, **result}


def _fetch(session: Session, text: str) -> dict[str, Any]:
    """Return {columns, rows, truncated} of the query. Raises PipelineError above MAX_BYTES."""
    cursor = session.cursor
    cursor.execute("select set_config('serving.query', %s, true)", (text.strip().rstrip(";"),))
    # Alone first, because a text that ends the subquery below could be several queries. Its rows are not read.
    cursor.execute(SQL(OPEN).format(name=SQL("alone"), query=SQL(TEXT)))
    limits = {"rows": SQL(str(MAX_ROWS)), "bytes": SQL(str(MAX_BYTES))}
    measured = SQL(MEASURED).format(text=SQL(TEXT), **limits)
    cursor.execute(SQL(OPEN).format(name=SQL("result"), query=measured))
    cursor.execute("fetch all from result")
    rows = cursor.fetchall()
    total, is_truncated, number = rows[0][:OWN_COLUMNS]
    if total > MAX_BYTES:
        raise PipelineError(f"query: expected at most {MAX_BYTES} bytes, found more; select fewer columns or rows")
    columns = [column.name for column in cursor.description or ()][OWN_COLUMNS:]
    values = [list(map(finite, row[OWN_COLUMNS:])) for row in rows if number is not None]
    return {"columns": columns, "rows": values, "truncated": is_truncated}
