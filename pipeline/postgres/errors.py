"""What the database's errors mean for a user: one sentence with the next move, and never a password."""

import re
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import parse_dsn


@dataclass(frozen=True)
class KnownError:
    """How an error is known, by SQLSTATE or (while connecting there is none) by words, and what to say of it.

    `embedded` is said in its place of the embedded server, where the next move is another one.
    """

    states: tuple[str, ...]
    words: str
    sentence: str
    embedded: str = ""


# In this order: a server that is gone often says so last, after the reason.
KNOWN_ERRORS = (
    KnownError(
        ("28P01", "28000"),
        "password authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist",
        "{place} refuses user {user}: put the right user and password into NTSB_DATABASE_URL, "
        "and let that user in on the server.",
    ),
    KnownError(
        ("3D000",),
        "database .* does not exist",
        "{place} has no database {database}: create it with `createdb {database}`, "
        "or name another in NTSB_DATABASE_URL.",
    ),
    KnownError(
        ("53100", "53200"),
        "no space left on device|could not extend file|disk full|could not write .* file",
        "The disk of {place} is full: make room there (the full data need about 12 GB) and run again.",
    ),
    KnownError(
        ("0A000", "58P01"),
        "extension .postgis. is not available|postgis.*could not (open|access|load)",
        "{place} has no PostGIS: install the package postgresql-<version>-postgis-3 on that machine and run again.",
    ),
    KnownError(
        ("42501",),
        "permission denied|must be owner|must be superuser",
        "User {user} lacks a right on {place}: let it create schemas with "
        "`grant create on database {database} to {user}`, and have a superuser `create extension postgis`.",
    ),
    KnownError(
        ("53300",),
        "too many clients|remaining connection slots",
        "{place} has no connection left: end other programs, or raise max_connections there.",
    ),
    KnownError(
        (),
        "could not translate host name|name or service not known",
        "The host of {place} is not known: correct the name in NTSB_DATABASE_URL.",
    ),
    KnownError(
        (),
        "connection refused|is the server running|timeout expired|no route to host|network is unreachable",
        "Nothing answers at {place}: start that server, or correct the address in NTSB_DATABASE_URL.",
        "Nothing answers at {place}, which is the embedded one: run again, it is started by itself.",
    ),
    KnownError(
        ("57P01", "57P02", "57P03", "08006", "08003"),
        "server closed the connection|terminating connection|connection .*closed|starting up|shutting down|broken pipe"
        "|connection reset|consuming input failed|eof detected|bad record mac|error response during ssl exchange",
        "{place} went away in the middle of the work: see the server's log for why, and run again; "
        "nothing half done was published.",
    ),
)


def describe_url(url: str) -> dict[str, str]:
    """Host, port, database and user of an address, and `place` that names them; no password."""
    try:
        parts = parse_dsn(url)
    except psycopg2.ProgrammingError:
        parts = {}
    host, port, database = parts.get("host", "localhost"), parts.get("port", "5432"), parts.get("dbname", "postgres")
    user = parts.get("user", "(the system's user)")
    place = f"The database server {host}:{port}"
    return {"host": host, "port": port, "database": database, "user": user, "place": place}


def redact_password(text: str, url: str) -> str:
    """The text with the address's password, wherever it stands, replaced by stars."""
    try:
        secret = parse_dsn(url).get("password") or ""
    except psycopg2.ProgrammingError:
        secret = ""
    text = text.replace(secret, "***") if secret else text
    text = re.sub(r"(\w+://[^:@/\s]+):[^@\s]+@", r"\1:***@", text)
    return re.sub(r"(password=)('[^']*'|\S+)", r"\1***", text)


def explain_error(error: psycopg2.Error, url: str, is_embedded: bool = False) -> str:
    """One sentence about an error of the database at that address: what is wrong, what was found, what to do."""
    found = " ".join(str(error).split())
    state = error.pgcode or ""
    parts = describe_url(url)
    chosen = next((each for each in KNOWN_ERRORS if state and state in each.states), None)
    chosen = chosen or next((each for each in KNOWN_ERRORS if re.search(each.words, found, re.IGNORECASE)), None)
    sentence = "{place} reports an error."
    if chosen:
        sentence = chosen.embedded if is_embedded and chosen.embedded else chosen.sentence
    text = sentence.format(**parts)
    # In the middle of a sentence the place is not at its start.
    text = re.sub(r"(?<=[a-z] )The database", "the database", text)
    return redact_password(f"{text} ({found})", url)
