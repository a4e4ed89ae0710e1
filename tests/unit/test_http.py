"""Downloads over HTTP, from a real server with and without faults."""

import random
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


def test_passwords_are_redacted() -> None:
    assert http.redact_url("https://user:secret@example.org:8443/zips") == "https://example.org:8443/zips"


def test_a_password_is_in_no_message() -> None:
    with pytest.raises(SourceUnreachable) as raised:
        http.probe("http://user:secret@127.0.0.1:9/avall.zip", ONE_ATTEMPT)
    assert "secret" not in str(raised.value)
