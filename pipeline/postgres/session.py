"""Session settings of every connection, so that no result depends on the environment or on the server's configuration.

They are executed, not passed as startup options: libpq sends PGTZ, PGDATESTYLE and PGGEQO after those.
"""

import os
import threading
from collections.abc import Sequence
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn
from psycopg2.sql import SQL, Identifier, Literal

SESSION_SETTINGS = {
    # How values are written and read.
    "timezone": "UTC",
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    # How statements are read.
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    "default_text_search_config": "pg_catalog.english",
    # No parallel queries: tasks already use all processors, and a sum of reals depends on the order of the rows.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "geqo": "on",
    "jit": "off",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "statement_timeout": "0",
    # A publication is idle in its transaction while other connections compare tables for it.
    "idle_in_transaction_session_timeout": "0",
}
# client_encoding determines how text is read and written. Empty `options` take precedence over PGOPTIONS.
CONNECTION_OPTIONS = {"client_encoding": "UTF8", "application_name": "ntsb-pipeline", "options": ""}
# Of external servers, in seconds, tries and milliseconds: libpq would wait for one that never answers, or has vanished,
# for hours or forever.
SERVER_TIMEOUTS = {
    "connect_timeout": "10",
    "keepalives_idle": "60",
    "keepalives_interval": "10",
    "keepalives_count": "6",
    "tcp_user_timeout": "120000",
}
_environment_lock = threading.Lock()

# One parallel worker, for smaller tables than by default; used where nothing else runs.
PARALLEL_SETTINGS = """
set local max_parallel_workers_per_gather = 1;
set local max_parallel_maintenance_workers = 1;
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.005
"""


def open_connection(url: str, is_embedded: bool, **parameters: str) -> Connection:
    """Return a new connection; the variables of libpq (PG*) can complete the URL of an external server only.

    Raises psycopg2.OperationalError.
    """
    options: dict[str, Any] = CONNECTION_OPTIONS | parameters
    if not is_embedded:
        stated = parse_dsn(url).keys() | ({"connect_timeout"} if "PGCONNECT_TIMEOUT" in os.environ else set())
        timeouts: dict[str, Any] = {name: text for name, text in SERVER_TIMEOUTS.items() if name not in stated}
        return psycopg2.connect(url, **timeouts, **options)
    # Not by parameters alone: none takes precedence over PGSERVICE, and each version of libpq has other variables.
    with _environment_lock:
        hidden = {name: os.environ.pop(name) for name in sorted(os.environ) if name.startswith("PG")}
        try:
            return psycopg2.connect(url, **options, sslmode="disable", gssencmode="disable")
        finally:
            os.environ.update(hidden)


def configure(connection: Connection, search_path: Sequence[str], lock_timeout_s: float = 0) -> None:
    """Set SESSION_SETTINGS, the search_path and the lock timeout (0: none) of a new connection, and commit."""
    values = SESSION_SETTINGS | {"lock_timeout": f"{round(lock_timeout_s * 1000)}ms"}
    settings = [SQL("set {} = {}").format(Identifier(name), Literal(text)) for name, text in values.items()]
    path = SQL("set search_path = {}").format(SQL(", ").join(map(Identifier, search_path)))
    with connection, connection.cursor() as cursor:
        cursor.execute(SQL("; ").join([*settings, path]))
