"""A real HTTP server on the loopback address that serves files well, or badly in a way that a test asks for."""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Served:
    """One file and how it is served."""

    body: bytes
    etag: str | None = '"one"'
    modified: str | None = "Fri, 08 Nov 2024 06:00:00 GMT"
    status: int = 200
    kind: str = "application/zip"
    ranges: bool = True
    head: int | None = None  # the status HEAD is refused with
    cut: int | None = None  # bytes after which a GET breaks off
    stall_s: float = 0.0  # pause in the middle of a GET
    deaf: int = 0  # which HEAD, counted from 1, gets its answer after such a pause
    length: int | None = None  # the length that is claimed
    mute: bool = False  # neither length nor version
    chunked: bool = False  # sent in chunks, so that no length is said
    troubles: int = 10**9  # how many answers are bad before they are good


@dataclass
class Loopback:
    """The server's files by name, and what was asked of it."""

    address: str
    files: dict[str, Served] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def gets(self) -> list[str | None]:
        """The Range header of each GET."""
        return [stretch for method, _, stretch in self.asked if method == "GET"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _serve(self) -> None:
        name = re.split(r"[/=]", self.path)[-1]
        asked = self.loopback.asked
        asked.append((self.command, name, self.headers.get("Range")))
        file = self.loopback.files.get(name)
        if file and self.command == "HEAD" and file.deaf == asked.count(("HEAD", name, None)):
            time.sleep(file.stall_s)
        if file is None or (self.command == "HEAD" and file.head):
            return self._plain(404 if file is None else file.head or 404)
        bad = file.troubles > 0
        if self.command == "GET" or file.status >= 400:
            file.troubles -= 1
        if bad and file.status >= 400:
            return self._plain(file.status)
        return self._answer(file, bad)

    def _plain(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _begin(self, file: Served) -> int:
        match = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range") or "")
        same = self.headers.get("If-Range") in (None, file.etag, file.modified)
        return int(match[1]) if match and file.ranges and same else -1

    def _answer(self, file: Served, bad: bool) -> None:
        begin = self._begin(file)
        if begin >= len(file.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(file.body)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = file.body[max(begin, 0) :]
        self.send_response(200 if begin < 0 else 206)
        self._headers(file, begin, len(body) if file.length is None or not bad else file.length)
        if self.command == "GET":
            self._send(file, body, bad)
        return None

    def _headers(self, file: Served, begin: int, length: int) -> None:
        self.send_header("Content-Type", file.kind)
        if begin >= 0:
            self.send_header("Content-Range", f"bytes {begin}-{len(file.body) - 1}/{len(file.body)}")
        if file.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not file.mute:
            self.send_header("Content-Length", str(length))
        for name, value in (("ETag", file.etag), ("Last-Modified", file.modified)):
            if value and not file.mute:
                self.send_header(name, value)
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()

    def _send(self, file: Served, body: bytes, bad: bool) -> None:
        end = file.cut if file.cut is not None and bad else len(body)
        half = end // 2
        try:
            self._write(file, body[:half])
            time.sleep(file.stall_s if bad else 0)
            self._write(file, body[half:end])
            if file.chunked and end == len(body):
                self.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _write(self, file: Served, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if file.chunked else data)
        self.wfile.flush()


@contextmanager
def serving() -> Iterator[Loopback]:
    """A server that runs in a thread while the block does."""
    handler = type("Bound", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # The class is made here and now: no type knows its attribute.
    loopback = handler.loopback = Loopback(f"http://127.0.0.1:{server.server_address[1]}/zips")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    # A proxy that the machine may be set up for is not asked for the machine itself.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
