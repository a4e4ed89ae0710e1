"""Addresses of the database for psql and other programs: without a password, which libpq reads from a file.

A password on a command line is visible to every user of the machine.
"""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2.extensions import encrypt_password

from pipeline.errors import PipelineError
from pipeline.postgres.errors import explain_error, parse_url
from pipeline.postgres.session import open_connection

READER = "ntsb_reader"


def reader_url(owner_url: str, folder: Path) -> str:
    """Return the address of a server's database for the role ntsb_reader, which may log in from now on.

    `owner_url`: of a role that may alter roles; `folder`: for the file with the reader's password.
    """
    address = _address(parse_url(owner_url) | {"user": READER, "passfile": str(folder / f"{READER}.pgpass")})
    with contextlib.suppress(psycopg2.OperationalError):
        open_connection(address, is_embedded=True).close()
        return address
    password = secrets.token_urlsafe(24)
    try:
        opened = contextlib.closing(open_connection(owner_url, is_embedded=True))
        with opened as connection, connection, connection.cursor() as cursor:
            cursor.execute("select from pg_roles where rolname = %s", (READER,))
            if cursor.fetchone() is None:
                cursor.execute("create role ntsb_reader")
            # Only the hash, because statements may be logged.
            verifier = encrypt_password(password, READER, connection, "scram-sha-256")
            cursor.execute("alter role ntsb_reader login password %s", (verifier,))
    except psycopg2.Error as error:
        raise PipelineError(explain_error(error, owner_url)) from error
    _write_passfile(folder, READER, password)
    return address


def url_without_password(url: str, folder: Path) -> str:
    """Return an equivalent address whose password, if it has one, is in a file in `folder`.

    Raises DatabaseUnavailable if the address is not a URL or connection string of PostgreSQL.
    """
    parts = parse_url(url)
    if password := parts.get("password"):
        parts["passfile"] = str(_write_passfile(folder, parts.get("user", "*"), password))
    return _address(parts)


def _address(parts: dict[str, str]) -> str:
    """Return a URL with all parts but passwords; as parameters, hosts may be lists, paths or IPv6 addresses."""
    parameters = {name: text for name, text in parts.items() if name not in ("dbname", "password", "sslpassword")}
    return f"postgresql:///{quote(parts.get('dbname', ''), safe='')}?{urlencode(parameters, quote_via=quote)}"


def _write_passfile(folder: Path, user: str, password: str) -> Path:
    """Write `<user>.pgpass`, readable by its owner only; the address that names the file has host and database."""
    path = folder / f"{quote(user, safe='')}.pgpass"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    fields = [field.replace("\\", "\\\\").replace(":", "\\:") for field in (user, password)]
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"*:*:*:{':'.join(fields)}\n")
    temporary.replace(path)
    return path
