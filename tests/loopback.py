"""An HTTP server on the loopback address that serves files correctly, or with a fault that a test chooses."""

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
    """A file and how it is served."""

    body: bytes
    etag: str | None = '"one"'
    modified: str | None = "Fri, 08 Nov 2024 06:00:00 GMT"
    status: int = 200
    kind: str = "application/zip"
    ranges: bool = True
    head: int | None = None  # the status of every HEAD request
    cut: int | None = None  # bytes after which a GET is interrupted
    stall_s: float = 0.0  # pause in the middle of a GET
    slow_head: int = 0  # which HEAD request, counted from 1, is answered after that pause
    length: int | None = None  # a false Content-Length
    no_metadata: bool = False  # neither length nor version
    chunked: bool = False  # chunked transfer encoding, without a length
    faults: int = 10**9  # how many responses are faulty before they are correct


@dataclass
class Loopback:
    """The server's files by name, and its requests as (method, file, Range)."""

    address: str
    files: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    def gets(self) -> list[str | None]:
        """The Range header of every GET request."""
        return [byte_range for method, _, byte_range in self.requests if method == "GET"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _serve(self) -> None:
        name = re.split(r"[/=]", self.path)[-1]
        requests = self.loopback.requests
        requests.append((self.command, name, self.headers.get("Range")))
        file = self.loopback.files.get(name)
        if file and self.command == "HEAD" and file.slow_head == requests.count(("HEAD", name, None)):
            time.sleep(file.stall_s)
        if file is None or (self.command == "HEAD" and file.head):
            return self._empty(404 if file is None else file.head or 404)
        is_faulty = file.faults > 0
        if self.command == "GET" or file.status >= 400:
            file.faults -= 1
        if is_faulty and file.status >= 400:
            return self._empty(file.status)
        return self._respond(file, is_faulty)

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _begin(self, file: Served) -> int:
        match = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range") or "")
        is_same_version = self.headers.get("If-Range") in (None, file.etag, file.modified)
        return int(match[1]) if match and file.ranges and is_same_version else -1

    def _respond(self, file: Served, is_faulty: bool) -> None:
        begin = self._begin(file)
        if begin >= len(file.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(file.body)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = file.body[max(begin, 0) :]
        self.send_response(200 if begin < 0 else 206)
        self._headers(file, begin, len(body) if file.length is None or not is_faulty else file.length)
        if self.command == "GET":
            self._send(file, body, is_faulty)
        return None

    def _headers(self, file: Served, begin: int, length: int) -> None:
        self.send_header("Content-Type", file.kind)
        if begin >= 0:
            self.send_header("Content-Range", f"bytes {begin}-{len(file.body) - 1}/{len(file.body)}")
        if file.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not file.no_metadata:
            self.send_header("Content-Length", str(length))
        for name, value in (("ETag", file.etag), ("Last-Modified", file.modified)):
            if value and not file.no_metadata:
                self.send_header(name, value)
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()

    def _send(self, file: Served, body: bytes, is_faulty: bool) -> None:
        end = file.cut if file.cut is not None and is_faulty else len(body)
        half = end // 2
        try:
            self._write(file, body[:half])
            time.sleep(file.stall_s if is_faulty else 0)
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
    """A server in a thread, for the duration of the block."""
    handler = type("Bound", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # The class is created here, so its attribute has no declared type.
    loopback = handler.loopback = Loopback(f"http://127.0.0.1:{server.server_address[1]}/zips")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    # Without the proxy that the environment may configure.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
