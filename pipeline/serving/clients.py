"""Clients: API keys, of which only hashes are stored, and the rate limit of each client."""

import hashlib
import json
import logging
import math
import os
import secrets
import time
from pathlib import Path

import limits
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from pipeline.errors import PipelineError

log = logging.getLogger(__name__)


def add_key(path: Path, name: str) -> str:
    """Create an API key, append its hash to the file and return the key, which cannot be shown again."""
    keys = read_keys(path)
    if name in keys.values():
        raise PipelineError(f"{path}: expected a new name, found {name}; choose another")
    key = f"ntsb_{secrets.token_urlsafe(32)}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(keys | {hash_of(key): name}, file, indent=1)
    temporary.replace(path)
    return key


def read_keys(path: Path) -> dict[str, str]:
    """Return {hash: name} of the API keys; empty without a file."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key. A key has 256 random bits, so a slow hash or a salt would add nothing."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


class Keys:
    """The API keys of a file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path, self._modified = path, 0
        self._names: dict[str, str] = {}

    def name_of(self, key: str) -> str | None:
        """Return the name of a key, or None if it is unknown."""
        modified = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if modified != self._modified:
            self._names, self._modified = read_keys(self._path), modified
        return self._names.get(hash_of(key))


class RateLimit:
    """Requests per client and period, counted in Redis if an address is configured, else in this process."""

    def __init__(self, rate: str, redis: str) -> None:
        self._item = parse_rate(rate)
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limiter = SlidingWindowCounterRateLimiter(_redis_storage(redis)) if redis else self._local

    async def seconds_to_wait(self, client: str) -> int:
        """Return 0 and count the request, or the seconds after which the client may repeat it."""
        if self._item is None:
            return 0
        try:
            return await self._wait(self._limiter, self._item, client)
        except (StorageError, OSError) as error:
            log.warning(
                "Redis: expected an answer, found %s; requests are counted in this process", type(error).__name__
            )
            return await self._wait(self._local, self._item, client)

    async def _wait(self, limiter: SlidingWindowCounterRateLimiter, item: limits.RateLimitItem, client: str) -> int:
        """Count the request and return 0, or return the seconds until the client may send the next one."""
        if await limiter.hit(item, client):
            return 0
        reset = (await limiter.get_window_stats(item, client)).reset_time
        return max(1, math.ceil(reset - time.time()))


def parse_rate(rate: str) -> limits.RateLimitItem | None:
    """Return the limit in a string such as `600/minute`; None for an empty one. Raises PipelineError."""
    try:
        return limits.parse(rate) if rate else None
    except ValueError as error:
        raise PipelineError(
            f"[Serving] rate_limit: expected a number and a period such as 600/minute, found {rate}; correct it"
        ) from error


def _redis_storage(address: str) -> Storage:
    storage = storage_from_string(
        f"async+{address}", implementation="redispy", wrap_exceptions=True, socket_timeout=0.25
    )
    assert isinstance(storage, Storage)
    return storage
