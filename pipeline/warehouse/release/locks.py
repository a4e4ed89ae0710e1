"""Locks on all that readers are about to lose, taken together or not at all.

Whoever takes them one by one and waits may hold what a reader wants while the reader holds what he wants: PostgreSQL
ends such a circle after a second by ending somebody, perhaps the reader. Here an attempt is given up, with all of its
locks, before that second is over; meanwhile no reader waits for longer than an attempt.
"""

import time
from collections.abc import Sequence

import psycopg2

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres.connection import Cursor, fetch_value

# PostgreSQL looks for circles after deadlock_timeout, one second.
ATTEMPT_MS = 500
PAUSE_S = 0.2
TIMEOUT_S = 600

# To name the owner it has is to change nothing, yet takes the lock that a move takes, for relations of every kind.
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
    """Keeps readers off the relations until the transaction ends. Raises DatabaseUnavailable after ten minutes."""
    cursor.execute(LOCK_STATEMENTS, (list(oids),))
    block = "do $hold$ begin null; " + "".join(f"{statement};" for (statement,) in cursor.fetchall()) + " end $hold$"
    usual = fetch_value(cursor, "select current_setting('statement_timeout')")
    limit = time.monotonic() + TIMEOUT_S
    while not _try_lock(cursor, block):
        if time.monotonic() > limit:
            raise DatabaseUnavailable(
                f"publication: expected readers to let go of the tables within {TIMEOUT_S} s, found one that holds on "
                "(select * from pg_stat_activity where state <> 'idle'); end that session and run again"
            )
        time.sleep(PAUSE_S)
    cursor.execute("select set_config('statement_timeout', %s, true)", (usual,))


def _try_lock(cursor: Cursor, block: str) -> bool:
    """True where all locks were taken in time; else none is held."""
    cursor.execute("savepoint before_locks")
    cursor.execute(f"set local statement_timeout = {ATTEMPT_MS}")
    try:
        cursor.execute(block)
    except (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected):
        cursor.execute("rollback to savepoint before_locks")
        return False
    return True
