"""Explain database errors to a user: one sentence with the next step, without passwords."""

import os
import re
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import parse_dsn

from pipeline import config
from pipeline.errors import DatabaseUnavailable
from pipeline.redaction import redact


@dataclass(frozen=True)
class KnownError:
    """An error, recognized by its SQLSTATE or, because connection errors have none, by its text; and its explanation.

    Of several with the same SQLSTATE, the text decides. `embedded` replaces the explanation for the embedded server.
    """

    sqlstates: tuple[str, ...]
    pattern: str
    explanation: str
    embedded: str = ""


RESTORE_ROLES = (
    "Role {user} lacks a privilege in the embedded database: run `python -m pipeline database-stop` and run again, "
    "which restores the privileges of its roles."
)
# In order of precedence: a lost connection is often only the last part of a message.
KNOWN_ERRORS = (
    KnownError(
        ("28P01", "28000"),
        "password authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist",
        "The {server} rejects user {user}: correct user and password in {setting}, "
        "and allow that user to connect in pg_hba.conf.",
        "The embedded {server}, which an earlier version of the pipeline may have started, rejects role {user}: run "
        "`python -m pipeline database-stop` and run again, which creates the role.",
    ),
    KnownError(
        ("3D000",),
        "database .* does not exist",
        "The {server} has no database {database}: create it with `createdb {database}`, "
        "or correct its name in {setting}.",
        "The embedded {server} has no database {database}: run `python -m pipeline database-stop` and run again, which "
        "creates it.",
    ),
    KnownError(
        ("53100",),
        "no space left on device|could not extend file|disk full|could not write .* file",
        "The disk of the {server} is full: free some space there (the full data need about 12 GB) and run again.",
    ),
    KnownError(
        ("53200",),
        "out of memory|could not map anonymous shared memory",
        "The machine of the {server} has too little memory: end other programs there, or limit the run to one task "
        "at a time with `--workers 1`, and run again.",
    ),
    KnownError(
        ("0A000", "58P01"),
        "extension .(postgis|pg_trgm). is not available|(postgis|pg_trgm).*could not (open|access|load)",
        "The {server} lacks PostGIS or pg_trgm: install postgresql-<version>-postgis-3 and the contrib modules of "
        "PostgreSQL on that machine and run again.",
    ),
    KnownError(
        ("42501",),
        "must be owner|permission denied for (schema|table|view|materialized view|sequence|function)",
        "User {user} does not own what an earlier run created in database {database}: name the user of that run in "
        "{setting}, or another database; with separate roles, set NTSB_DATABASE_OWNER_URL too.",
        RESTORE_ROLES,
    ),
    KnownError(
        ("42501",),
        "permission denied|must be superuser",
        "User {user} lacks a privilege on the {server}: have a superuser run "
        "`grant create, temporary on database {database} to {user}` and `create extension postgis`.",
        RESTORE_ROLES,
    ),
    KnownError(
        ("53300",),
        "too many clients|remaining connection slots",
        "The {server} accepts no more connections: close other programs, or raise its max_connections.",
    ),
    KnownError(
        (),
        "could not translate host name|name or service not known",
        "The host of the {server} is unknown: correct its name in {setting}.",
    ),
    KnownError(
        (),
        "connection refused|is the server running|timeout expired|no route to host|network is unreachable",
        "The {server} does not answer: start that server, or correct the address in {setting}.",
        "The embedded {server} does not answer: run again, which starts it.",
    ),
    KnownError(
        ("57P01", "57P02", "57P03", "08006", "08003"),
        "server closed the connection|terminating connection|connection .*closed|starting up|shutting down|broken pipe"
        "|connection reset|consuming input failed|eof detected|bad record mac|error response during ssl exchange",
        "The connection to the {server} was lost: see the server's log for the reason, and run again; "
        "nothing incomplete was published.",
    ),
)


