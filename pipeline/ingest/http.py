"""Download a zip over HTTP: probe its metadata, stream it to a file, resume after an interruption, retry failures.

An incomplete download is kept in `<name>.part`, with the server's metadata in `<name>.part.json`. It is resumed only
where the server identified the version it sent (ETag or Last-Modified): otherwise two versions could be mixed.
"""

import errno
import logging
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from pipeline import json_file
from pipeline.errors import SET_SOURCES_HINT, InsufficientDiskSpace, SourceNotFound, SourceUnreachable
from pipeline.ingest import transfer
from pipeline.ingest.transfer import FREE_SPACE_HINT
from pipeline.redaction import redact

# The file's own bytes: a compressed transfer has another length, and cannot be resumed.
HEADERS = {"Accept-Encoding": "identity"}
CHUNK_BYTES = 1 << 16
TEMPORARY_STATUSES = frozenset({408, 429, *range(500, 600)})
# Other errors in response to HEAD may mean that the server does not support it.
TEMPORARY_HEAD_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
MAX_RETRY_AFTER_S = 300
log = logging.getLogger(__name__)


class _LoggedRetry(Retry):
    """Logs every retry of a URL; the pause before attempt n is backoff_factor * 2^(n-2), without a limit."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(**options)
        self.url = url

    def new(self, **options: Any) -> Self:
        """Return a copy with other options."""
        return super().new(url=self.url, **options)

    def increment(self, *arguments: Any, **options: Any) -> Self:
        """Log a failure and return the remaining retries. Raises urllib3's MaxRetryError if there are none."""
        retry = super().increment(*arguments, **options)
        error, response, attempt = options.get("error"), options.get("response"), len(retry.history) + 1
        finding = _root_cause(error) if error else f"HTTP {response.status} {response.reason}" if response else "failed"
        log.info("%s: %s; attempt %d of %d", redact(self.url), finding, attempt, attempt + int(retry.total or 0))
        return retry

    def get_backoff_time(self) -> float:
        """Return the seconds to wait before the next attempt."""
        return float(self.backoff_factor * 2 ** (len(self.history) - 1)) if self.history else 0


@dataclass(frozen=True)
class RetryPolicy:
    """Timeout of one request, number of attempts, and the backoff: pause before attempt n is backoff_s * 2^(n-2)."""

    timeout_s: float
    attempts: int
    backoff_s: float

    def retries(self, url: str, statuses: frozenset[int] = TEMPORARY_STATUSES) -> Retry:
        """Return urllib3's settings to retry failed connections and these statuses; they follow Retry-After headers."""
        return _LoggedRetry(
            url,
            total=self.attempts - 1,
            status_forcelist=statuses,
            backoff_factor=self.backoff_s,
            raise_on_status=False,
            retry_after_max=MAX_RETRY_AFTER_S,
        )


@dataclass(frozen=True)
class FileMetadata:
    """What a source location reports about a zip; equal metadata indicate equal bytes."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    # The date of the request, only where the server reports nothing that changes with the file: valid for one day.
    asked_on: str | None = None


class _InterruptedTransfer(Exception):
    """A response ended before the file was complete."""


def probe(url: str, policy: RetryPolicy) -> FileMetadata:
    """Return the server's metadata of a file, from HEAD, or from a request for its first byte if HEAD is refused.

    Raises SourceUnreachable or SourceNotFound.
    """
    try:
        with (
            _session(policy.retries(url, TEMPORARY_HEAD_STATUSES)) as session,
            session.head(url, headers=HEADERS, timeout=policy.timeout_s, allow_redirects=True) as response,
        ):
            if response.status_code < 400 or response.status_code in TEMPORARY_HEAD_STATUSES:
                _require_success(response)
                return _response_metadata(url, response)
        headers = HEADERS | {"Range": "bytes=0-0"}
        with (
            _session(policy.retries(url)) as session,
            session.get(url, headers=headers, timeout=policy.timeout_s, stream=True) as response,
        ):
            _require_success(response)
            return _response_metadata(url, response)
    except (requests.RequestException, HTTPError) as error:
        _raise_unreachable(url, policy, error)


def download(url: str, part: Path, policy: RetryPolicy) -> FileMetadata:
    """Download the file to `part`, and return the metadata that came with it.

    Raises SourceUnreachable (incomplete after all attempts; the next call resumes `part`), SourceNotFound or
    InsufficientDiskSpace.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    retries = policy.retries(url)
    try:
        while True:
            headers = HEADERS | _resume_headers(part)
            with (
                _session(retries) as session,
                session.get(url, headers=headers, timeout=policy.timeout_s, stream=True) as response,
            ):
                try:
                    return _save(url, response, part, resumed="Range" in headers)
                except _InterruptedTransfer as error:
                    # One budget for failed requests and interrupted transfers: raises when it is exhausted.
                    retries = (response.raw.retries or retries).increment("GET", redact(url), error=error)
            retries.sleep()
    except (requests.RequestException, HTTPError) as error:
        _raise_unreachable(url, policy, error)


