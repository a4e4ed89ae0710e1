"""Settings of the HTTP API, with the defaults of luigi.cfg."""

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
    """Everything that a server needs to know; `database`: the URL of the reader, which is not shown."""

    database: str = field(repr=False)
    is_embedded: bool
    key_file: Path
    redis: str = field(default="", repr=False)
    connections: int = 8
    wait_s: float = 2.0
    statement_timeout_s: float = 10.0
    max_requests: int = 128
    max_body_kb: int = 1024
    client_timeout_s: float = 10.0
    rate_limit: str = ""
    cache_mb: int = 64
    refresh_s: float = 1.0
    keys_required: bool = False
    cors_origins: tuple[str, ...] = ()


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
    section = config.Serving()
    values = {name: getattr(section, name) for name, _ in section.get_params()}
    values["cors_origins"] = tuple(values["cors_origins"])
    redis, address = redis_url(), database_url(READER)
    return ServingSettings(database=address, is_embedded=is_embedded(), key_file=key_file(), redis=redis, **values)


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
