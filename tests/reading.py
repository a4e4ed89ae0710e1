"""A reader who looks at the release again and again while runs work on it."""

import threading
import time
from contextlib import closing
from types import TracebackType

import psycopg2

# One statement, as a reader asks: it names a table, one that hangs on it, a view and a materialized view.
LOOK = """
    select
        (select string_agg(id, ' ') from audit.release where is_current),
        (select count(*) from events),
        (select count(*) from aircraft where ev_id in (select ev_id from events)),
        (select count(*) from event_summary),
        (select sum(events) from mv_decade_stats)
"""


class Reader:
    """Looks every few hundredths of a second, in a thread, on one connection; `seen` and `errors` say what."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[tuple[object, ...]] = []
        self.errors: list[str] = []
        self.looks = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        try:
            with closing(psycopg2.connect(self.url)) as connection:
                connection.autocommit = True
                while not self._end.is_set():
                    self._once(connection)
                    time.sleep(0.03)
        except psycopg2.Error as error:
            self.errors.append(f"the connection is lost: {error}")

    def _once(self, connection: psycopg2.extensions.connection) -> None:
        with connection.cursor() as cursor:
            try:
                cursor.execute(LOOK)
            except psycopg2.Error as error:
                if connection.closed:
                    raise
                self.errors.append(str(error))
                return
            self.looks += 1
            (row,) = cursor.fetchall()
            if not self.seen or self.seen[-1] != row:
                self.seen.append(row)
