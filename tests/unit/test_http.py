"""Downloads over HTTP, from a real server with and without faults."""

import contextlib
import gzip
import hashlib
import logging
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InsufficientDiskSpace, SourceError, SourceNotFound, SourceUnreachable, UnsafeArchive
from pipeline.ingest import http
from pipeline.ingest.http import FileMetadata, RequestPolicy
from tests.loopback import Loopback, Served, serving

BODY = random.Random(1).randbytes(300_000)
THREE_ATTEMPTS = RequestPolicy(timeout_s=0.5, attempts=3, backoff_s=0.01)
ONE_ATTEMPT = RequestPolicy(timeout_s=0.5, attempts=1, backoff_s=0.01)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


@contextmanager
def raw_server(start: bytes, repeated: bytes = b"") -> Iterator[str]:
    """A server that answers every request with these bytes; `repeated` follows until the client closes."""

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(start)
            while repeated:
                connection.sendall(repeated)
                time.sleep(0.01)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/avall.zip"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "avall.zip.part"


def test_probes_with_a_sample_and_downloads_once(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    url = f"{server.address}/avall.zip"
    metadata = http.probe(url, THREE_ATTEMPTS)
    end = hashlib.sha256(BODY[-65536:]).hexdigest()
    assert metadata == FileMetadata(url, '"one"', "Fri, 08 Nov 2024 06:00:00 GMT", len(BODY), sample=end)
    assert http.download(url, part, THREE_ATTEMPTS) == replace(metadata, sample=None)
    assert part.read_bytes() == BODY
    assert server.gets() == ["bytes=-65536", None]


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


@pytest.mark.parametrize(
    "status_line", [b"HTTP/1.1 403 \x1b[31mred" + b"A" * 5000, b"HTTP/1.1 500 \x1b[31m", b"\x1b[31m" + b"A" * 5000]
)
def test_text_of_a_server_is_escaped_and_shortened_in_messages(part: Path, status_line: bytes) -> None:
    with (
        raw_server(status_line + b"\r\nContent-Length: 0\r\n\r\n") as address,
        pytest.raises(SourceError) as caught,
    ):
        http.download(address, part, ONE_ATTEMPT)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def chunked(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
# (start of an answer, what follows without an end)
ENDLESS = {
    "trailers": (HEAD + b"\r\n" + chunked(BODY[:3000]) + b"0\r\n", b"X: y\r\n" * 1000),
    "a body of one byte now and then": (HEAD + b"\r\n", chunked(b"x")),
    "compressed content of length 0": (
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + chunked(gzip.compress(b"")[:10]),
        chunked(b"\0\0\0\xff\xff"),
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_download_without_progress_ends(part: Path, name: str) -> None:
    start, repeated = ENDLESS[name]
    with (
        raw_server(start, repeated) as address,
        pytest.raises(SourceUnreachable, match=r"fewer than 65536 bytes in 0\.4 s"),
    ):
        http.download(address, part, replace(ONE_ATTEMPT, timeout_s=0.2))
    assert list(part.parent.iterdir()) == []


DATES = [
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999",
    "Mon, 01 Jan 99999 0:0:0",
]


@pytest.mark.parametrize("date", DATES)
def test_a_date_that_no_calendar_has_is_ignored(part: Path, date: str) -> None:
    headers = f"Last-Modified: {date}\r\nRetry-After: {date}\r\nContent-Length: 3\r\n\r\nabc".encode()
    with raw_server(b"HTTP/1.1 200 OK\r\n" + headers) as address:
        assert http.probe(address, ONE_ATTEMPT).last_modified is None
        assert http.download(address, part, ONE_ATTEMPT).last_modified is None
    with raw_server(b"HTTP/1.1 503 Busy\r\n" + headers) as address, pytest.raises(SourceUnreachable, match="HTTP 503"):
        http.download(address, part, THREE_ATTEMPTS)


def test_pauses_double_from_the_second_attempt(server: Loopback, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    server.files["avall.zip"] = Served(BODY, status=503, faults=3)
    http.download(f"{server.address}/avall.zip", part, RequestPolicy(timeout_s=5, attempts=4, backoff_s=50))
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
        http.probe("http://user:secret@127.0.0.1:9/avall.zip", RequestPolicy(0.5, 2, 0.01))
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
        http.probe("http://127.0.0.1:9/avall.zip", RequestPolicy(0.5, 2, 0.01))


# What identifies a version; the response to HEAD describes another file in all of them.
DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "version": {},
    "length only": {"etag": None, "modified": None},
    "constant version": {"etag": '"always"'},
    "date in the future": {"etag": None, "modified": "Fri, 08 Nov 2999 06:00:00 GMT"},
    "nothing": {"no_metadata": True},
    "chunked": {"chunked": True, "etag": None, "modified": None},
    "gzip": {"gzip": True, "etag": None},
    "no parts": {"ranges": False, "etag": None, "modified": None},
    "parts refused": {"refuses_ranges": True},
}


@pytest.mark.parametrize("served", DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_a_new_file_of_the_same_size_is_noticed(server: Loopback, part: Path, served: dict[str, Any]) -> None:
    url, later = f"{server.address}/avall.zip", bytes(byte ^ 1 for byte in BODY)
    server.files["avall.zip"] = Served(BODY, **served)
    before = http.probe(url, ONE_ATTEMPT)
    assert http.probe(url, ONE_ATTEMPT) == before
    server.files["avall.zip"] = Served(later, **served)
    assert http.probe(url, ONE_ATTEMPT) != before
    http.download(url, part, ONE_ATTEMPT)
    assert part.read_bytes() == later


@pytest.mark.parametrize("endless", ["headers", "body"])
def test_a_probe_of_an_endless_answer_ends(server: Loopback, endless: str) -> None:
    is_body = endless == "body"
    server.files["avall.zip"] = Served(b"x" * 100, endless=is_body, slow_s=0.05, chunked=True, slow_headers=not is_body)
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match=r"no complete answer after \d+(\.5)? s"):
        http.probe(f"{server.address}/avall.zip", ONE_ATTEMPT)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("status", [200, 206, 302, 404, 503])
def test_an_endless_response_is_stopped_at_the_limit(server: Loopback, part: Path, status: int) -> None:
    server.files["avall.zip"] = Served(b"x" * 100_000, endless=True, chunked=True, status=status, etag=None)
    policy = replace(THREE_ATTEMPTS, max_bytes=1_000_000)
    with pytest.raises((UnsafeArchive, SourceError), match=r"1000000 bytes|redirects|HTTP 404|HTTP 503|another range"):
        http.download(f"{server.address}/avall.zip", part, policy)
    assert list(part.parent.iterdir()) == []


@pytest.mark.parametrize("length", [10**15, 10**30, 2_000_000])
def test_a_length_above_the_limit_is_rejected_before_the_download(server: Loopback, part: Path, length: int) -> None:
    server.files["avall.zip"] = Served(BODY, length=length)
    with pytest.raises(UnsafeArchive, match=r"expected at most 200000 bytes, found .* max_download_gb"):
        http.download(f"{server.address}/avall.zip", part, replace(ONE_ATTEMPT, max_bytes=200_000))
    assert list(part.parent.iterdir()) == []


def test_a_length_above_the_free_space_is_rejected(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, length=10**15)
    with pytest.raises(InsufficientDiskSpace, match=r"expected 10000\d+ free bytes"):
        http.download(f"{server.address}/avall.zip", part, replace(ONE_ATTEMPT, max_bytes=10**18))
    assert list(part.parent.iterdir()) == []


def test_a_disk_that_fills_up_stops_the_download(server: Loopback, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files["avall.zip"] = Served(BODY, chunked=True)
    monkeypatch.setattr(http, "RESERVED_BYTES", 10**18)
    with pytest.raises(InsufficientDiskSpace, match="free bytes"):
        http.download(f"{server.address}/avall.zip", part, THREE_ATTEMPTS)
    assert list(part.parent.iterdir()) == []


def test_an_incomplete_file_that_cannot_be_resumed_is_deleted(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, cut=100_000, etag=None, modified=None)
    with pytest.raises(SourceUnreachable):
        http.download(f"{server.address}/avall.zip", part, ONE_ATTEMPT)
    assert list(part.parent.iterdir()) == []


def test_redirects_keep_cookies_and_name_the_final_address(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY, needs_cookie=True)
    server.files["get.zip"] = Served(b"", status=302, location="get?token=secret&file=avall.zip")
    url = f"{server.address}/get.zip"
    assert http.probe(url, ONE_ATTEMPT).url == url
    assert http.download(url, part, ONE_ATTEMPT).url == f"{server.address}/get?token=***&file=avall.zip"
    assert part.read_bytes() == BODY


def test_a_redirect_to_another_server_gets_no_password(server: Loopback, part: Path) -> None:
    server.files["avall.zip"] = Served(BODY)
    other = server.address.replace("127.0.0.1", "localhost")
    server.files["get.zip"] = Served(b"", status=302, location=f"{other}/avall.zip")
    server.files["here.zip"] = Served(b"", status=302, location=f"{server.address}/avall.zip")
    for name in ("get.zip", "here.zip"):
        http.download(f"{server.address}/{name}".replace("//", "//ann:secret@", 1), part, ONE_ATTEMPT)
    passwords = [bool(headers.get("Authorization")) for headers in server.headers]
    assert passwords == [True, False, True, True]


@pytest.mark.parametrize(
    "url",
    [
        "http://ann:secret@host:99999/zips",
        "http://ann:secret@[::1/zips",
        "http://ann:secret@/zips",
        "http://ann:secret@" + "a" * 70 + ".example/zips",
        "http://ann:sec/ret@host/zips",
    ],
)
def test_an_invalid_url_is_a_permanent_error_without_its_password(part: Path, url: str) -> None:
    with pytest.raises(SourceNotFound, match=r"expected a valid URL, found: .*\[Sources\] location") as raised:
        http.download(url, part, THREE_ATTEMPTS)
    assert not re.search(r"secret|\bsec\b|\bret\b", str(raised.value))


@pytest.mark.parametrize(
    "proxy", ["http://ann:S3cr3t-pw@", "http://ann:S3cr3t-pw@h:99999", "ann:S3cr3t-pw@h", "ftp://h"]
)
def test_an_invalid_proxy_is_named_without_its_password(
    part: Path, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(SourceNotFound, match=r"location or the proxy \(HTTP_PROXY") as caught:
        http.download("http://host.invalid/avall.zip", part, ONE_ATTEMPT)
    assert "S3cr3t" not in str(caught.value)


def test_the_client_has_the_configured_name(server: Loopback) -> None:
    server.files["avall.zip"] = Served(BODY, refused_agent="python")
    url = f"{server.address}/avall.zip"
    http.probe(url, replace(ONE_ATTEMPT, user_agent="a browser"))
    with pytest.raises(SourceNotFound, match=r"HTTP 403 Forbidden.*\[Sources\] user_agent"):
        http.probe(url, replace(ONE_ATTEMPT, user_agent="python-requests"))


def test_a_password_is_in_no_message() -> None:
    with pytest.raises(SourceUnreachable) as raised:
        http.probe("http://user:secret@127.0.0.1:9/avall.zip", ONE_ATTEMPT)
    assert "secret" not in str(raised.value)
