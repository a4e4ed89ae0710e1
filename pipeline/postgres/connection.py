"""Connections to the database: the external server if one is configured, else the embedded one, started on demand."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import Composable

from pipeline import config
from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server
from pipeline.postgres.errors import explain_error, parse_url
from pipeline.postgres.lock_holders import lock_timeout_message
from pipeline.postgres.roles import LOADER, OWNER
from pipeline.postgres.session import PARALLEL_SETTINGS, configure, open_connection

# The connection of the last transaction of this process, for the next one: opening it costs more than most queries. A
# forked process has another key, and psycopg2 does not close a connection of its parent.
_idle: dict[tuple[object, ...], Connection] = {}

# {URL: (until when it is not tried again, the error)} of servers that did not answer in time: planning asks for the
# state of each task.
_silent: dict[str, tuple[float, DatabaseUnavailable | None]] = {}
SILENT_S = 60

Item = TypeVar("Item")
Result = TypeVar("Result")

OTHER_ACTIVE_SESSIONS = """
select exists (
    select from pg_stat_activity
    where
        datname = current_database() and backend_type = 'client backend'
        and pid <> pg_backend_pid() and state <> 'idle'
)
"""


def embedded_server_folder(store: Path | None = None) -> Path:
    """Return the folder of the embedded server of a folder of cached targets, by default the configured one."""
    return (store or config.targets_folder()) / "postgres"


def is_embedded() -> bool:
    """Return True if no external server is configured."""
    return not config.Postgres().external_url()


def database_url(role: str = LOADER) -> str:
    """Return the URL of the database for a role; start the embedded server if no external one is configured.

    An external server has a URL of its own for the owner, or one for all roles.
    Raises PipelineError if the embedded server cannot be started, or the configured URL is malformed.
    """
    settings = config.Postgres()
    if external := settings.external_owner_url() if role == OWNER else settings.external_url():
        parse_url(external)
    return external or server.role_url(server.start(embedded_server_folder()), embedded_server_folder(), role)


def database_exists() -> bool:
    """Return False if the embedded database has not been created yet, which read-only commands must not do."""
    return not is_embedded() or server.exists(embedded_server_folder())


def connect(search_path: Sequence[str] = ("ntsb", "mart"), owner: bool = False) -> Connection:
    """Return a connection with fixed session settings, as the owner of the published schemas or else as the loader.

    Raises DatabaseUnavailable with the reason and what to do.
    """
    url = database_url(OWNER if owner else LOADER)
    until, silence = _silent.get(url, (0.0, None))
    if silence and time.monotonic() < until:
        raise silence
    try:
        connection = open_connection(url, is_embedded())
        _configure(connection, search_path)
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        unavailable = DatabaseUnavailable(explain_error(error, url, is_embedded()))
        if "timeout expired" in str(error):
            _silent[url] = (time.monotonic() + SILENT_S, unavailable)
        raise unavailable from error
    return connection


def _configure(connection: Connection, search_path: Sequence[str]) -> None:
    configure(connection, [*search_path, "public"], config.Postgres().lock_timeout_s)


def _idle_or_new(key: tuple[object, ...], search_path: Sequence[str], owner: bool) -> Connection:
    """Return the idle connection of this key, as if it were new, or a new one if there is none or it was lost."""
    if idle := _idle.pop(key, None):
        with suppress(psycopg2.Error):
            idle.set_session(isolation_level="default", readonly="default", autocommit=True)
            idle.cursor().execute("discard all")
            idle.autocommit = False
            _configure(idle, search_path)
            return idle
    return connect(search_path, owner)


@contextmanager
def transaction(
    *search_path: str, read_only: bool = False, alone: bool = False, owner: bool = False
) -> Iterator[Cursor]:
    """Yield a cursor in a new transaction with fixed session settings: committed at the end, rolled back on any error.

    `read_only`: repeatable read, one snapshot for all queries. `alone`: nothing else runs at the same time, as during
    a publication, so that queries may be parallel. `owner`: published relations may be changed.
    Raises DatabaseUnavailable.
    """
    settings = config.Postgres()
    database = settings.external_url() or embedded_server_folder()
    key = (os.getpid(), database, settings.external_owner_url(), owner)
    connection = _idle_or_new(key, search_path or ("ntsb", "mart"), owner)
    is_intact = False
    try:
        if read_only:
            connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
        with connection, connection.cursor() as cursor:
            if alone:
                cursor.execute(PARALLEL_SETTINGS)
            yield cursor
        is_intact = True
    except psycopg2.errors.LockNotAvailable as error:
        with connection, connection.cursor() as cursor:
            message = lock_timeout_message(cursor, config.Postgres().lock_timeout_s)
        raise DatabaseUnavailable(message) from error
    # The rollback on a lost connection raises InterfaceError, which hides the original error.
    except (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.errors.InsufficientPrivilege) as error:
        raise DatabaseUnavailable(explain_error(error, connection.dsn, is_embedded())) from error
    finally:
        _idle.clear()
        if is_intact:
            _idle[key] = connection
        else:
            connection.close()


def fetch_value(cursor: Cursor, query: str | Composable, *values: Any) -> Any:
    """Return the first column of the query's first row, or None if there is no row."""
    cursor.execute(query, values or None)
    row = cursor.fetchone()
    return row[0] if row else None


def fetch_records(cursor: Cursor) -> list[dict[str, Any]]:
    """Return the rows of the last query as {column: value}."""
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def relation_exists(cursor: Cursor, name: str | None) -> bool:
    """Return True if a relation has this name, in a schema that it states or on the search_path."""
    return fetch_value(cursor, "select to_regclass(%s)", name) is not None


@contextmanager
def parallel_if_idle(cursor: Cursor) -> Iterator[bool]:
    """Enable parallel queries inside the block if no other session is active; yield whether they are enabled.

    Parallel queries return rows in any order: use `order by` if the order matters.
    """
    is_idle = not fetch_value(cursor, OTHER_ACTIVE_SESSIONS)
    if is_idle:
        cursor.execute(PARALLEL_SETTINGS)
    yield is_idle
    if is_idle:
        cursor.execute("set local max_parallel_workers_per_gather = 0; set local max_parallel_maintenance_workers = 0")


def run_in_shared_snapshot(
    query: Callable[[Cursor, Item], Result],
    items: Sequence[Item],
    connections: int,
    search_path: Sequence[str],
    settings: Mapping[str, str],
) -> list[Result]:
    """Return the results of `query` for all items, in order, from several connections that share one snapshot."""
    idle: SimpleQueue[Cursor] = SimpleQueue()

    def query_on_idle(item: Item) -> Result:
        cursor = idle.get()
        try:
            return query(cursor, item)
        finally:
            idle.put(cursor)

    with ExitStack() as stack, ThreadPoolExecutor(connections) as pool:
        first, *others = [stack.enter_context(transaction(*search_path, read_only=True)) for _ in range(connections)]
        snapshot = fetch_value(first, "select pg_export_snapshot()")
        for cursor in others:
            cursor.execute("set transaction snapshot %s", (snapshot,))
        for cursor in (first, *others):
            for name, value in settings.items():
                cursor.execute("select set_config(%s, %s, true)", (name, value))
            idle.put(cursor)
        return list(pool.map(query_on_idle, items))
