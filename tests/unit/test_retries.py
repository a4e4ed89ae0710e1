"""Temporary failures are lost connections, timeouts and conflicts in the database, whatever wraps them."""

import psycopg2
import pytest

from pipeline.errors import DatabaseUnavailable, PipelineError, SourceUnreachable
from pipeline.tasks import retries


class DatabaseError(psycopg2.OperationalError):
    """An error with a SQLSTATE, which psycopg2 sets only in C."""

    pgcode: str | None = None


def database_error(sqlstate: str | None, text: str = "") -> Exception:
    """The error as the pipeline raises it, with the database's error as its cause."""
    cause = DatabaseError(text)
    cause.pgcode = sqlstate
    error = DatabaseUnavailable("explained")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "sqlstate", ["08006", "40001", "40P01", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03"]
)
def test_temporary_sqlstates(sqlstate: str) -> None:
    assert retries.is_temporary(database_error(sqlstate))


@pytest.mark.parametrize("sqlstate", ["22P02", "23505", "28P01", "3D000", "42501", "42601", "42P01", "53100", "XX000"])
def test_permanent_sqlstates(sqlstate: str) -> None:
    assert not retries.is_temporary(database_error(sqlstate))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("server closed the connection unexpectedly", True),
        ("connection to server failed: Connection refused", True),
        ("FATAL:  the database system is starting up", True),
        ("FATAL:  sorry, too many clients already", True),
        ("FATAL:  terminating connection due to administrator command", True),
        ('FATAL:  password authentication failed for user "ann"', False),
        ('FATAL:  database "none" does not exist', False),
        ("SSL SYSCALL error: EOF detected", True),
        ("could not receive data from server: Connection timed out", True),
        ('could not translate host name "h" to address: Temporary failure in name resolution', True),
        # As of a container that restarts.
        ('could not translate host name "h" to address: Name or service not known', True),
        ('could not translate host name "h" to address: No address associated with hostname', True),
        ('connection to server at "certificates-required-invalid-not-support", port 1 failed: Broken pipe', True),
        ("connection to server failed: fe_sendauth: no password supplied", False),
        ("connection to server failed: server does not support SSL, but SSL was required", False),
        ("connection to server failed: SSL error: certificate verify failed", False),
        ('root certificate file "/none" does not exist', False),
        ("connection to server failed: channel binding required, but SSL not in use", False),
        ("authentication method 10 not supported", False),
        ('invalid port number: "99999"', False),
        ('invalid sslmode value: "x"', False),
        ('invalid connection option "hots"', False),
        ('server certificate for "h" does not match host name "db"', False),
        ('certificate present, but not private key file "/x/a.key"', False),
    ],
)
def test_connection_errors_are_recognized_by_their_text(text: str, expected: bool) -> None:
    assert retries.is_temporary(database_error(None, text)) == expected


def test_other_errors() -> None:
    assert retries.is_temporary(TimeoutError()) and retries.is_temporary(ConnectionResetError())
    assert not retries.is_temporary(PipelineError()) and not retries.is_temporary(ValueError())
    assert retries.is_temporary(SourceUnreachable(), (SourceUnreachable,))
    assert not retries.is_temporary(SourceUnreachable())