def discard_partial(part: Path) -> None:
    """Delete an incomplete download and its metadata."""
    part.unlink(missing_ok=True)
    _metadata_path(part).unlink(missing_ok=True)


def _metadata_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _session(retries: Retry) -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


def _raise_unreachable(url: str, policy: RetryPolicy, error: Exception) -> NoReturn:
    raise SourceUnreachable(
        f"{redact(url)}: expected a complete file, found after {policy.attempts} attempt(s): {_root_cause(error)}; "
        f"check the network and try again later, or {SET_SOURCES_HINT}"
    ) from error


def _root_cause(error: BaseException) -> str:
    """Return the message of the innermost cause; the outer errors repeat the URL, which may contain a password."""
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        error = cause
    return str(error) or type(error).__name__


def _require_success(response: requests.Response) -> None:
    """Raise SourceUnreachable for a status that may be temporary, SourceNotFound for other failures."""
    status, url = f"HTTP {response.status_code} {response.reason}", redact(response.url)
    if response.status_code in (404, 410):
        raise SourceNotFound(
            f"{url}: expected a zip, the server has none ({status}); check the name in [Sources], or {SET_SOURCES_HINT}"
        )
    if response.status_code in TEMPORARY_STATUSES:
        raise SourceUnreachable(f"{url}: expected a zip, found {status}; try again later, or {SET_SOURCES_HINT}")
    if response.status_code not in (200, 206):
        raise SourceNotFound(f"{url}: expected a zip, the server refuses access ({status}); {SET_SOURCES_HINT}")


def _response_metadata(url: str, response: requests.Response) -> FileMetadata:
    headers = response.headers
    total = re.fullmatch(r"bytes .*/(\d+)", headers.get("Content-Range", ""))
    length = total[1] if total else headers.get("Content-Length", "")
    etag, modified, size = headers.get("ETag"), headers.get("Last-Modified"), int(length) if length.isdigit() else None
    is_unidentified = etag is None and modified is None and size is None
    today = datetime.now(UTC).date().isoformat() if is_unidentified else None
    return FileMetadata(redact(url), etag, modified, size, asked_on=today)


def _resume_headers(part: Path) -> dict[str, str]:
    """Return headers that request the missing rest of `part`; empty if the whole file must be requested."""
    metadata = json_file.read(_metadata_path(part)) or {}
    etag = metadata.get("etag") or ""
    # A weak ETag promises equivalent content, not equal bytes.
    version = metadata.get("last_modified") if not etag or etag.startswith("W/") else etag
    if not version or not part.exists() or not part.stat().st_size:
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": version}


def _save(url: str, response: requests.Response, part: Path, resumed: bool) -> FileMetadata:
    """Write a response to `part`, appending the rest of a resumed file, and return the file's metadata.

    Raises _InterruptedTransfer if the file is incomplete.
    """
    begin = part.stat().st_size if resumed else 0
    content_range = response.headers.get("Content-Range", "")
    if response.status_code == 416 and content_range == f"bytes */{begin}":
        return FileMetadata(**(json_file.read(_metadata_path(part)) or {}))
    if response.status_code in (206, 416) and not content_range.startswith(f"bytes {begin}-"):
        discard_partial(part)
        raise _InterruptedTransfer("the server sent another range of bytes than requested")
    _require_success(response)
    metadata = _response_metadata(url, response)
    json_file.write(_metadata_path(part), asdict(metadata))
    _write_body(response, part, begin if response.status_code == 206 else 0, metadata.bytes)
    size = part.stat().st_size
    if metadata.bytes is not None and size != metadata.bytes:
        raise _InterruptedTransfer(f"{size} of {metadata.bytes} bytes")
    return metadata


def _write_body(response: requests.Response, part: Path, begin: int, total: int | None) -> None:
    try:
        with part.open("ab" if begin else "wb") as file, transfer.progress_bar(total, part.stem, begin) as bar:
            # read1 returns what has arrived; iter_content would lose the part of a chunk before an interruption.
            while chunk := response.raw.read1(CHUNK_BYTES):
                file.write(chunk)
                bar.update(len(chunk))
    except HTTPError as error:
        expected = "unknown" if total is None else total
        reason = f"{part.stat().st_size} of {expected} bytes ({_root_cause(error)})"
        raise _InterruptedTransfer(reason) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        size = part.stat().st_size
        raise InsufficientDiskSpace(f"{part}: the disk is full after {size} bytes; {FREE_SPACE_HINT}") from error
