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

from pipeline import settings
from pipeline.errors import DatabaseUnavailable
from pipeline.server import cluster
from pipeline.server.postgres_errors import explain

__all__ = [
    "Connection",
    "Cursor",
    "at_one_moment",
    "connect",
    "database_url",
    "is_there",
    "scalar",
    "spare_worker",
    "transaction",
]

Question = TypeVar("Question")
Answer = TypeVar("Answer")

# Pinned, so that no result depends on the server's or the user's own settings. Steps share the processors among
# themselves: workers of a query's own only take turns with other steps, and a sum of reals depends on their order.
SESSION = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c extra_float_digits=1 "
    "-c client_min_messages=warning -c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0 "
    # A publication waits for what others compare for it.
    "-c idle_in_transaction_session_timeout=0"
)

# Where nothing else runs, a second processor is worth having, for fewer rows than it usually is.
ALONE = """
set local max_parallel_workers_per_gather = 1;
set local max_parallel_maintenance_workers = 1;
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.005
"""

AT_WORK = """
select exists (
    select from pg_stat_activity
    where
        datname = current_database() and backend_type = 'client backend'
        and pid <> pg_backend_pid() and state <> 'idle'
)
"""


def embedded_folder() -> Path:
    """Where the embedded server keeps its files."""
    return settings.targets_folder() / "postgres"


def is_embedded() -> bool:
    """True where no server of the user's is named."""
    return not settings.Postgres().external_url()


def database_url() -> str:
    """The URL of the database in force; starts the embedded server where no other is named."""
    return settings.Postgres().external_url() or cluster.start(embedded_folder())


def is_there() -> bool:
    """False where the embedded server was never made: nothing can be in it, and a mere look must not make one."""
    return not is_embedded() or cluster.is_made(embedded_folder())


def connect(search_path: Sequence[str] = ("ntsb", "mart", "public")) -> Connection:
    """A connection with pinned session settings. Raises DatabaseUnavailable with the next move."""
    url = database_url()
    path = ",".join([*search_path, "public"])
    try:
        return psycopg2.connect(url, options=f"{SESSION} -c search_path={path}", application_name="ntsb-pipeline")
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable(explain(error, url, is_embedded())) from error


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
                cursor.execute(ALONE)
            yield cursor
    # A connection that was lost cannot be rolled back: psycopg2 then says InterfaceError in place of the reason.
    except (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.errors.InsufficientPrivilege) as error:
        raise DatabaseUnavailable(explain(error, connection.dsn, is_embedded())) from error
    finally:
        connection.close()


def scalar(cursor: Cursor, query: str, *values: Any) -> Any:
    """The first value of the first row, or None."""
    cursor.execute(query, values or None)
    row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def spare_worker(cursor: Cursor) -> Iterator[bool]:
    """Inside, queries of this transaction take a worker where nobody else is at work in the database; says whether.

    Rows then come in any order: whoever keeps them says in which.
    """
    is_spare = not scalar(cursor, AT_WORK)
    if is_spare:
        cursor.execute(ALONE)
    yield is_spare
    if is_spare:
        cursor.execute("set local max_parallel_workers_per_gather = 0; set local max_parallel_maintenance_workers = 0")


def at_one_moment(
    ask: Callable[[Cursor, Question], Answer],
    questions: Sequence[Question],
    connections: int,
    search_path: Sequence[str],
    settings: Mapping[str, str],
) -> list[Answer]:
    """Answers in the order of the questions, asked on several connections that see the database at one moment."""
    idle: SimpleQueue[Cursor] = SimpleQueue()

    def ask_on_idle(question: Question) -> Answer:
        cursor = idle.get()
        try:
            return ask(cursor, question)
        finally:
            idle.put(cursor)

    with ExitStack() as stack, ThreadPoolExecutor(connections) as pool:
        first, *others = [stack.enter_context(transaction(*search_path, read_only=True)) for _ in range(connections)]
        moment = scalar(first, "select pg_export_snapshot()")
        for cursor in others:
            cursor.execute("set transaction snapshot %s", (moment,))
        for cursor in (first, *others):
            for name, value in settings.items():
                cursor.execute("select set_config(%s, %s, true)", (name, value))
            idle.put(cursor)
        return list(pool.map(ask_on_idle, questions))
