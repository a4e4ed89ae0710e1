"""Work that needs relations to itself for a moment, while readers may hold them.

A move waits for readers only briefly, and gives back everything it holds before it tries again. So nobody waits long
behind it, and where two wait for each other it is the move that steps back: it gives up before PostgreSQL looks for
deadlocks (after one second) and would have to choose whom to fail.
"""

import logging
import time
from collections.abc import Callable

from psycopg2.errors import DeadlockDetected, LockNotAvailable

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import Cursor

log = logging.getLogger(__name__)

WAIT_MS = 400
PAUSE_S = 0.2
PATIENCE_S = 600.0


def patiently(cursor: Cursor, work: Callable[[], None], patience_s: float = PATIENCE_S) -> None:
    """Does the work inside the cursor's transaction, as often as it takes. Raises DatabaseUnavailable at last."""
    end = time.monotonic() + patience_s
    told = False
    cursor.execute(f"set local lock_timeout = {WAIT_MS}")
    while True:
        cursor.execute("savepoint patience")
        try:
            work()
            cursor.execute("release savepoint patience; set local lock_timeout = 0")
            return
        except (LockNotAvailable, DeadlockDetected) as error:
            cursor.execute("rollback to savepoint patience")
            if time.monotonic() > end:
                raise DatabaseUnavailable(
                    f"readers have held the published tables for {patience_s:.0f} s without a pause: nothing was "
                    "published; end long queries (select * from pg_stat_activity) and run again"
                ) from error
        if not told:
            log.info("readers hold the published tables: publication waits for them")
            told = True
        time.sleep(PAUSE_S)
