"""Sentences for database errors."""

import psycopg2
import pytest

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server
from pipeline.postgres.connection import connect
from pipeline.postgres.errors import explain_error, redact_password

# Nothing listens on port 1.
NOBODY = "postgresql://ntsb:s3cret@127.0.0.1:1/ntsb"
URL = "postgresql://ann:s3cret@db.example:5433/accidents"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ('FATAL:  password authentication failed for user "ann"', "refuses user ann"),
        (
            'FATAL:  database "accidents" does not exist',
            "has no database accidents: create it with `createdb accidents`",
        ),
        ("connection refused\n\tIs the server running?", "Nothing answers at the database server db.example:5433"),
        ('could not translate host name "db.example" to address', "correct the name in NTSB_DATABASE_URL"),
        ('extension "postgis" is not available', "has no PostGIS: install"),
        ("permission denied for database accidents", "grant create on database accidents to ann"),
        ("could not extend file: No space left on device", "disk of the database server db.example:5433"),
        ("server closed the connection unexpectedly", "went away in the middle"),
        ("server sent an error response during SSL exchange", "went away in the middle"),
        ("something new", "reports an error. (something new)"),
    ],
)
def test_each_error_has_its_sentence(words: str, sentence: str) -> None:
    assert sentence in explain_error(psycopg2.OperationalError(words), URL)


@pytest.mark.parametrize("is_named", [False, True])
def test_the_embedded_server_is_started_by_itself(monkeypatch: pytest.MonkeyPatch, is_named: bool) -> None:
    """The user has not named its address, so that there is none to correct."""
    if is_named:
        monkeypatch.setenv("NTSB_DATABASE_URL", NOBODY)
    monkeypatch.setattr(server, "start", lambda folder: NOBODY)
    with pytest.raises(DatabaseUnavailable) as raised:
        connect()
    assert ("run again, it is started by itself" in str(raised.value)) is not is_named
    assert ("in NTSB_DATABASE_URL" in str(raised.value)) is is_named


def test_no_password_is_shown() -> None:
    shown = explain_error(psycopg2.OperationalError(f"bad address {URL} or password='s3cret'"), URL)
    assert "s3cret" not in shown
    assert "s3cret" not in explain_error(psycopg2.OperationalError("x"), "host=h user=ann password=s3cret")
    assert redact_password("postgresql://a:other@h/b", URL) == "postgresql://a:***@h/b"


def test_an_address_that_is_none_is_survived() -> None:
    assert "reports an error" in explain_error(psycopg2.OperationalError("x"), "not an address")
