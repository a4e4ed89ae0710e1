"""Exclusive locks on the relations that a publication or rollback moves, acquired all together or not at all.

Acquiring the locks one at a time can deadlock with a reader, and PostgreSQL might then cancel the reader. An attempt is
therefore rolled back, with all of its locks, before PostgreSQL's deadlock check; a reader waits no longer than that.
"""

import math
import time
from collections.abc import Sequence

import psycopg2

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.postgres.lock_holders import lock_timeout_message

# Less than deadlock_timeout, by default one second.
ATTEMPT_MS = 500
PAUSE_S = 0.2

# Setting the owner that a relation has changes nothing but acquires ACCESS EXCLUSIVE, for relations of every kind.
LOCK_STATEMENTS = """
select format(
    'alter %%s %%I.%%I owner to %%I',
    case relkind when 'r' then 'table' when 'v' then 'view' else 'materialized view' end,
    nspname, relname, pg_get_userbyid(relowner)
)
from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
where pg_class.oid = any(%s) and relkind in ('r', 'v', 'm')
order by pg_class.oid
"""


def lock_relations(cursor: Cursor, oids: Sequence[int]) -> None:
    """Lock the relations until the transaction ends. Raises DatabaseUnavailable after the session's lock_timeout."""
    cursor.execute(LOCK_STATEMENTS, (list(oids),))
    block = "do $hold$ begin null; " + "".join(f"{statement};" for (statement,) in cursor.fetchall()) + " end $hold$"
    statement_timeout = fetch_value(cursor, "select current_setting('statement_timeout')")
    seconds = fetch_value(cursor, "select setting::float / 1000 from pg_settings where name = 'lock_timeout'")
    deadline = time.monotonic() + seconds if seconds else math.inf
    while not _try_lock(cursor, block):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(lock_timeout_message(cursor, seconds))
        time.sleep(PAUSE_S)
    cursor.execute("select set_config('statement_timeout', %s, true)", (statement_timeout,))


def _try_lock(cursor: Cursor, block: str) -> bool:
    """Return True if all locks were acquired within ATTEMPT_MS; otherwise none is held."""
    cursor.execute("savepoint before_locks")
    cursor.execute("select set_config('statement_timeout', %s, true)", (str(ATTEMPT_MS),))
    try:
        cursor.execute(block)
    except (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected):
        cursor.execute("rollback to savepoint before_locks")
        return False
    return True
