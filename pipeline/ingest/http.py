"""One zip over HTTP: asked for its facts, streamed to a file, taken up again where it broke off, tried with patience.

A file that is being fetched lies in `<name>.part`, with the server's word on it in `<name>.part.json`: only where the
server said what version it sends (ETag or Last-Modified) can the rest be asked for without mixing two versions.
"""

import errno
import logging
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError

from pipeline import json_file
from pipeline.errors import SET_SOURCES_HINT, InsufficientDiskSpace, SourceNotFound, SourceUnreachable
from pipeline.ingest import transfer
from pipeline.ingest.transfer import FREE_SPACE_HINT

T = TypeVar("T")
log = logging.getLogger(__name__)
# Bytes as they lie on the server: a compressed transfer has another length, and cannot be taken up in the middle.
IDENTITY_ENCODING = {"Accept-Encoding": "identity"}
CHUNK = 1 << 16


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait for one answer, how often to try, and the pause before the second try (doubled each time)."""

    timeout_s: float
    attempts: int
    backoff_s: float


@dataclass(frozen=True)
class FileMetadata:
    """What a place says of one zip. Equal facts: the same bytes, as far as can be told without reading them."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    # The day of asking, only where the server says nothing that would change with the bytes: then a day is trusted.
    asked_on: str | None = None


def redact_url(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def probe(url: str, patience: RetryPolicy) -> FileMetadata:
    """The server's facts of a zip, by HEAD, or by asking for its first byte where HEAD is refused."""
    return _retry(lambda: _probe_once(url, patience.timeout_s), url, patience)


def download(url: str, part: Path, patience: RetryPolicy) -> FileMetadata:
    """Brings the whole body of `url` to `part` and gives the facts that came with it.

    Raises SourceUnreachable (no whole answer in all attempts; `part` stays, the next call goes on there),
    SourceMissing, NoRoom.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    return _retry(lambda: _download_once(url, part, patience.timeout_s), url, patience)


def discard_partial(part: Path) -> None:
    """Forgets a file that was being fetched."""
    part.unlink(missing_ok=True)
    _metadata_path(part).unlink(missing_ok=True)


def _metadata_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _retry(action: Callable[[], T], url: str, patience: RetryPolicy) -> T:
    finding = ""
    for attempt in range(patience.attempts):
        if attempt:
            log.info("%s: %s; attempt %d of %d", redact_url(url), finding, attempt + 1, patience.attempts)
            time.sleep(patience.backoff_s * 2 ** (attempt - 1))
        try:
            return action()
        except SourceUnreachable as problem:
            finding = str(problem)
        except requests.RequestException as problem:
            finding = f"{type(problem).__name__} ({_root_cause(problem)})"
    raise SourceUnreachable(
        f"{redact_url(url)}: expected a whole answer, found in {patience.attempts} attempt(s) at last: {finding}; "
        f"check the network and try again later, or {SET_SOURCES_HINT}"
    )


def _root_cause(problem: BaseException) -> str:
    # The innermost cause is the one that says something; what wraps it repeats the address and object ids.
    while problem.__cause__ or problem.__context__:
        # The condition above has found one of them; mypy forgets it.
        problem = problem.__cause__ or problem.__context__  # type: ignore[assignment]
    return str(problem) or type(problem).__name__


def _raise_for_status(answer: requests.Response) -> None:
    """Raises for a status that is no success: those worth another try as SourceUnreachable, others as SourceMissing."""
    code, url = answer.status_code, redact_url(answer.url)
    if code in (404, 410):
        raise SourceNotFound(
            f"{url}: expected a zip, the server says there is none (HTTP {code}); "
            f"check the name in [Sources], or {SET_SOURCES_HINT}"
        )
    if code >= 500 or code in (408, 429):
        raise SourceUnreachable(f"the server is in trouble (HTTP {code} {answer.reason})")
    if code not in (200, 206):
        finding = f"the server refuses it (HTTP {code} {answer.reason})"
        raise SourceNotFound(f"{url}: expected a zip, {finding}; {SET_SOURCES_HINT}")


def _probe_once(url: str, timeout_s: float) -> FileMetadata:
    with requests.head(url, headers=IDENTITY_ENCODING, timeout=timeout_s, allow_redirects=True) as answer:
        # Some servers know HEAD not at all, and say so with any of these.
        if answer.status_code < 400 or answer.status_code in (429, 500, 502, 503, 504):
            _raise_for_status(answer)
            return _response_metadata(url, answer)
    with requests.get(
        url, headers=IDENTITY_ENCODING | {"Range": "bytes=0-0"}, timeout=timeout_s, stream=True
    ) as answer:
        _raise_for_status(answer)
        return _response_metadata(url, answer)


def _response_metadata(url: str, answer: requests.Response) -> FileMetadata:
    said = answer.headers
    whole = re.fullmatch(r"bytes .*/(\d+)", said.get("Content-Range", ""))
    length = whole[1] if whole else said.get("Content-Length", "")
    etag, modified, size = said.get("ETag"), said.get("Last-Modified"), int(length) if length.isdigit() else None
    mute = etag is None and modified is None and size is None
    today = datetime.now(UTC).date().isoformat() if mute else None
    return FileMetadata(redact_url(url), etag, modified, size, asked_on=today)


def _resume_headers(part: Path) -> dict[str, str]:
    """Headers that ask for what is missing of `part`, none where all of it must be asked for."""
    note = json_file.read(_metadata_path(part)) or {}
    etag = note.get("etag") or ""
    # A weak ETag promises the same meaning, not the same bytes.
    version = note.get("last_modified") if not etag or etag.startswith("W/") else etag
    if not version or not part.exists() or not part.stat().st_size:
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": version}


def _download_once(url: str, part: Path, timeout_s: float) -> FileMetadata:
    headers = IDENTITY_ENCODING | _resume_headers(part)
    with requests.get(url, headers=headers, timeout=timeout_s, stream=True) as answer:
        here = part.stat().st_size if "Range" in headers else 0
        stretch = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and stretch == f"bytes */{here}":
            return FileMetadata(**(json_file.read(_metadata_path(part)) or {}))
        if answer.status_code in (206, 416) and not stretch.startswith(f"bytes {here}-"):
            discard_partial(part)
            raise SourceUnreachable("the server sent another stretch of bytes than the one asked for")
        _raise_for_status(answer)
        facts = _response_metadata(url, answer)
        begin = here if answer.status_code == 206 else 0
        json_file.write(_metadata_path(part), asdict(facts))
        _write_body(answer, part, begin, facts.bytes)
    size = part.stat().st_size
    if facts.bytes is not None and size != facts.bytes:
        raise SourceUnreachable(f"promised {facts.bytes} bytes and sent {size}")
    return facts


def _write_body(answer: requests.Response, part: Path, begin: int, total: int | None) -> None:
    try:
        with part.open("ab" if begin else "wb") as file, transfer.progress_bar(total, part.stem, begin) as bar:
            # read1 hands over what has come; iter_content loses what of a chunk came before a cut.
            while chunk := answer.raw.read1(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    except HTTPError as problem:
        promised = "a whole file" if total is None else f"{total} bytes"
        finding = f"promised {promised} and broke off after {part.stat().st_size} ({_root_cause(problem)})"
        raise SourceUnreachable(finding) from problem
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        raise InsufficientDiskSpace(
            f"{part}: the disk is full after {part.stat().st_size} bytes; {FREE_SPACE_HINT}"
        ) from problem
