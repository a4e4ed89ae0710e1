"""Serves the generated events as NTSB's Enterprise API does, on the loopback address, with faults on request:

python -m samples.serve [--port PORT] [--fault KIND[:TIMES[:TEXT]]]... [-- COMMAND]

With COMMAND, runs it against the server and ends with its exit code; LUIGI_CONFIG_PATH names a file with the settings,
and NTSB_API_KEY has the key of the server. A fault is that of TIMES responses (default: all) whose query contains
TEXT, such as `429:2:2016-03`.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from samples import api_archive, api_feed
from samples.api_texts import Case
from samples.make import SAMPLES, api_cases, scaled
from samples.serve_faults import KINDS, STATUSES, Fault, parse_fault

PORT = 8414
KEY = "key-of-the-sample-server"
CASES = "/public/api/Common/v2/GetCasesByDateRange/"
FEED = "/public/api/Common/v1/GetCasesByModifiedDateRange/"
RETRY_AFTER_S = "1"


@dataclass
class Api:
    """The server: its address, cases sorted by date, key, size of pages and faults, and the requests so far."""

    cases: Sequence[Case]
    address: str = ""
    key: str = KEY
    page_size: int = api_archive.PAGE_SIZE
    pause_s: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    # (path, query) of each.
    requests: list[tuple[str, str]] = field(default_factory=list)

    def queries(self, path: str = CASES) -> list[str]:
        """Return the queries of the requests for a path, in order."""
        return [query for requested, query in self.requests if requested == path]

    def respond(self, path: str, query: str) -> tuple[int, bytes]:
        """Return the status and body of the response without a fault."""
        values = {name: many[0] for name, many in parse_qs(query).items()}
        try:
            first, last = values["startDate"], values["endDate"]
            if path == FEED:
                body = api_feed.feed(self.cases, first, last)
            elif path == CASES and values.get("mode") == "aviation":
                body = api_archive.page(self.cases, first, last, values.get("marker", ""), self.page_size)
            else:
                return 404, b""
        except (KeyError, ValueError):
            return 400, b'{"message":"Invalid parameter"}'
        return (200, body) if body is not None else (204, b"")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    api: Api

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Send a page, the list of changed cases, or a fault."""
        url = urlsplit(self.path)
        self.api.requests.append((url.path, url.query))
        time.sleep(self.api.pause_s)
        if self.headers.get("Ocp-Apim-Subscription-Key") != self.api.key:
            return self._send(401, b'{"statusCode":401,"message":"Access denied due to invalid subscription key."}')
        fault = next((fault for fault in self.api.faults if fault.applies(url.query)), None)
        if fault and fault.kind in STATUSES:
            return self._send(STATUSES[fault.kind], b"")
        status, body = self.api.respond(url.path, url.query)
        return self._send(status, fault.change(body) if fault else body, fault.kind if fault else "")

    def _send(self, status: int, body: bytes, fault: str = "") -> None:
        """Send a response, with the fault of a kind if there is one."""
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if fault == "html" else "application/json; charset=utf-8")
        if status == 429:
            self.send_header("Retry-After", RETRY_AFTER_S)
        if status == 302:
            self.send_header("Location", "https://elsewhere.example/login")
        if status != 204 and fault != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.close_connection = fault in ("cut", "slow", "endless")
        self.end_headers()
        try:
            self._write(body, fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _write(self, body: bytes, fault: str) -> None:
        """Write the body: half of it, slowly, or without end if the fault asks for it."""
        if fault == "cut":
            body = body[: len(body) // 2]
        while fault == "endless":
            self.wfile.write(b" " * 65536)
        if fault == "slow":
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self.wfile.write(body)


@contextmanager
def serving(cases: Sequence[Case], port: int = 0, **options: Any) -> Iterator[Api]:
    """Return a server in a thread for the duration of the block; `options` are fields of Api."""
    handler = type("Bound", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    address = f"http://127.0.0.1:{server.server_address[1]}/public/"
    # The class is created here, so its attribute has no declared type.
    api = handler.api = Api(cases, address, **options)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port(port: int) -> int:
    """Return the port, or 0 if another program uses it: with the same address, a further run downloads nothing."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


def settings_text(api: Api) -> str:
    """Return the settings of a run against the server: no limit of requests, and the months of the samples."""
    return (
        f"[Api]\naddress = {api.address}\nrequests_per_minute = 6000\nbackoff_s = 0.1\n"
        "first_month = 2008-01\nlast_month = 2025-11\n"
    )


def run_command(api: Api, command: Sequence[str]) -> int:
    """Run a command whose settings lead to the server; return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "luigi.cfg"
        file.write_text(settings_text(api), encoding="utf-8")
        variables = {"LUIGI_CONFIG_PATH": str(file), "NTSB_API_KEY": api.key, "NO_PROXY": "127.0.0.1"}
        return subprocess.run(command, env=os.environ | variables, check=False).returncode


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted, or while the command runs."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m samples.serve", description=__doc__, formatter_class=layout)
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}, or a free one if it is in use")
    parser.add_argument("--scale", type=float, help="multiple of the number of events in NTSB's files")
    parser.add_argument("--page-size", type=int, default=api_archive.PAGE_SIZE)
    parser.add_argument("--pause", type=float, default=0.0, metavar="SECONDS", help="before each response")
    parser.add_argument("--fault", type=parse_fault, action="append", default=[], help=f"one of {', '.join(KINDS)}")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    options = parser.parse_args(argv)
    keywords = {"page_size": options.page_size, "pause_s": options.pause, "faults": options.fault}
    cases = api_cases(SAMPLES if options.scale is None else scaled(options.scale))
    with serving(cases, _free_port(options.port), **keywords) as api:
        if options.command:
            return run_command(api, options.command)
        print(f"{settings_text(api)}\nexport NTSB_API_KEY={api.key}", flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
