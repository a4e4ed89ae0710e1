"""A server of a few cases, and a client and a download for it, for tests of the API."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.ingest.enterprise_api.client import Client, RateLimit
from pipeline.ingest.enterprise_api.download import Download
from pipeline.ingest.enterprise_api.months import Months
from pipeline.ingest.http import RequestPolicy
from samples.serve import KEY, Api, serving

Case = dict[str, Any]
FIRST, LAST = "2016-01", "2016-04"


def case(number: int, day: str, status: str = "Completed", changed: str = "2017-01-01") -> Case:
    """A case with the fields by which it is identified and refreshed."""
    return {
        "mKey": number,
        "ntsbNumber": f"CEN16LA{number:03d}",
        "eventDate": day,
        "completionStatus": status,
        "publishDateTime": f"{changed}T00:00:00",
        "narratives": [{"probableCause": "Café, 3½ gallons"}],
    }


def few_cases() -> list[Case]:
    """Five cases in January, one in February, none in March, two in April, one of them open."""
    january = [case(number, f"2016-01-{number:02d}") for number in range(1, 6)]
    return [*january, case(6, "2016-02-29"), case(7, "2016-04-01"), case(8, "2016-04-30", "Ongoing")]


@pytest.fixture
def api() -> Iterator[Api]:
    """A server of the few cases, two per page."""
    with serving(few_cases(), page_size=2) as server:
        yield server


def client_of(api: Api, attempts: int = 2, timeout_s: float = 5.0, key: str = KEY, **policy: Any) -> Client:
    """A client that does not pause."""
    limit = RateLimit(10**6, sleep=lambda _: None)
    return Client(api.address, key, RequestPolicy(timeout_s, attempts, 0.01, **policy), limit)


def download_of(folder: Path, first: str = FIRST, last: str = LAST, refresh_days: float = 7) -> Download:
    """A download into a folder."""
    return Download(Months(folder / "api"), first, last, refresh_days)


@contextmanager
def answering(response: bytes, rest: bytes = b"") -> Iterator[Api]:
    """A server that answers every request with these bytes, and then with `rest` until the client closes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(response)
            with suppress(OSError):
                while rest:
                    self.wfile.write(rest)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield Api([], f"http://127.0.0.1:{server.server_address[1]}/public/")
        server.shutdown()


class Clock:
    """A clock that moves a second per reading."""

    def __init__(self, year: int = 2026, month: int = 11, day: int = 30) -> None:
        self.time = datetime(year, month, day, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def advance(self, **parts: float) -> None:
        self.time += timedelta(**parts)
