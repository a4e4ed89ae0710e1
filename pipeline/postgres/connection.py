"""Connections to the database: the user's server, or the embedded one, started on demand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from pipeline import config
from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server
from pipeline.postgres.errors import explain_error
from pipeline.postgres.session import PARALLEL_SETTINGS, SESSION_OPTIONS

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


def embedded_server_folder() -> Path:
    """Where the embedded server keeps its files."""
    return config.targets_folder() / "postgres"


def is_embedded() -> bool:
    """True where no server of the user's is named."""
    return not config.Postgres().external_url()


def database_url() -> str:
    """The URL of the database in force; starts the embedded server where no other is named."""
    return config.Postgres().external_url() or server.start(embedded_server_folder())


def database_exists() -> bool:
    """False where the embedded server was never made: nothing can be in it, and a mere look must not make one."""
    return not is_embedded() or server.exists(embedded_server_folder())


def connect(search_path: Sequence[str] = ("ntsb", "mart", "public")) -> Connection:
    """A connection with pinned session settings. Raises DatabaseUnavailable with the next move."""
    url = database_url()
    path = ",".join([*search_path, "public"])
    try:
        return psycopg2.connect(
            url, options=f"{SESSION_OPTIONS} -c search_path={path}", application_name="ntsb-pipeline"
        )
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable(explain_error(error, url, is_embedded())) from error


@contextmanager
def transaction(*search_path: str, read_only: bool = False, alone: bool = False) -> Iterator[Cursor]:
    """A cursor in a transaction of its own: committed at the end, rolled back on any error, closed in both cases.

    `alone`: nothing else runs meanwhile, as at a publication.
    """
    connection = connect(search_path or ("ntsb", "mart"))
    try:
        if read_only:
            connection.set_session(readonly=True, isolation_level="REPEATABLE READ")
        with connection, connection.cursor() as cursor:
            if alone:
                cursor.execute(PARALLEL_SETTINGS)
            yield cursor
    # A connection that was lost cannot be rolled back: psycopg2 then says InterfaceError in place of the reason.
    except (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.errors.InsufficientPrivilege) as error:
        raise DatabaseUnavailable(explain_error(error, connection.dsn, is_embedded())) from error
    finally:
        connection.close()


def fetch_value(cursor: Cursor, query: str, *values: Any) -> Any:
    """The first value of the first row, or None."""
    cursor.execute(query, values or None)
    row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def parallel_if_idle(cursor: Cursor) -> Iterator[bool]:
    """Inside, queries of this transaction take a worker where nobody else is at work in the database; says whether.

    Rows then come in any order: whoever keeps them says in which.
    """
    is_spare = not fetch_value(cursor, OTHER_ACTIVE_SESSIONS)
    if is_spare:
        cursor.execute(PARALLEL_SETTINGS)
    yield is_spare
    if is_spare:
        cursor.execute("set local max_parallel_workers_per_gather = 0; set local max_parallel_maintenance_workers = 0")


def run_in_shared_snapshot(
    ask: Callable[[Cursor, Item], Result],
    questions: Sequence[Item],
    connections: int,
    search_path: Sequence[str],
    settings: Mapping[str, str],
) -> list[Result]:
    """Answers in the order of the questions, asked on several connections that see the database at one moment."""
    idle: SimpleQueue[Cursor] = SimpleQueue()

    def ask_on_idle(question: Item) -> Result:
        cursor = idle.get()
        try:
            return ask(cursor, question)
        finally:
            idle.put(cursor)

    with ExitStack() as stack, ThreadPoolExecutor(connections) as pool:
        first, *others = [stack.enter_context(transaction(*search_path, read_only=True)) for _ in range(connections)]
        moment = fetch_value(first, "select pg_export_snapshot()")
        for cursor in others:
            cursor.execute("set transaction snapshot %s", (moment,))
        for cursor in (first, *others):
            for name, value in settings.items():
                cursor.execute("select set_config(%s, %s, true)", (name, value))
            idle.put(cursor)
        return list(pool.map(ask_on_idle, questions))
