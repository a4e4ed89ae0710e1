"""What all tests share: a store of their own, and a throwaway server with databases cloned from a prepared one."""

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
_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def nothing_of_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's store, sources, database or configuration, whatever it forgets to say."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NTSB_DATABASE_URL", "NTSB_SOURCES", "LUIGI_CONFIG_PATH", "MLFLOW_TRACKING_URI"):
            patch.delenv(name, raising=False)
        patch.setenv("NTSB_STORE", str(tmp_path_factory.mktemp("nobody's store")))
        yield


@pytest.fixture(autouse=True)
def no_task_of_another_test() -> Iterator[None]:
    """Luigi gives the same task for the same parameters, with the knobs that it read in an earlier test."""
    Register.clear_instance_cache()
    yield
    Register.clear_instance_cache()


def _connect(url: str, database: str) -> Connection:
    connection = psycopg2.connect(url, dbname=database, options="-c search_path=contract,public -c timezone=UTC")
    connection.autocommit = True
    return connection


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of our own, gone at the end."""
    folder: Path = tmp_path_factory.mktemp("server")
    try:
        yield embedded_server.start(folder)
    finally:
        embedded_server.remove(folder)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a database with PostGIS, all of sql/base, and the empty tables of the contract in `contract`."""
    with closing(_connect(server, "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(f"create database {TEMPLATE}")
    with closing(psycopg2.connect(server, dbname=TEMPLATE)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create extension postgis")
        table_schema.create_schemas(cursor)
    return TEMPLATE


@contextmanager
def _clone(server: str, template: str) -> Iterator[Connection]:
    name = f"clone_{next(_numbers)}"
    with closing(_connect(server, "postgres")) as keeper, keeper.cursor() as cursor:
        cursor.execute(f"create database {name} template {template}")
        try:
            with closing(_connect(server, name)) as connection:
                yield connection
        finally:
            cursor.execute(f"drop database {name} with (force)")


@pytest.fixture
def database(server: str, template: str) -> Iterator[Connection]:
    """A connection, in autocommit, to a database of the test's own; its search_path finds the empty contract tables."""
    with _clone(server, template) as connection:
        yield connection


@pytest.fixture(scope="module")
def shared_database(server: str, template: str) -> Iterator[Connection]:
    """The same for a whole module, for tests that write nothing."""
    with _clone(server, template) as connection:
        yield connection
