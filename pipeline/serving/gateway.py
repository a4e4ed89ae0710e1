"""What every request passes: limits, API keys, the cache, conditional requests, compression and metrics.

Responses are complete before they are sent, because their size is bounded: a request that a publication overtakes, or
that fails, is never sent in part.
"""

import asyncio
import gzip
import hashlib
import logging
import time
from collections.abc import Mapping
from operator import itemgetter
from urllib.parse import parse_qsl, urlencode

from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.serving.cache import Entry
from pipeline.serving.formats import preferred
from pipeline.serving.problems import Problem, problem_response
from pipeline.serving.state import State

log = logging.getLogger(__name__)

UNLIMITED = ("/healthz", "/readyz", "/metrics")
MODEL_PATHS = "/v1/severity"
MIN_GZIP_BYTES = 1000
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
SAFE_HEADERS = ((b"x-content-type-options", b"nosniff"),)


class Gateway:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app, self.state = app, state
        # {has a body: number}. A client may send bodies slowly, which must not keep others from reading.
        self.active = {True: 0, False: 0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        entry = await self._respond(scope, receive)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.state.metrics.requests.labels(entry.route, method, entry.status).inc()
        self.state.metrics.seconds.labels(entry.route).observe(time.perf_counter() - start)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in entry.headers]
        await send({"type": "http.response.start", "status": entry.status, "headers": [*headers, *SAFE_HEADERS]})
        await send({"type": "http.response.body", "body": entry.body})

    async def _respond(self, scope: Scope, receive: Receive) -> Entry:
        """Return the response, also for errors and beyond the limit on concurrent requests."""
        if scope["path"] in UNLIMITED:
            return await self._call(scope, b"")
        has_body = scope["method"] == "POST"
        if self.active[has_body] >= self.state.settings.section.max_requests:
            return entry_of(
                problem_response(Problem(503, "server: expected fewer requests, found too many; repeat later"))
            )
        self.active[has_body] += 1
        self.state.metrics.active.inc()
        try:
            return await self._admitted(scope, receive)
        except Problem as problem:
            return entry_of(problem_response(problem))
        except Exception:
            # Its text may contain SQL or paths.
            log.exception("%s %s failed", scope["method"], scope["path"])
            return entry_of(problem_response(Problem(500, "server: expected no error, found one; it is in the log")))
        finally:
            self.active[has_body] -= 1
            self.state.metrics.active.dec()

    async def _admitted(self, scope: Scope, receive: Receive) -> Entry:
        """Return the response to a client within its rate limit; 304 if If-None-Match is current."""
        headers = Headers(scope=scope)
        client = self._client(scope, headers)
        if seconds := await self.state.rate_limit.seconds_to_wait(client):
            message = "client: expected fewer requests, found the rate limit exceeded; repeat later"
            raise Problem(429, message, headers={"Retry-After": str(seconds)})
        body = await self._body(headers, receive) if scope["method"] == "POST" else b""
        is_gzip = "gzip" in preferred(headers.get("accept-encoding", ""))
        entry = await self._cached(scope, headers, body, is_gzip)
        is_read = scope["method"] in ("GET", "HEAD")
        if (
            is_read
            and entry.status == 200
            and _matches(headers.get("if-none-match", ""), dict(entry.headers).get("etag"))
        ):
            kept = tuple(pair for pair in entry.headers if pair[0] not in ("content-length", "content-type"))
            return Entry(304, kept, b"", entry.route)
        return entry

    def _client(self, scope: Scope, headers: Headers) -> str:
        """Return the name by which requests are counted: of the API key, else the address."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        if key:
            if name := self.state.keys.name_of(key):
                return f"key:{name}"
            raise Problem(401, "key: expected an API key of this server, found another value; check it", headers=BEARER)
        if self.state.settings.section.keys_required:
            raise Problem(401, "key: expected an API key, found none; send `Authorization: Bearer KEY`", headers=BEARER)
        return f"address:{(scope.get('client') or ('',))[0]}"

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """Return the body of a request. Raises Problem 413 for a large one and 408 for a slow one."""
        limit = self.state.settings.section.max_body_kb * 1024
        declared = headers.get("content-length", "0")
        parts, size = [], int(declared) if declared.isdecimal() and len(declared) < 20 else 0
        too_large = Problem(
            413, f"body: expected at most {limit} bytes, found more; send fewer rows", headers={"Connection": "close"}
        )
        if size > limit:
            raise too_large
        size = 0
        try:
            async with asyncio.timeout(self.state.settings.section.client_timeout_s):
                while (message := await receive())["type"] == "http.request":
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise too_large
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            detail = "body: expected all of it in time, found a part; send it at once"
            raise Problem(408, detail, headers={"Connection": "close"}) from None
        return b"".join(parts)

    async def _cached(self, scope: Scope, headers: Headers, body: bytes, is_gzip: bool) -> Entry:
        """Return the cached response, or call the application and cache a success."""
        identity = f"{request_key(scope, headers, body)} {'gzip' if is_gzip else ''}"
        is_model = scope["path"].startswith(MODEL_PATHS)
        version = self.state.model_version() if is_model else self.state.release_tag()
        is_cacheable = scope["method"] in ("GET", "HEAD") or (scope["method"] == "POST" and is_model)
        if is_cacheable and version and (entry := await self.state.cache.get(f"{version} {identity}")):
            self.state.metrics.cache.labels("hit").inc()
            return entry
        entry = await self._call(scope, body)
        if (
            is_gzip
            and len(entry.body) >= MIN_GZIP_BYTES
            and "parquet" not in dict(entry.headers).get("content-type", "")
        ):
            entry = await run_in_threadpool(compressed, entry)
        if is_cacheable and entry.status == 200 and (tag := dict(entry.headers).get("etag")):
            self.state.metrics.cache.labels("miss").inc()
            # Under the release or model of the response, which may be newer than the one looked up.
            await self.state.cache.put(f"{tag} {identity}", entry)
        return entry

    async def _call(self, scope: Scope, body: bytes) -> Entry:
        """Return the application's response. HEAD is answered like GET, and the server omits the body."""
        inner = {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        status, headers, parts = 500, [], []
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            else:
                parts.append(message.get("body", b""))

        await self.app(inner, receive, send)
        route = getattr(inner.get("route"), "path", "unmatched")
        pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
        return Entry(status, pairs, b"".join(parts), route)


BEARER = {"WWW-Authenticate": "Bearer"}


def entry_of(response: Response) -> Entry:
    """Return a response that no route made."""
    pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
    return Entry(response.status_code, pairs, bytes(response.body), "none")


def request_key(scope: Scope, headers: Mapping[str, str], body: bytes) -> str:
    """Return a key that equal requests share: path, parameters, Accept and the hash of the body.

    The order of parameters does not matter, but that of the values of one does.
    """
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    digest = hashlib.sha256(body).hexdigest() if body else ""
    text = "\0".join([scope["path"], urlencode(sorted(query, key=itemgetter(0))), headers.get("accept", ""), digest])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def compressed(entry: Entry) -> Entry:
    """Return the entry with its body in gzip."""
    body = gzip.compress(entry.body, 5, mtime=0)
    headers = {name: value for name, value in entry.headers if name != "content-length"}
    vary = ", ".join(filter(None, [headers.get("vary"), "Accept-Encoding"]))
    headers |= {"content-length": str(len(body)), "content-encoding": "gzip", "vary": vary}
    return Entry(entry.status, tuple(headers.items()), body, entry.route)


def _matches(condition: str, etag: str | None) -> bool:
    """Return True if If-None-Match names the ETag; weak and strong ones are equal here (RFC 9110)."""
    tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return etag is not None and bool(tags & {"*", etag.removeprefix("W/")})
