"""Settings of the HTTP API: those of luigi.cfg and of the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import config
from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.postgres import server
from pipeline.postgres.connection import database_url, embedded_server_folder, is_embedded
from pipeline.postgres.roles import READER


@dataclass(frozen=True)
class ServingSettings:
    """Where a server finds database, API keys and Redis, and the section [Serving]; addresses are not shown.

    `database`: the URL of the reader.
    """

    database: str = field(repr=False)
    is_embedded: bool
    key_file: Path
    redis: str = field(repr=False)
    section: config.Serving


def key_file() -> Path:
    """Return the file with the hashes of API keys."""
    return config.targets_folder() / "serving" / "keys.json"


def reader_url() -> str:
    """Return the URL of the reader on a server that runs: what was stopped or deleted on purpose stays so.

    Raises DatabaseUnavailable if the embedded server does not run.
    """
    if not is_embedded():
        return database_url(READER)
    folder = embedded_server_folder()
    if (address := server.url(folder)) is None:
        raise DatabaseUnavailable(
            "database: expected a running server, found it stopped; start it with `python -m pipeline database-url`"
        )
    return server.role_url(address, folder, READER)


def read_settings() -> ServingSettings:
    """Return the settings of luigi.cfg and REDIS_URL; start the embedded server if no external one is configured."""
    return ServingSettings(database_url(READER), is_embedded(), key_file(), redis_url(), config.Serving())


def redis_url() -> str:
    """Return REDIS_URL, empty if it is not set. Raises PipelineError, without its value, which may hold a password."""
    address = os.environ.get("REDIS_URL", "")
    try:
        parts = urlsplit(address)
        is_valid = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if address and not is_valid:
        raise PipelineError(
            "REDIS_URL: expected an address such as redis://127.0.0.1:6379/0, found another value; correct it"
        )
    return address
