"""A load generator for HTTP on loopback: connections that are kept open, and requests at once or at a rate."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request: GET, or POST with a body of JSON."""

    path: str
    body: bytes = b""

    def head(self) -> bytes:
        """The request as bytes, with its body."""
        method = b"POST" if self.body else b"GET"
        lines = [method + b" " + self.path.encode() + b" HTTP/1.1", b"Host: 127.0.0.1"]
        if self.body:
            lines += [b"Content-Type: application/json", b"Content-Length: " + str(len(self.body)).encode()]
        return b"\r\n".join([*lines, b"", b""]) + self.body


@dataclass(frozen=True)
class Response:
    """A response; `seconds` from the time at which the request was due, so that waiting for a connection counts."""

    path: str
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass
class Load:
    """The outcome of a load: responses without bodies unless they are kept, and its duration."""

    responses: list[Response] = field(default_factory=list)
    seconds: float = 0.0

    def statuses(self) -> set[int]:
        """The status codes."""
        return {response.status for response in self.responses}

    def milliseconds(self) -> list[float]:
        """Duration of each response."""
        return [1000 * response.seconds for response in self.responses]


async def read_response(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of a response with Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _work(port: int, queue: "asyncio.Queue[tuple[Request, float] | None]", load: Load, keep: bool) -> None:
    reader = writer = None
    while (item := await queue.get()) is not None:
        request, due = item
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        start = due or time.perf_counter()
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert reader is not None
        writer.write(request.head())
        status, headers, body = await read_response(reader)
        seconds = time.perf_counter() - start
        load.responses.append(Response(request.path, status, headers, body if keep else b"", seconds))
        if headers.get("connection") == "close":
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def _run(port: int, requests: Sequence[Request], connections: int, rate: float, keep: bool) -> Load:
    load, queue = Load(), asyncio.Queue[tuple[Request, float] | None]()
    start = time.perf_counter()
    for number, request in enumerate(requests):
        queue.put_nowait((request, start + number / rate if rate else 0.0))
    for _ in range(connections):
        queue.put_nowait(None)
    await asyncio.gather(*(_work(port, queue, load, keep) for _ in range(connections)))
    load.seconds = time.perf_counter() - start
    return load


def run(port: int, requests: Sequence[Request], connections: int, rate: float = 0, keep: bool = False) -> Load:
    """Sends the requests over a number of connections: each when the one before is answered, or `rate` per second."""
    return asyncio.run(_run(port, requests, connections, rate, keep))
