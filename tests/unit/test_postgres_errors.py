"""Explanations of database errors."""

import socket
import time

import psycopg2
import pytest
from luigi.configuration import get_config

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server, session
from pipeline.postgres.connection import connect
from pipeline.postgres.errors import explain_error, parse_url

# No server listens on port 1.
UNREACHABLE = "postgresql://ntsb:s3cret@127.0.0.1:1/ntsb"
URL = "postgresql://ann:s3cret@db.example:5433/accidents"


@pytest.mark.parametrize(
    ("message", "explanation"),
    [
        ('FATAL:  password authentication failed for user "ann"', "rejects user ann"),
        (
            'FATAL:  database "accidents" does not exist',
            "has no database accidents: create it with `createdb accidents`",
        ),
        ("connection refused\n\tIs the server running?", "The database server db.example:5433 does not answer"),
        ('could not translate host name "db.example" to address', "correct its name in NTSB_DATABASE_URL"),
        ('extension "postgis" is not available', "lacks PostGIS or pg_trgm: install"),
        ('extension "pg_trgm" is not available', "lacks PostGIS or pg_trgm: install"),
        ("permission denied for database accidents", "grant create, temporary on database accidents to ann"),
        ("permission denied for schema ntsb", "does not own what an earlier run created in database accidents"),
        ("must be owner of table events", "does not own what an earlier run created in database accidents"),
        ("out of memory DETAIL: Failed on request of size 8", "has too little memory: end other programs"),
        ("could not extend file: No space left on device", "disk of the database server db.example:5433"),
        ("server closed the connection unexpectedly", "connection to the database server db.example:5433 was lost"),
        (
            "server sent an error response during SSL exchange",
            "connection to the database server db.example:5433 was lost",
        ),
        ("something new", "reports an error. (something new)"),
    ],
)
def test_known_errors_are_explained(message: str, explanation: str) -> None:
    assert explanation in explain_error(psycopg2.OperationalError(message), URL)


@pytest.mark.parametrize("is_external", [False, True])
def test_the_embedded_server_has_its_own_next_step(monkeypatch: pytest.MonkeyPatch, is_external: bool) -> None:
    """There is no configured address to correct."""
    if is_external:
        monkeypatch.setenv("NTSB_DATABASE_URL", UNREACHABLE)
    monkeypatch.setattr(server, "start", lambda folder: UNREACHABLE)
    with pytest.raises(DatabaseUnavailable) as raised:
        connect()
    assert ("run again, which starts it" in str(raised.value)) is not is_external
    assert ("in NTSB_DATABASE_URL" in str(raised.value)) is is_external


def test_passwords_are_redacted() -> None:
    explanation = explain_error(psycopg2.OperationalError(f"bad address {URL} or password='s3cret'"), URL)
    assert "s3cret" not in explanation
    assert "s3cret" not in explain_error(psycopg2.OperationalError("x"), "host=h user=ann password=s3cret")


def test_an_invalid_url_is_accepted() -> None:
    assert "reports an error" in explain_error(psycopg2.OperationalError("x"), "not a url")


SETTINGS = ("NTSB_DATABASE_URL", "NTSB_DATABASE_OWNER_URL", "[Postgres] url", "[Postgres] owner_url")


@pytest.mark.parametrize("name", SETTINGS)
def test_messages_name_the_setting_that_contains_the_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a connection too, whose address has further parameters and no password."""
    monkeypatch.setenv("NTSB_DATABASE_URL", "postgresql://ann@other.example/accidents")
    for address in ("postgresql:/ann:s3cret@db.example", "postgresql://ann:s3cr@t@db.example/x", URL):
        before = get_config().get("Postgres", name.partition("] ")[2] or "url")
        if name.startswith("["):
            get_config().set("Postgres", name.partition("] ")[2], address)
        else:
            monkeypatch.setenv(name, address)
        try:
            if address == URL:
                parts = "user=ann password=xxx host=db.example port=5433 dbname=accidents application_name=x"
                for known in (URL, parts):
                    text = "could not translate host name"
                    assert f"in {name}." in explain_error(psycopg2.OperationalError(text), known)
            else:
                with pytest.raises(DatabaseUnavailable) as raised:
                    parse_url(address)
                assert str(raised.value).startswith(f"{name}: expected a PostgreSQL URL")
        finally:
            get_config().set("Postgres", name.partition("] ")[2] or "url", before)


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the address or libpq's variable says how long to wait; libpq would wait forever."""
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    monkeypatch.setitem(session.SERVER_TIMEOUTS, "connect_timeout", "2")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"postgresql://ann@127.0.0.1:{silent.getsockname()[1]}/x"
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        began = time.monotonic()
        # Planning a release asks for the state of dozens of tasks.
        for _ in range(30):
            with pytest.raises(DatabaseUnavailable, match=r"does not answer: start that server.*timeout expired"):
                connect()
        assert time.monotonic() - began < 40
    passed: list[dict[str, str]] = []
    monkeypatch.setattr(psycopg2, "connect", lambda _, **options: passed.append(options))
    session.open_connection(address, False)
    session.open_connection(f"{address}?connect_timeout=60&keepalives_idle=9", False)
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "60")
    session.open_connection(address, False)
    names = ("connect_timeout", "keepalives_idle", "keepalives_count")
    assert [[name in options for name in names] for options in passed] == [
        [True, True, True],
        [False, False, True],
        [False, True, True],
    ]
