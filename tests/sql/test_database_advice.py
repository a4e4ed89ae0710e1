"""Following the advice of a message about the database resolves the problem."""

import re
import subprocess
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.cli import database_stop
from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server as embedded_server
from pipeline.postgres.connection import embedded_server_folder, transaction


def execute(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def message_of(action: Callable[[], None]) -> str:
    with pytest.raises(DatabaseUnavailable) as raised:
        action()
    return str(raised.value)


def create_schema() -> None:
    with transaction(owner=True) as cursor:
        cursor.execute("create temporary table scratch (a integer); create schema if not exists advised")


def use_schema() -> None:
    with transaction(owner=True) as cursor:
        cursor.execute("create table if not exists advised.b (a integer); alter table advised.b add c integer")


@pytest.fixture
def url(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database of a superuser, configured for user ann, who has no privilege."""
    execute(server, "create database advised", "create role ann login password 'secret'")
    admin = make_dsn(server, dbname="advised")
    execute(admin, "revoke all on database advised from public", "grant connect on database advised to ann")
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="advised", user="ann", password="secret"))
    yield admin
    execute(server, "drop database if exists advised with (force)", "drop role ann")


def test_the_advised_grant_gives_the_missing_privileges(url: str) -> None:
    message = message_of(create_schema)
    (grant,) = re.findall("`(grant [^`]*)`", message)
    execute(url, grant)
    create_schema()


def test_the_advised_command_creates_the_missing_database(url: str, server: str) -> None:
    execute(server, "drop database advised with (force)", "alter role ann createdb")
    message = message_of(create_schema)
    (command,) = re.findall("`(createdb [^`]*)`", message)
    parts = psycopg2.extensions.parse_dsn(make_dsn(server, user="ann", password="secret"))
    variables = {"PGHOST": parts["host"], "PGPORT": parts["port"], "PGUSER": "ann", "PGPASSWORD": "secret"}
    subprocess.run(["env", *(f"{name}={text}" for name, text in variables.items()), *command.split()], check=True)
    create_schema()


def test_the_advised_user_owns_what_an_earlier_run_created(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(url, "create schema advised; create table advised.b (a integer)")
    assert "name the user of that run in NTSB_DATABASE_URL" in message_of(use_schema)
    execute(url, "grant usage, create on schema advised to ann")
    assert "name the user of that run in NTSB_DATABASE_URL" in message_of(use_schema)
    monkeypatch.setenv("NTSB_DATABASE_URL", url)
    use_schema()


@pytest.mark.parametrize(
    "change",
    ["alter role ntsb_loader rename to earlier", "alter role ntsb_loader password 'other'"],
    ids=["no role", "other password"],
)
def test_a_running_server_of_an_earlier_version_is_stopped_as_advised(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("NTSB_DATABASE_URL", raising=False)

    def load() -> None:
        with transaction() as cursor:
            cursor.execute("select 1")

    execute(embedded_server.start(embedded_server_folder(), keep=True), change)
    try:
        message = message_of(load)
        assert "`python -m pipeline database-stop`" in message and "NTSB_DATABASE_URL" not in message
        assert database_stop.run(Namespace()) == 0
        load()
    finally:
        embedded_server.remove(embedded_server_folder())
