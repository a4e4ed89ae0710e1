"""Addresses of the database for psql and other programs: without a password, which libpq reads from a file.

A password on a command line is visible to every user of the machine.
"""

import os
from pathlib import Path
from urllib.parse import quote, urlencode

from pipeline import file_lock
from pipeline.postgres.errors import parse_url


def url_without_password(url: str, folder: Path) -> str:
    """Return an equivalent address whose password, if it has one, is in a file in `folder`.

    Raises DatabaseUnavailable if the address is not a URL or connection string of PostgreSQL.
    """
    parts = parse_url(url)
    if password := parts.get("password"):
        parts["passfile"] = str(_write_passfile(folder, parts.get("user", "*"), password))
    return _url_of(parts)


def _url_of(parts: dict[str, str]) -> str:
    """Return a URL with all parts but passwords; as parameters, hosts may be lists, paths or IPv6 addresses."""
    parameters = {name: text for name, text in parts.items() if name not in ("dbname", "password", "sslpassword")}
    return f"postgresql:///{quote(parts.get('dbname', ''), safe='')}?{urlencode(parameters, quote_via=quote)}"


def _write_passfile(folder: Path, user: str, password: str) -> Path:
    """Write `<user>.pgpass`, readable by its owner only; the address that names the file has host and database."""
    path = file_lock.private_folder(folder) / f"{quote(user, safe='')}.pgpass"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    fields = [field.replace("\\", "\\\\").replace(":", "\\:") for field in (user, password)]
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"*:*:*:{':'.join(fields)}\n")
    temporary.replace(path)
    return path
