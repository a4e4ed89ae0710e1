"""An HTTP server on the loopback address that serves files correctly, or with a fault that a test chooses."""

import gzip
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
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
    cut: int | None = None  # bytes after which a GET is interrupted
    stall_s: float = 0.0  # pause in the middle of a GET
    slow_probe: int = 0  # which request for the end of the file, counted from 1, is answered after that pause
    length: int | None = None  # a false Content-Length
    no_metadata: bool = False  # neither length nor version
    chunked: bool = False  # chunked transfer encoding, without a length
    faults: int = 10**9  # how many responses are faulty before they are correct
    refuses_ranges: bool = False  # 416 for every Range header
    gzip: bool = False  # compressed although identity was requested
    endless: bool = False  # the body is repeated without an end
    slow_s: float = 0.0  # pause after each repetition
    slow_headers: bool = False  # headers are sent byte by byte, without an end
    location: str | None = None  # target of a redirect
    needs_cookie: bool = False  # redirects to itself until the client sends the cookie
    refused_agent: str | None = None  # 403 for clients with this word in their name


@dataclass
class Loopback:
    """The server's files by name, and its requests as (method, file, Range)."""

    address: str
    files: dict[str, Served] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)

    def gets(self) -> list[str | None]:
        """The Range header of every GET request."""
        return [byte_range for method, _, byte_range in self.requests if method == "GET"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_HEAD(self) -> None:
        """Describe another file, as some servers do."""
        self.loopback.requests.append(("HEAD", self.path, None))
        self._empty(200)

    def do_GET(self) -> None:
        name, byte_range = re.split(r"[/=]", self.path)[-1], self.headers.get("Range")
        requests = self.loopback.requests
        requests.append((self.command, name, byte_range))
        self.loopback.headers.append(self.headers)
        file = self.loopback.files.get(name)
        if file is None:
            return self._empty(404)
        is_probe = (byte_range or "").startswith("bytes=-")
        if is_probe and file.slow_probe == requests.count(("GET", name, byte_range)):
            time.sleep(file.stall_s)
        if file.slow_headers:
            return self._trickle()
        is_faulty = file.faults > 0
        if not is_probe or file.status >= 400:
            file.faults -= 1
        refusal = self._refusal(file, is_faulty)
        if refusal and not file.endless:
            return self._empty(*refusal)
        return self._respond(file, is_faulty and not is_probe)

    def _refusal(self, file: Served, is_faulty: bool) -> tuple[int, dict[str, str]] | None:
        """The status and headers of a response without a file."""
        if file.refused_agent and file.refused_agent in (self.headers.get("User-Agent") or ""):
            return 403, {}
        if file.needs_cookie and "session=1" not in (self.headers.get("Cookie") or ""):
            return 302, {"Location": self.path, "Set-Cookie": "session=1"}
        if file.refuses_ranges and self.headers.get("Range"):
            return 416, {}
        if is_faulty and file.status >= 300:
            return file.status, {"Location": file.location or self.path}
        return None

    def _trickle(self) -> None:
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while True:
                self.wfile.write(b"a")
                time.sleep(0.05)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _empty(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _begin(self, file: Served) -> int:
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        is_same_version = self.headers.get("If-Range") in (None, file.etag, file.modified)
        if not match or not file.ranges or not is_same_version:
            return -1
        return int(match[1]) if match[1] else max(len(file.body) - int(match[2]), 0)

    def _respond(self, file: Served, is_faulty: bool) -> None:
        begin = self._begin(file)
        if begin >= len(file.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(file.body)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = file.body[max(begin, 0) :]
        body = gzip.compress(body) if file.gzip else body
        self.send_response(file.status if file.endless else 200 if begin < 0 else 206)
        self._headers(file, begin, len(body) if file.length is None or not is_faulty else file.length)
        self._send(file, body, is_faulty)
        return None

    def _headers(self, file: Served, begin: int, length: int) -> None:
        self.send_header("Content-Type", file.kind)
        if file.gzip:
            self.send_header("Content-Encoding", "gzip")
        if file.status >= 300:
            self.send_header("Location", self.path)
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
            while file.endless:
                self._write(file, body)
                time.sleep(file.slow_s)
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
