"""A reader that queries the current release repeatedly while runs work on the database."""

import threading
import time
from contextlib import closing
from types import TracebackType

import psycopg2

# One statement that reads a table, a dependent table, a view and a materialized view.
QUERY = """
    select
        (select string_agg(id, ' ') from audit.release where is_current),
        (select count(*) from events),
        (select count(*) from aircraft where ev_id in (select ev_id from events)),
        (select count(*) from event_summary),
        (select sum(events) from mv_decade_stats)
"""


class Reader:
    """Queries every 0.03 s, in a thread, on one connection.

    `seen`: the successive results, each once; `looks`: the number of queries; `errors`: their messages.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[tuple[object, ...]] = []
        self.errors: list[str] = []
        self.looks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with closing(psycopg2.connect(self.url)) as connection:
                connection.autocommit = True
                while not self._stop.is_set():
                    self._query(connection)
                    time.sleep(0.03)
        except psycopg2.Error as error:
            self.errors.append(f"connection lost: {error}")

    def _query(self, connection: psycopg2.extensions.connection) -> None:
        with connection.cursor() as cursor:
            try:
                cursor.execute(QUERY)
            except psycopg2.Error as error:
                if connection.closed:
                    raise
                self.errors.append(str(error))
                return
            self.looks += 1
            (row,) = cursor.fetchall()
            if not self.seen or self.seen[-1] != row:
                self.seen.append(row)
