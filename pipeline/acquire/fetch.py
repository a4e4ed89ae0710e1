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

from pipeline import jsonfile
from pipeline.acquire import progress
from pipeline.acquire.room import MAKE_ROOM
from pipeline.errors import ANOTHER_PLACE, NoRoom, SourceMissing, SourceUnreachable

T = TypeVar("T")
log = logging.getLogger(__name__)
# Bytes as they lie on the server: a compressed transfer has another length, and cannot be taken up in the middle.
IDENTITY = {"Accept-Encoding": "identity"}
CHUNK = 1 << 16


@dataclass(frozen=True)
class Patience:
    """How long to wait for one answer, how often to try, and the pause before the second try (doubled each time)."""

    timeout_s: float
    attempts: int
    backoff_s: float


@dataclass(frozen=True)
class Facts:
    """What a place says of one zip. Equal facts: the same bytes, as far as can be told without reading them."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    # The day of asking, only where the server says nothing that would change with the bytes: then a day is trusted.
    asked_on: str | None = None


def shown(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def ask(url: str, patience: Patience) -> Facts:
    """The server's facts of a zip, by HEAD, or by asking for its first byte where HEAD is refused."""
    return _insist(lambda: _ask(url, patience.timeout_s), url, patience)


def fetch(url: str, part: Path, patience: Patience) -> Facts:
    """Brings the whole body of `url` to `part` and gives the facts that came with it.

    Raises SourceUnreachable (no whole answer in all attempts; `part` stays, the next call goes on there),
    SourceMissing, NoRoom.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    return _insist(lambda: _get(url, part, patience.timeout_s), url, patience)


def discard(part: Path) -> None:
    """Forgets a file that was being fetched."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _insist(action: Callable[[], T], url: str, patience: Patience) -> T:
    finding = ""
    for attempt in range(patience.attempts):
        if attempt:
            log.info("%s: %s; attempt %d of %d", shown(url), finding, attempt + 1, patience.attempts)
            time.sleep(patience.backoff_s * 2 ** (attempt - 1))
        try:
            return action()
        except SourceUnreachable as problem:
            finding = str(problem)
        except requests.RequestException as problem:
            finding = f"{type(problem).__name__} ({_reason(problem)})"
    raise SourceUnreachable(
        f"{shown(url)}: expected a whole answer, found in {patience.attempts} attempt(s) at last: {finding}; "
        f"check the network and try again later, or {ANOTHER_PLACE}"
    )


def _reason(problem: BaseException) -> str:
    # The innermost cause is the one that says something; what wraps it repeats the address and object ids.
    while problem.__cause__ or problem.__context__:
        # The condition above has found one of them; mypy forgets it.
        problem = problem.__cause__ or problem.__context__  # type: ignore[assignment]
    return str(problem) or type(problem).__name__


def _judge(answer: requests.Response) -> None:
    """Raises for a status that is no success: those worth another try as SourceUnreachable, others as SourceMissing."""
    code, url = answer.status_code, shown(answer.url)
    if code in (404, 410):
        raise SourceMissing(
            f"{url}: expected a zip, the server says there is none (HTTP {code}); "
            f"check the name in [Sources], or {ANOTHER_PLACE}"
        )
    if code >= 500 or code in (408, 429):
        raise SourceUnreachable(f"the server is in trouble (HTTP {code} {answer.reason})")
    if code not in (200, 206):
        finding = f"the server refuses it (HTTP {code} {answer.reason})"
        raise SourceMissing(f"{url}: expected a zip, {finding}; {ANOTHER_PLACE}")


def _ask(url: str, timeout_s: float) -> Facts:
    with requests.head(url, headers=IDENTITY, timeout=timeout_s, allow_redirects=True) as answer:
        # Some servers know HEAD not at all, and say so with any of these.
        if answer.status_code < 400 or answer.status_code in (429, 500, 502, 503, 504):
            _judge(answer)
            return _facts(url, answer)
    with requests.get(url, headers=IDENTITY | {"Range": "bytes=0-0"}, timeout=timeout_s, stream=True) as answer:
        _judge(answer)
        return _facts(url, answer)


def _facts(url: str, answer: requests.Response) -> Facts:
    said = answer.headers
    whole = re.fullmatch(r"bytes .*/(\d+)", said.get("Content-Range", ""))
    length = whole[1] if whole else said.get("Content-Length", "")
    etag, modified, size = said.get("ETag"), said.get("Last-Modified"), int(length) if length.isdigit() else None
    mute = etag is None and modified is None and size is None
    today = datetime.now(UTC).date().isoformat() if mute else None
    return Facts(shown(url), etag, modified, size, asked_on=today)


def _rest(part: Path) -> dict[str, str]:
    """Headers that ask for what is missing of `part`, none where all of it must be asked for."""
    note = jsonfile.read(_note(part)) or {}
    etag = note.get("etag") or ""
    # A weak ETag promises the same meaning, not the same bytes.
    version = note.get("last_modified") if not etag or etag.startswith("W/") else etag
    if not version or not part.exists() or not part.stat().st_size:
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": version}


def _get(url: str, part: Path, timeout_s: float) -> Facts:
    headers = IDENTITY | _rest(part)
    with requests.get(url, headers=headers, timeout=timeout_s, stream=True) as answer:
        here = part.stat().st_size if "Range" in headers else 0
        stretch = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and stretch == f"bytes */{here}":
            return Facts(**(jsonfile.read(_note(part)) or {}))
        if answer.status_code in (206, 416) and not stretch.startswith(f"bytes {here}-"):
            discard(part)
            raise SourceUnreachable("the server sent another stretch of bytes than the one asked for")
        _judge(answer)
        facts = _facts(url, answer)
        begin = here if answer.status_code == 206 else 0
        jsonfile.write(_note(part), asdict(facts))
        _pour(answer, part, begin, facts.bytes)
    size = part.stat().st_size
    if facts.bytes is not None and size != facts.bytes:
        raise SourceUnreachable(f"promised {facts.bytes} bytes and sent {size}")
    return facts


def _pour(answer: requests.Response, part: Path, begin: int, total: int | None) -> None:
    try:
        with part.open("ab" if begin else "wb") as file, progress.bar(total, part.stem, begin) as bar:
            # read1 hands over what has come; iter_content loses what of a chunk came before a cut.
            while chunk := answer.raw.read1(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    except HTTPError as problem:
        promised = "a whole file" if total is None else f"{total} bytes"
        finding = f"promised {promised} and broke off after {part.stat().st_size} ({_reason(problem)})"
        raise SourceUnreachable(finding) from problem
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        raise NoRoom(f"{part}: the disk is full after {part.stat().st_size} bytes; {MAKE_ROOM}") from problem
