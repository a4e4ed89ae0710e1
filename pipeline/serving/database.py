"""Read-only connections of the reader role: a bounded pool, and requests that see one release.

A publication moves relations between schemas, and PostgreSQL resolves names when a statement runs, not when its
transaction began: a transaction that a publication overtakes could read tables of both releases. So a result counts
only if no publication was committed between the beginning and the end of its transaction; otherwise it is read again.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres.connection import fetch_value
from pipeline.postgres.errors import explain_error
from pipeline.postgres.roles import READER
from pipeline.postgres.session import configure, open_connection

Result = TypeVar("Result")

SEARCH_PATH = ("ntsb", "mart", "code_mappings", "public")
ATTEMPTS = 5
# Statements that a connection keeps prepared; their number depends on the combinations of filters.
MAX_PREPARED = 200

CURRENT = """
select id, snapshot, (select max(sequence) from audit.publication_log) from audit.release where is_current
"""
# Of a release: an edited view or another snapshot with the same rows changes it, although the release stays the same.
FINGERPRINTS = """
select sources::text || string_agg(concat_ws(' ', target_schema, name, fingerprint), ' ' order by target_schema, name)
from audit.release
inner join audit.release_relation on release_relation.release = release.id
where release.id = %s
group by release.id
"""
# Of the role that logged in, which can undo `set role`. True for the owner, the loader and superusers.
CAN_WRITE = """
select
    coalesce(has_table_privilege(session_user, to_regclass('ntsb.events'), 'insert'), false)
    or coalesce(has_schema_privilege(session_user, to_regnamespace('candidate'), 'create'), false)
