"""Shared fixtures: a temporary store, and a temporary server with databases cloned from a prepared one."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg2
import pytest
from luigi.task_register import Register
from psycopg2.extensions import connection as Connection

from pipeline.postgres import server as embedded_server
from pipeline.warehouse import table_schema

TEMPLATE = "prepared"
# The order of the files, as `make test` distributes them. The first builds the store that most tests of tasks copy;
# until then, other processes have files that need none. Short files are last, so that no process waits for long ones.
ORDER = ("tasks/test_commands.py", "models", "access_files", "tasks", "browser", "sql", "architecture", "unit")
_numbers = count(1)


def pytest_configure() -> None:
    """Makes Ctrl-C end the commands under test also in the background of a shell, and lets them cache bytecode."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Each of about a thousand processes would compile the project again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the files by ORDER; tests within a file keep their order."""
    folder = Path(__file__).parent

    def position(item: pytest.Item) -> int:
        names = item.path.relative_to(folder)
        return next((number for number, name in enumerate(ORDER) if names.is_relative_to(name)), len(ORDER))

    items.sort(key=position)


@pytest.fixture(scope="session", autouse=True)
def isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps all tests away from the user's store, sources, database and configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "NTSB_DATABASE_URL",
            "NTSB_SOURCES",
            "LUIGI_CONFIG_PATH",
            "MLFLOW_TRACKING_URI",
            "MLFLOW_REGISTRY_URI",
        ):
            patch.delenv(name, raising=False)
        patch.setenv("NTSB_STORE", str(tmp_path_factory.mktemp("default store")))
        patch.setenv("NTSB_TEST_LEDGER", str(tmp_path_factory.mktemp("ledger") / "test_ledger.csv"))
        yield


@pytest.fixture(autouse=True)
def no_cached_tasks() -> Iterator[None]:
    """Clears Luigi's cache of tasks, which hold the settings of an earlier test."""
    Register.clear_instance_cache()
    yield
    Register.clear_instance_cache()


@pytest.fixture(autouse=True)
def default_mlflow_addresses() -> Iterator[None]:
    """Resets the addresses that MLflow keeps per process, in its modules and in the environment."""
    yield
    if mlflow := sys.modules.get("mlflow"):
        mlflow.set_tracking_uri(None)
        mlflow.set_registry_uri(None)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        os.environ.pop(name, None)


def _connect(url: str, database: str) -> Connection:
    connection = psycopg2.connect(url, dbname=database, options="-c search_path=contract,public -c timezone=UTC")
    connection.autocommit = True
    return connection


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a temporary server, removed at the end."""
    folder: Path = tmp_path_factory.mktemp("server")
    try:
        url = embedded_server.start(folder)
        with closing(_connect(url, "postgres")) as connection, connection.cursor() as cursor:
            # Tests kill servers, but not the machine. tests/tasks/test_embedded_server.py tests that others sync.
            cursor.execute("alter system set fsync = off")
            cursor.execute("select pg_reload_conf()")
        yield url
    finally:
        embedded_server.remove(folder)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a database with PostGIS, all functions, and the empty tables in schema `contract`."""
    with closing(_connect(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(f"create database {TEMPLATE}")
    with closing(psycopg2.connect(server, dbname=TEMPLATE)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create extension postgis")
        table_schema.create_schemas(cursor)
    return TEMPLATE


@contextmanager
def _clone(server: str, template: str) -> Iterator[Connection]:
    name = f"clone_{next(_numbers)}"
    with closing(_connect(server, "postgres")) as admin, admin.cursor() as cursor:
        cursor.execute(f"create database {name} template {template}")
        try:
            with closing(_connect(server, name)) as connection:
                yield connection
        finally:
            cursor.execute(f"drop database {name} with (force)")


@pytest.fixture
def database(server: str, template: str) -> Iterator[Connection]:
    """An autocommit connection to a database of the test's own, with the empty tables in its search_path."""
    with _clone(server, template) as connection:
        yield connection


@pytest.fixture(scope="module")
def shared_database(server: str, template: str) -> Iterator[Connection]:
    """Like `database`, but for a whole module of tests that only read."""
    with _clone(server, template) as connection:
        yield connection