def parse_url(url: str) -> dict[str, str]:
    """Return the parts of a URL or connection string of PostgreSQL. Raises DatabaseUnavailable if it is malformed."""
    parts = _parts(url)
    # libpq takes the rest of a password with an unencoded `@` for the host or database, or a part of it for the port.
    is_misread = "@" in parts.get("host", "") + parts.get("dbname", "") or not re.fullmatch(
        r"[0-9,]*", parts.get("port", "")
    )
    if not parts or is_misread:
        raise DatabaseUnavailable(
            f"{setting_of(url)}: expected a PostgreSQL URL, found {redact(url, url)}; correct it, and encode special "
            "characters of user and password, such as %40 for @"
        )
    return parts


# SQLSTATEs: connection, rollback, memory and connections exhausted, lock not available, operator intervention.
TEMPORARY_SQLSTATES = ("08", "40", "532", "533", "55P03", "57")
# What a server says while it does not accept connections; any other FATAL error at connection is permanent.
TEMPORARY_REJECTIONS = re.compile(
    "starting up|shutting down|recovery mode|too many clients|connection slots|terminating"
)

# What the client says before there is a connection, and says again: settings, credentials and encryption. Phrases that
# no host name contains; and no unknown name, because that of a container that restarts is unknown.
PERMANENT_FAILURES = re.compile(
    "no password supplied|certificate verify failed|server certificate for|SSL certificate's|(certificate|key) file"
    "|does not support SSL|SSL was required|GSSAPI encryption required|but it was required|channel binding"
    r"|authentication (method \d+ )?not supported|host name must be specified|definition of service|service file"
    r"|invalid (connection option|port number|percent-encoded token|URI|integer value|SSL protocol|\w+ value:)"
)


def is_temporary_database_error(error: psycopg2.Error) -> bool:
    """Return True if the same statement may succeed later: a lost connection, a conflict, a timeout, a full server."""
    if error.pgcode:
        return error.pgcode.startswith(TEMPORARY_SQLSTATES)
    is_lost = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    is_permanent = "FATAL:" in str(error) or PERMANENT_FAILURES.search(str(error))
    return is_lost and (not is_permanent or bool(TEMPORARY_REJECTIONS.search(str(error))))


def describe_url(url: str) -> dict[str, str]:
    """Return host, port, database, user and setting of a URL without the password; and `server`, for messages."""
    parts = _parts(url)
    host, port, database = parts.get("host", "localhost"), parts.get("port", "5432"), parts.get("dbname", "postgres")
    user = parts.get("user", "(operating system user)")
    return {
        "host": host,
        "port": port,
        "database": database,
        "user": user,
        "setting": setting_of(url),
        "server": f"database server {host}:{port}",
    }


def setting_of(url: str) -> str:
    """Return the name of the setting or variable that contains a URL, or the URL of which this is a connection."""
    settings, names = config.Postgres(), ("NTSB_DATABASE_URL", "NTSB_DATABASE_OWNER_URL")
    values = {name: os.environ.get(name, "") for name in names}
    values |= {"[Postgres] url": str(settings.url), "[Postgres] owner_url": str(settings.owner_url)}
    actual = _parts(url)
    for name, value in values.items():
        parts = {key: text for key, text in _parts(value).items() if key != "password"}
        if value and (value == url or (parts and parts.items() <= actual.items())):
            return name
    return names[0]


def _parts(url: str) -> dict[str, str]:
    """Return the parts of a URL or connection string; none if it is malformed."""
    try:
        return dict(parse_dsn(url))
    except psycopg2.ProgrammingError:
        return {}


def explain_error(error: psycopg2.Error, url: str, is_embedded: bool = False) -> str:
    """Return a message that explains an error of the database at the URL, with the original message in parentheses."""
    message = " ".join(str(error).split())
    by_sqlstate = [known for known in KNOWN_ERRORS if error.pgcode and error.pgcode in known.sqlstates]
    by_pattern = [known for known in by_sqlstate or KNOWN_ERRORS if re.search(known.pattern, message, re.IGNORECASE)]
    known = next(iter([*by_pattern, *by_sqlstate]), None)
    explanation = "The {server} reports an error."
    if known:
        explanation = known.embedded if is_embedded and known.embedded else known.explanation
    return redact(f"{explanation.format(**describe_url(url))} ({message})", url)