"""
IS_READER = "select pg_has_role(current_user, oid, 'member') from pg_roles where rolname = %s"


class Busy(Exception):
    """No connection became available in time."""


class NotPublished(Exception):
    """The database has no published release."""


@dataclass(frozen=True)
class Release:
    """The current release; `sequence` numbers publications and rollbacks, `edition` identifies relations and views."""

    id: str
    snapshot: str
    sequence: int
    edition: str = ""


def connect(url: str, embedded: bool, statement_timeout_s: float) -> Connection:
    """Return a read-only connection in autocommit mode. Raises DatabaseUnavailable, also for a role that may write."""
    try:
        connection = open_connection(url, embedded, application_name="ntsb-serving")
        configure(connection, SEARCH_PATH, statement_timeout_s)
        connection.autocommit = True
        with connection.cursor() as cursor:
            _restrict(cursor, statement_timeout_s)
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        raise DatabaseUnavailable(explain_error(error, url, embedded)) from error
    return connection


def _restrict(cursor: Cursor, statement_timeout_s: float) -> None:
    """Become the reader where the role may, and limit statements. Raises DatabaseUnavailable if it may write."""
    if fetch_value(cursor, IS_READER, READER):
        cursor.execute(SQL("set role {}").format(Identifier(READER)))
    if fetch_value(cursor, CAN_WRITE):
        raise DatabaseUnavailable(
            "serve: expected a database role that may only read, found one that may write; set NTSB_DATABASE_URL to "
            f"the URL of the role {READER}"
        )
    limit = Literal(f"{round(statement_timeout_s * 1000)}ms")
    cursor.execute(SQL("set statement_timeout = {0}; set idle_in_transaction_session_timeout = {0}").format(limit))
    cursor.execute("set default_transaction_read_only = on")


class Session:
    """A connection with its prepared statements."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.prepared: set[str] = set()

    def execute(
        self, query: Composable, values: Sequence[Any] = (), plan_cache_mode: str = "auto"
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query with parameters $1, $2 and so on, each with a cast; prepared on first use.

        With `plan_cache_mode` force_custom_plan, its plan depends on the values, such as a frequent make or a rare one.
        """
        text = query.as_string(self.connection)
        name = f"q{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        if name not in self.prepared:
            if len(self.prepared) >= MAX_PREPARED:
                self.forget()
            self.cursor.execute(SQL("prepare {} as {}").format(Identifier(name), query))
            self.prepared.add(name)
        parameters = SQL("({})").format(SQL(", ").join(map(Literal, values))) if values else SQL("")
        statement = SQL("set local plan_cache_mode = {}; execute {}{}")
        self.cursor.execute(statement.format(Literal(plan_cache_mode), Identifier(name), parameters))
        return self.cursor.fetchall()

    def columns(self) -> list[tuple[str, int]]:
        """Return (name, type oid) of each column of the last query."""
        return [(column.name, column.type_code) for column in self.cursor.description or ()]

    def forget(self) -> None:
        """Drop the prepared statements."""
        self.cursor.execute("deallocate all")
        self.prepared.clear()

    def release(self) -> Release:
        """Return the current release. Raises NotPublished."""
        return self._release_after("")

    def begin(self) -> Release:
        """Begin a transaction with one snapshot, and return the current release. Raises NotPublished."""
        return self._release_after("begin isolation level repeatable read read only;")

    def commit(self) -> Release:
        """End the transaction, and return the release that is current then. Raises NotPublished."""
        return self._release_after("commit;")

    def _release_after(self, statement: str) -> Release:
        """Execute a statement, and return the current release. Raises NotPublished."""
        # In one message to the server, which takes longer than the query.
        self.cursor.execute(SQL("{}{}").format(SQL(statement), SQL(CURRENT)))
        row = self.cursor.fetchone()
        if row is None:
            raise NotPublished
        return Release(*row)

    def is_closed(self) -> bool:
        """Return True if the connection is lost."""
        return self.connection.closed != 0


class Database:
    """A bounded pool of sessions; `url` is called for each new connection."""

    def __init__(
        self, url: Callable[[], str], embedded: bool, connections: int, statement_timeout_s: float, wait_s: float
    ) -> None:
        self._url, self._embedded = url, embedded
        self._statement_timeout_s, self._wait_s = statement_timeout_s, wait_s
        # The last one used first, so that few connections hold the prepared statements.
        self._idle: LifoQueue[Session | None] = LifoQueue()
        self._editions: dict[tuple[int, str], str] = {}
        self._lock = threading.Lock()
        for _ in range(connections):
            self._idle.put(None)

    def read(self, query: Callable[[Session], Result]) -> tuple[Release, Result]:
        """Return the current release and the result of `query`, which sees only that release, from one transaction.

        Raises Busy, NotPublished, DatabaseUnavailable and psycopg2.Error.
        """
        with self._session() as session:
            for attempt in range(ATTEMPTS):
                try:
                    if (outcome := self._attempt(session, query)) is not None:
                        return outcome
                except (psycopg2.ProgrammingError, psycopg2.NotSupportedError, psycopg2.InternalError):
                    # A publication may have changed the columns of a prepared statement, or moved a relation; any other
                    # error occurs again.
                    if attempt:
                        raise
                session.forget()
            raise Busy

    def _attempt(self, session: Session, query: Callable[[Session], Result]) -> tuple[Release, Result] | None:
        """Return the release and the result, or None if a publication was committed during the transaction."""
        try:
            release = session.begin()
            published = self._with_edition(session, release)
            result = query(session)
            return (published, result) if session.commit() == release else None
        except BaseException:
            with suppress(psycopg2.Error):
                session.cursor.execute("rollback")
            raise

    def release(self) -> Release:
        """Return the current release with its edition. Raises like `read`."""
        return self.read(lambda session: None)[0]

    def _with_edition(self, session: Session, release: Release) -> Release:
        """Return the release with 8 hex digits over its publication, sources and the fingerprints of its relations."""
        key = release.sequence, release.snapshot
        with self._lock:
            if key not in self._editions:
                text = f"{key} {fetch_value(session.cursor, FINGERPRINTS, release.id)}"
                self._editions = {key: hashlib.sha256(text.encode()).hexdigest()[:8]}
            return replace(release, edition=self._editions[key])

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Yield a session of the pool, a new one if the idle one was closed. Raises Busy."""
        try:
            session = self._idle.get(timeout=self._wait_s)
        except Empty:
            raise Busy from None
        try:
            if session is None or not _answers(session):
                session = None
                session = Session(connect(self._url(), self._embedded, self._statement_timeout_s))
            yield session
        finally:
            self._idle.put(None if session is None or session.is_closed() else session)

    def close(self) -> None:
        """Close the idle connections."""
        while not self._idle.empty():
            session = self._idle.get()
            if session is not None:
                session.connection.close()


def _answers(session: Session) -> bool:
    """Return False if the server has closed the connection, which shows only when it is used."""
    try:
        session.cursor.execute("select")
    except psycopg2.Error:
        session.connection.close()
        return False
    return True
