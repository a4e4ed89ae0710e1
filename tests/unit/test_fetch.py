"""Fetching over HTTP, from a real server that behaves well and badly."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import SourceNotFound, SourceUnreachable
from pipeline.ingest import http
from pipeline.ingest.http import FileMetadata, RetryPolicy
from tests.loopback import Loopback, Served, serving

BODY = random.Random(1).randbytes(300_000)
QUICK = RetryPolicy(timeout_s=0.5, attempts=3, backoff_s=0.01)
ONCE = RetryPolicy(timeout_s=0.5, attempts=1, backoff_s=0.01)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "avall.zip.part"


def test_asks_by_head_and_fetches_once(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    url = f"{server.address}/avall.zip"
    facts = http.probe(url, QUICK)
    assert facts == FileMetadata(url, '"one"', "Fri, 08 Nov 2024 06:00:00 GMT", len(BODY))
    assert http.download(url, part, QUICK) == facts
    assert part.read_bytes() == BODY
    assert [method for method, _, _ in server.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_asks_for_the_first_byte_where_head_is_refused(server: Loopback, status: int) -> None:
    server.files["avall.zip"] = Served(BODY, head=status)
    assert http.probe(f"{server.address}/avall.zip", ONCE).bytes == len(BODY)
    assert server.gets() == ["bytes=0-0"]


@pytest.mark.parametrize("version", [{}, {"etag": None}, {"etag": 'W/"weak"'}])
def test_asks_only_for_the_rest_after_a_cut(server: Loopback, part: Path, version: dict[str, str | None]) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, troubles=1, **version)  # type: ignore[arg-type]
    http.download(f"{server.address}/avall.zip", part, QUICK)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_takes_chunks_up_again_too(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, chunked=True, troubles=1)
    assert http.download(f"{server.address}/avall.zip", part, QUICK).bytes == len(BODY)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_goes_on_in_a_later_call(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, troubles=1)
    with pytest.raises(SourceUnreachable, match="promised 300000 bytes and broke off after 100000"):
        http.download(f"{server.address}/avall.zip", part, ONCE)
    http.download(f"{server.address}/avall.zip", part, ONCE)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, "bytes=100000-"]


def test_fetches_nothing_again_of_what_is_whole(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    facts = http.download(f"{server.address}/avall.zip", part, ONCE)
    assert http.download(f"{server.address}/avall.zip", part, ONCE) == facts
    assert part.read_bytes() == BODY


def test_starts_again_where_the_file_has_changed(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000)
    with pytest.raises(SourceUnreachable):
        http.download(f"{server.address}/avall.zip", part, ONCE)
    server.files["avall.zip"] = Served(BODY[::-1], etag='"two"')
    http.download(f"{server.address}/avall.zip", part, ONCE)
    assert part.read_bytes() == BODY[::-1]


@pytest.mark.parametrize("served", [{"ranges": False}, {"etag": None, "modified": None}, {"mute": True}])
def test_starts_again_where_the_rest_cannot_be_asked_for(server: Loopback, part: Path, served: dict[str, bool]) -> None:
    server.files["avall.zip"] = Served(BODY, stall_s=0.8, troubles=1, **served)  # type: ignore[arg-type]
    http.download(f"{server.address}/avall.zip", part, QUICK)
    assert part.read_bytes() == BODY


def test_a_stall_is_a_cut(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, stall_s=0.8, troubles=1)
    http.download(f"{server.address}/avall.zip", part, QUICK)
    assert part.read_bytes() == BODY
    assert server.gets() == [None, f"bytes={len(BODY) // 2}-"]


def test_a_length_that_is_too_long_is_an_error(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, length=len(BODY) + 5, ranges=False)
    with pytest.raises(SourceUnreachable, match="promised 300005 bytes and broke off after 300000"):
        http.download(f"{server.address}/avall.zip", part, QUICK)
    assert len(server.gets()) == 3


def test_of_a_length_that_is_too_short_only_that_much_comes(server: Loopback, part: Path) -> None:
    # The rest cannot be seen over HTTP: that the zip then ends too early is for `unpack.inspect` to say.
    server.files["avall.zip"] = Served(BODY, length=1000)
    assert http.download(f"{server.address}/avall.zip", part, ONCE).bytes == 1000
    assert part.read_bytes() == BODY[:1000]


def test_server_trouble_is_tried_again_then_told(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, status=503, troubles=2)
    http.download(f"{server.address}/avall.zip", part, QUICK)
    assert part.read_bytes() == BODY
    server.files["avall.zip"] = Served(BODY, status=500)
    with pytest.raises(SourceUnreachable, match=r"HTTP 500.*NTSB_SOURCES"):
        http.probe(f"{server.address}/avall.zip", QUICK)


@pytest.mark.parametrize(("status", "sentence"), [(404, "says there is none"), (401, "refuses it")])
def test_what_is_not_there_is_not_tried_again(server: Loopback, part: Path, status: int, sentence: str) -> None:
    server.files["avall.zip"] = Served(BODY, status=status)
    with pytest.raises(SourceNotFound, match=sentence):
        http.download(f"{server.address}/avall.zip", part, QUICK)
    with pytest.raises(SourceNotFound, match=sentence):
        http.probe(f"{server.address}/avall.zip", QUICK)
    assert len(server.gets()) == 2


def test_no_server_is_told_with_the_next_move(part: Path) -> None:
    with pytest.raises(SourceUnreachable, match=r"in 2 attempt\(s\).*refused.*NTSB_SOURCES"):
        http.probe("http://127.0.0.1:9/avall.zip", RetryPolicy(0.5, 2, 0.01))


def test_a_server_that_says_nothing_is_trusted_for_a_day(server: Loopback) -> None:
    server.files["avall.zip"] = Served(BODY, mute=True)
    facts = http.probe(f"{server.address}/avall.zip", ONCE)
    assert (facts.etag, facts.last_modified, facts.bytes) == (None, None, None)
    assert facts.asked_on is not None


def test_passwords_are_not_shown() -> None:
    assert http.redact_url("https://user:secret@example.org:8443/zips") == "https://example.org:8443/zips"
