"""Cache of responses: in Redis if an address is configured, else in this process. Keys begin with release and model."""

import json
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

log = logging.getLogger(__name__)
# Entries of an earlier release are not read again.
REDIS_TTL_S = 86_400
REDIS_TIMEOUT_S = 0.25
# After Redis has not answered, requests do not wait for it for this time.
REDIS_PAUSE_S = 5.0
# Larger responses would evict many small ones.
MAX_SHARE = 0.1
# Of an entry in memory, without its body and its key: mostly headers.
ENTRY_BYTES = 1000


@dataclass(frozen=True)
class Entry:
    """A complete response and the route that made it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    route: str

    def to_bytes(self) -> bytes:
        """Return one line of JSON and the body."""
        return json.dumps([self.status, self.headers, self.route]).encode() + b"\n" + self.body

    @classmethod
    def from_bytes(cls, content: bytes) -> "Entry":
        """Return the entry that `to_bytes` wrote."""
        head, _, body = content.partition(b"\n")
        status, headers, route = json.loads(head)
        return cls(status, tuple((name, value) for name, value in headers), body, route)


def entry_size(key: str, entry: Entry) -> int:
    """Return the bytes that an entry takes in memory."""
    return ENTRY_BYTES + len(key) + len(entry.body)


class Cache(Protocol):
    """A cache that may lose entries at any time."""

    async def get(self, key: str) -> Entry | None:
        """Return an entry, or None."""

    async def put(self, key: str, entry: Entry) -> None:
        """Store an entry."""

    async def close(self) -> None:
        """Release connections."""


class MemoryCache:
    """The entries used last, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.bytes = max_bytes, 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    async def get(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        if entry:
            self._entries.move_to_end(key)
        return entry

    async def put(self, key: str, entry: Entry) -> None:
        size = entry_size(key, entry)
        if size > self.max_bytes * MAX_SHARE:
            return
        if old := self._entries.pop(key, None):
            self.bytes -= entry_size(key, old)
        self._entries[key] = entry
        self.bytes += size
        while self.bytes > self.max_bytes:
            self.bytes -= entry_size(*self._entries.popitem(last=False))

    async def close(self) -> None:
        self._entries.clear()


class RedisCache:
    """Entries in Redis. If it does not answer, the cache is empty: requests are computed."""

    def __init__(self, address: str, max_bytes: int) -> None:
        from redis.asyncio import Redis

        limits: dict[str, Any] = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
        self._redis = Redis.from_url(address, **limits)
        self._max_bytes, self._paused_until = max_bytes, 0.0

    async def get(self, key: str) -> Entry | None:
        content = await self._try(self._redis.get, key)
        try:
            return Entry.from_bytes(content) if content else None
        except (ValueError, TypeError):
            return None

    async def put(self, key: str, entry: Entry) -> None:
        if len(entry.body) <= self._max_bytes * MAX_SHARE:
            await self._try(self._redis.set, key, entry.to_bytes(), REDIS_TTL_S)

    async def _try(self, call: Any, *values: Any) -> Any:
        """Return the answer of Redis; None, with a warning, if it does not answer."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._paused_until:
            return None
        try:
            return await call(*values)
        except (RedisError, OSError) as error:
            self._paused_until = time.monotonic() + REDIS_PAUSE_S
            log.warning("Redis: expected an answer, found %s; responses are not cached", type(error).__name__)
            return None

    async def close(self) -> None:
        await self._redis.aclose()


def open_cache(address: str, max_bytes: int) -> Cache:
    """Return the cache for an address of Redis, which may be empty."""
    return RedisCache(address, max_bytes) if address else MemoryCache(max_bytes)
