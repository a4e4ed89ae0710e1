"""Clients: API keys, of which only hashes are stored, and the rate limit of each client."""

import hashlib
import json
import logging
import math
import os
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import limits
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from pipeline.errors import PipelineError
from pipeline.serving.cache import REDIS_PAUSE_S, REDIS_TIMEOUT_S

log = logging.getLogger(__name__)
NAME = r"[\w.@-]{1,100}"


def add_key(path: Path, name: str) -> str:
    """Create an API key, append its hash to the file and return the key, which cannot be shown again."""
    keys = read_keys(path)
    if name in keys.values() or not re.fullmatch(NAME, name):
        raise PipelineError(f"{path}: expected a new name of letters, digits and .@_-, found {name!r}; choose another")
    key = f"ntsb_{secrets.token_urlsafe(32)}"
    write_keys(path, keys | {hash_of(key): name})
    return key


def remove_key(path: Path, name: str) -> None:
    """Remove the API key of a name; a running server refuses it from the next request on."""
    keys = read_keys(path)
    if name not in keys.values():
        names = ", ".join(sorted(keys.values())) or "no keys"
        raise PipelineError(f"{path}: expected the name of a key ({names}), found {name!r}; choose another")
    write_keys(path, {digest: other for digest, other in keys.items() if other != name})


def write_keys(path: Path, keys: Mapping[str, str]) -> None:
    """Write {hash: name} of the API keys, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=1)
    temporary.replace(path)


def read_keys(path: Path) -> dict[str, str]:
    """Return {hash: name} of the API keys; empty without a file. Raises PipelineError for another content."""
    if not path.exists():
        return {}
    try:
        return {str(digest): str(name) for digest, name in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError) as error:
        raise PipelineError(
            f"{path}: expected the hashes that `serve --add-key` writes, found another content; delete it and add the "
            "keys again"
        ) from error


def hash_of(key: str) -> str:
    """Return the SHA-256 of a key. A key has 256 random bits, so a slow hash or a salt would add nothing."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


class Keys:
    """The API keys of a file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path, self._modified = path, 0
        self._names: dict[str, str] = {}

    def name_of(self, key: str) -> str | None:
        """Return the name of a key, or None if it is unknown, as all are while the file is damaged."""
        modified = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if modified != self._modified:
            try:
                self._names = read_keys(self._path)
            except PipelineError as error:
                self._names = {}
                log.error("%s", error)
            # Last: another thread that sees it uses the new names.
            self._modified = modified
        return self._names.get(hash_of(key))


class RateLimit:
    """Requests per client and period, counted in Redis if an address is configured, else in this process."""

    def __init__(self, rate: str, redis: str) -> None:
        self._item = parse_rate(rate)
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limiter = SlidingWindowCounterRateLimiter(_redis_storage(redis)) if redis else self._local
        self._paused_until = 0.0

    async def seconds_to_wait(self, client: str) -> int:
        """Return 0 and count the request, or the seconds after which the client may repeat it."""
        if self._item is None:
            return 0
        if time.monotonic() < self._paused_until:
            return await self._wait(self._local, self._item, client)
        try:
            return await self._wait(self._limiter, self._item, client)
        except (StorageError, OSError) as error:
            self._paused_until = time.monotonic() + REDIS_PAUSE_S
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
        f"async+{address}", implementation="redispy", wrap_exceptions=True, socket_timeout=REDIS_TIMEOUT_S
    )
    assert isinstance(storage, Storage)
    return storage
