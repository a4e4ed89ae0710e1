"""Downloads over HTTP, from a real server with and without faults."""

import logging
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import SourceNotFound, SourceUnreachable
from pipeline.ingest import http
from pipeline.ingest.http import FileMetadata, RetryPolicy
from tests.loopback import Loopback, Served, serving

BODY = random.Random(1).randbytes(300_000)
THREE_ATTEMPTS = RetryPolicy(timeout_s=0.5, attempts=3, backoff_s=0.01)
ONE_ATTEMPT = RetryPolicy(timeout_s=0.5, attempts=1, backoff_s=0.01)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "avall.zip.part"


def test_probes_with_head_and_downloads_once(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    url = f"{server.address}/avall.zip"
    metadata = http.probe(url, THREE_ATTEMPTS)
    assert metadata == FileMetadata(url, '"one"', "Fri, 08 Nov 2024 06:00:00 GMT", len(BODY))
    assert http.download(url, part, THREE_ATTEMPTS) == metadata
    assert part.read_bytes() == BODY
    assert [method for method, _, _ in server.requests] == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_requests_the_first_byte_where_head_is_refused(server: Loopback, status: int) -> None:
    server.files["avall.zip"] = Served(BODY, head=status)
    assert http.probe(f"{server.address}/avall.zip", ONE_ATTEMPT).bytes == len(BODY)
    assert server.gets() == ["bytes=0-0"]


@pytest.mark.parametrize("version", [{}, {"etag": None}, {"etag": 'W/"weak"'}])
def test_requests_only_the_rest_after_an_interruption(
    server: Loopback, part: Path, version: dict[str, str | None]
) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, faults=1, **version)  # type: ignore[arg-type]
    http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_resumes_a_chunked_transfer(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, chunked=True, faults=1)
    assert http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS).bytes == len(BODY)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_a_later_call_resumes(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, faults=1)
    with pytest.raises(SourceUnreachable, match="100000 of 300000 bytes"):
        http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_downloads_nothing_again_of_a_complete_file(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    metadata = http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    assert http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT) == metadata
    assert part.read_bytes() == BODY


def test_starts_over_where_the_file_has_changed(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000)
    with pytest.raises(SourceUnreachable):
        http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    server.files["avall.zip"] = Served(BODY[::-1], etag='"two"')
    http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    assert part.read_bytes() == BODY[::-1]


@pytest.mark.parametrize("served", [{"ranges": False}, {"etag": None, "modified": None}, {"no_metadata": True}])
def test_starts_over_where_ranges_are_not_possible(server: Loopback, part: Path, served: dict[str, bool]) -> None:
    server.files["avall.zip"] = Served(BODY, stall_s=0.8, faults=1, **served)  # type: ignore[arg-type]
    http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert part.read_bytes() == BODY


def test_a_stalled_transfer_is_an_interruption(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, stall_s=0.8, faults=1)
    http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, f"bytes={len(BODY) // 2}-"]


def test_a_content_length_that_is_too_long_is_an_error(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, length=len(BODY) + 5, ranges=False)
    with pytest.raises(SourceUnreachable, match="300000 of 300005 bytes"):
        http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert len(server.gets()) == 3


def test_a_content_length_that_is_too_short_ends_the_file(server: Loopback, part: Path) -> None:
    # HTTP hides the rest; `unpack.inspect_zip` reports the incomplete zip.
    server.files["avall.zip"] = Served(BODY, length=1000)
    assert http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT).bytes == 1000
    assert part.read_bytes() == BODY[:1000]


def test_temporary_errors_are_retried_and_then_reported(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, status=503, faults=2)
    http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert part.read_bytes() == BODY
    server.files["avall.zip"] = Served(BODY, status=500)
    with pytest.raises(SourceUnreachable, match=r"HTTP 500.*NTSB_SOURCES"):
        http.probe(f"{server.address}/avall.zip", THREE_ATTEMPTS)


@pytest.mark.parametrize("status", [408, 429, 501, 520, 524])
def test_every_temporary_status_is_retried(server: Loopback, part: Path, status: int) -> None:
    server.files["avall.zip"] = Served(BODY, status=status, faults=2)
    http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert server.gets() == [None] * 3


def test_a_refused_head_is_not_retried(server: Loopback) -> None:
    server.files["avall.zip"] = Served(BODY, head=501)
    http.probe(f"{server.address}/avall.zip", THREE_ATTEMPTS)
    assert [method for method, _, _ in server.requests] == ["HEAD", "GET"]


def test_pauses_double_from_the_second_attempt(server: Loopback, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    server.files["avall.zip"] = Served(BODY, status=503, faults=3)
    http.download(f"{server.address}/avall.zip", part, RetryPolicy(timeout_s=5, attempts=4, backoff_s=50))
    assert [pause for pause in pauses if pause >= 1] == [50, 100, 200]


@pytest.mark.parametrize(
    ("fault", "finding"), [({"status": 503}, "HTTP 503 Service Unavailable"), ({"cut": 1000}, "1000 of 300000 bytes")]
)
def test_retries_are_logged(
    server: Loopback, part: Path, caplog: pytest.LogCaptureFixture, fault: dict[str, int], finding: str
) -> None:
    server.files["avall.zip"] = Served(BODY, faults=2, **fault)  # type: ignore[arg-type]
    url = f"{server.address}/avall.zip"
    with caplog.at_level(logging.INFO, "pipeline"):
        http.download(url.replace("//", "//user:secret@", 1), part, THREE_ATTEMPTS)
    messages = [record.getMessage() for record in caplog.records if record.name == "pipeline.ingest.http"]
    assert [message.split(": ")[0] for message in messages] == [url, url]
    assert all(finding in message or "2000 of 300000" in message for message in messages)
    assert [message.rpartition("; ")[2] for message in messages] == ["attempt 2 of 3", "attempt 3 of 3"]
    assert "secret" not in caplog.text


def test_refused_connections_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "pipeline"), pytest.raises(SourceUnreachable):
        http.probe("http://user:secret@127.0.0.1:9/avall.zip", RetryPolicy(0.5, 2, 0.01))
    assert "http://127.0.0.1:9/avall.zip: [Errno 111] Connection refused; attempt 2 of 2" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(("status", "message"), [(404, "the server has none"), (401, "refuses access")])
def test_permanent_errors_are_not_retried(server: Loopback, part: Path, status: int, message: str) -> None:
    server.files["avall.zip"] = Served(BODY, status=status)
    with pytest.raises(SourceNotFound, match=message):
        http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    with pytest.raises(SourceNotFound, match=message):
        http.probe(f"{server.address}/avall.zip", THREE_ATTEMPTS)
    assert len(server.gets()) == 2


def test_no_server_is_reported_with_the_next_step(part: Path) -> None:
    with pytest.raises(SourceUnreachable, match=r"after 2 attempt\(s\).*refused.*NTSB_SOURCES"):
        http.probe("http://127.0.0.1:9/avall.zip", RetryPolicy(0.5, 2, 0.01))


def test_metadata_without_length_and_version_are_valid_for_a_day(server: Loopback) -> None:
    server.files["avall.zip"] = Served(BODY, no_metadata=True)
    metadata = http.probe(f"{server.address}/avall.zip", ONE_ATTEMPT)
    assert (metadata.etag, metadata.last_modified, metadata.bytes) == (None, None, None)
    assert metadata.asked_on is not None


def test_a_password_is_in_no_message() -> None:
    with pytest.raises(SourceUnreachable) as raised:
        http.probe("http://user:secret@127.0.0.1:9/avall.zip", ONE_ATTEMPT)
    assert "secret" not in str(raised.value)
