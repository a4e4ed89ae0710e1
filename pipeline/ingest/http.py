"""Download a zip over HTTP: probe whether it has changed, stream it to a file, resume after an interruption, retry.

A probe is the request of the download, for 64 KiB: what servers report in response to HEAD may describe a page or
nothing, and an ETag, a date or a length may not vary with the file.
An incomplete download is kept in `<name>.part`, with the server's metadata in `<name>.part.json`, only where the server
identified the version it sent (ETag or Last-Modified): otherwise two versions could be mixed.
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from pipeline import json_file
from pipeline.errors import (
    SET_SOURCES_HINT,
    PageTooLarge,
    SourceNotFound,
    SourceUnreachable,
    UnsafeArchive,
    printable,
)
from pipeline.ingest import transfer
from pipeline.ingest.time_limit import TemporaryFailure, time_limit
from pipeline.ingest.transfer import raise_if_full, require_free_space
from pipeline.redaction import redact

T = TypeVar("T")
CHUNK_BYTES = 1 << 16
# The end of a zip lists its members with their checksums.
SAMPLE_BYTES = 1 << 16
# Left free for the database and other programs.
RESERVED_BYTES = 100_000_000
TEMPORARY_STATUSES = frozenset({408, 429, *range(500, 600)})
MAX_RETRY_AFTER_S = 300
MAX_REDIRECTS = 10
# In messages, of what a server sends.
MAX_REASON_LENGTH = 200
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestPolicy:
    """How files are requested: timeout of a packet, attempts, pauses, size limit, and the name of the client.

    The pause before attempt n is backoff_s * 2^(n-2).
    """

    timeout_s: float
    attempts: int
    backoff_s: float
    max_bytes: int = 1_000_000_000
    user_agent: str = "ntsb-pipeline"


@dataclass(frozen=True)
class FileMetadata:
    """What a source location reports about a zip; equal metadata indicate equal bytes.

    `sample`: SHA-256 of the file's last 64 KiB or, from a server that sends no parts of files, its first.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    sample: str | None = None


class Session(requests.Session):
    """Follows no redirects: requests reads their targets and bodies, even if it is to follow none.

    A target may be invalid, and a body endless.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: `_follow` asks the base class."""
        return None


def probe(url: str, policy: RequestPolicy) -> FileMetadata:
    """Return the server's metadata of a file, and a digest of its last or first bytes.

    Raises SourceUnreachable or SourceNotFound.
    """

    def read_metadata(response: requests.Response) -> FileMetadata:
        return _response_metadata(url, response, hashlib.sha256(_read_sample(response, policy.timeout_s)).hexdigest())

    try:
        return _request(url, policy, lambda: {"Range": f"bytes=-{SAMPLE_BYTES}"}, read_metadata)
    except _RangeRefused:
        return _request(url, policy, dict, read_metadata)


def download(url: str, part: Path, policy: RequestPolicy) -> FileMetadata:
    """Download the file to `part`, and return the metadata that came with it; `url` is the one after redirects.

    Raises SourceUnreachable (incomplete after all attempts; the next call resumes `part` if the server allows it),
    SourceNotFound, UnsafeArchive (too large) or InsufficientDiskSpace; then no `part` is left.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _request(url, policy, lambda: _resume_headers(part), lambda response: _save(response, part, policy))
    except BaseException as error:
        if not isinstance(error, SourceUnreachable | KeyboardInterrupt) or not _resume_headers(part):
            discard_partial(part)
        raise_if_full(error, part)
        raise


def read_page(url: str, policy: RequestPolicy, max_bytes: int) -> tuple[str, str]:
    """Return the text of a page and its URL after redirects. Raises SourceError, also for more than `max_bytes`."""

    def read(response: requests.Response) -> tuple[str, str]:
        content = _read_sample(response, policy.timeout_s, max_bytes + 1)
        if len(content) > max_bytes:
            raise PageTooLarge(f"{redact(url)}: expected at most {max_bytes} bytes, found more; it is not used")
        return content.decode(errors="replace"), response.url

    return _request(url, policy, dict, read)


def discard_partial(part: Path) -> None:
    """Delete an incomplete download and its metadata."""
    part.unlink(missing_ok=True)
    _metadata_path(part).unlink(missing_ok=True)


def _metadata_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _request(
    url: str, policy: RequestPolicy, headers: Callable[[], dict[str, str]], read: Callable[[requests.Response], T]
) -> T:
    """Return what `read` returns for the response to a GET request; repeat attempts that failed temporarily.

    Not with urllib3's own retries and redirects: they read the bodies of all responses, which may be endless.
    """
    for attempt in range(1, policy.attempts + 1):
        response = None
        try:
            with Session() as session, _follow(session, url, policy, headers()) as response:
                _require_success(response)
                return read(response)
        except (requests.RequestException, HTTPError, TemporaryFailure) as error:
            failure, cause = error, redact(root_cause(error), url)
        if attempt < policy.attempts:
            log.info("%s: %s; attempt %d of %d", redact(url), cause, attempt + 1, policy.attempts)
            time.sleep(pause_s(response, policy.backoff_s * 2 ** (attempt - 1)))
    raise SourceUnreachable(
        f"{redact(url)}: expected a complete file, found after {policy.attempts} attempt(s): {cause}; "
        f"check the network and try again later, or {SET_SOURCES_HINT}"
    ) from failure


def _follow(session: requests.Session, url: str, policy: RequestPolicy, headers: dict[str, str]) -> requests.Response:
    """Return the response after redirects, with the cookies that they set; its body is not read yet."""
    # The file's own bytes: a compressed transfer has another length, and cannot be resumed.
    headers = {"Accept-Encoding": "identity", "User-Agent": policy.user_agent} | headers
    try:
        # Connection and headers.
        with time_limit(2 * policy.timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                response = session.get(
                    url, headers=headers, timeout=policy.timeout_s, stream=True, allow_redirects=False
                )
                target = requests.Session.get_redirect_target(session, response)
                if target is None:
                    return response
                response.close()
                url = redirect_url(url, target)
    # A proxy without a host is a TypeError.
    except (ValueError, TypeError) as error:
        raise _invalid_url(url, error) from error
    raise SourceNotFound(
        f"{redact(url)}: expected a zip, found more than {MAX_REDIRECTS} redirects; "
        f"open the URL in a browser, then correct [Sources] location, or {SET_SOURCES_HINT}"
    )


def _invalid_url(url: str, error: Exception) -> SourceNotFound:
    proxy = " or the proxy (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY)" if getproxies() else ""
    return SourceNotFound(
        f"{redact(url)}: expected a valid URL, found: {redact(str(error), url)}; "
        f"correct [Sources] location{proxy}, or {SET_SOURCES_HINT}"
    )


def redirect_url(url: str, target: str) -> str:
    """Return the absolute URL of a redirect or link; user and password are passed on to the same server only."""
    before, after = urlsplit(url), urlsplit(urljoin(url, target))
    host = before.netloc.rpartition("@")[2]
    is_same_server = (before.scheme, host) == (after.scheme, after.netloc.rpartition("@")[2])
    return after._replace(netloc=before.netloc if is_same_server else after.netloc).geturl()


def pause_s(response: requests.Response | None, backoff_s: float) -> float:
    """Return the seconds to wait before the next attempt: what the server requests, else `backoff_s`."""
    try:
        requested = Retry().get_retry_after(response.raw) if response is not None else None
    except (HTTPError, ValueError, OverflowError):
        requested = None
    return min(requested, MAX_RETRY_AFTER_S) if requested else backoff_s


def root_cause(error: BaseException) -> str:
    """Return the message of the innermost cause; the outer errors repeat the URL."""
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        error = cause
    return printable(str(error) or type(error).__name__, MAX_REASON_LENGTH)


class _RangeRefused(Exception):
    """The server does not accept a request for a part of the file."""


def _require_success(response: requests.Response) -> None:
    """Raise TemporaryFailure for a status that may be temporary, SourceNotFound for other failures."""
    reason = printable(str(response.reason), MAX_REASON_LENGTH)
    status, url = f"HTTP {response.status_code} {reason}", redact(response.url)
    if response.status_code in TEMPORARY_STATUSES:
        raise TemporaryFailure(status)
    if response.status_code in (404, 410):
        raise SourceNotFound(
            f"{url}: expected a zip, the server has none ({status}); check the name in [Sources], or {SET_SOURCES_HINT}"
        )
    if response.status_code in (400, 416) and "Range" in response.request.headers:
        return
    if response.status_code not in (200, 206):
        raise SourceNotFound(
            f"{url}: expected a zip, the server refuses access ({status}); set [Sources] user_agent to that of a "
            f"browser if one can open the URL, or {SET_SOURCES_HINT}"
        )


def _response_metadata(url: str, response: requests.Response, sample: str | None = None) -> FileMetadata:
    headers, size = response.headers, file_bytes(response)
    date = headers.get("Last-Modified")
    modified = None if _is_future(date) else date
    return FileMetadata(redact(url), headers.get("ETag"), modified, size, sample=sample)


def file_bytes(response: requests.Response) -> int | None:
    """Return the size of the whole file in bytes, None if the headers do not state it."""
    headers = response.headers
    total = re.fullmatch(r"bytes .*/([0-9]{1,18})", headers.get("Content-Range", ""))
    length = total or re.fullmatch(r"([0-9]{1,18})", headers.get("Content-Length", ""))
    return int(length[1]) if length and not _is_encoded(response) else None


def _is_encoded(response: requests.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")


def _is_future(date: str | None) -> bool:
    """Return True for a date after now: after a clock error, it may be that of the next versions too."""
    try:
        return date is not None and parsedate_to_datetime(date).timestamp() > time.time() + 86_400
    except (ValueError, OverflowError):
        return True


def _read_sample(response: requests.Response, seconds: float, size: int = SAMPLE_BYTES) -> bytes:
    """Return the first bytes of a response. Raises TemporaryFailure if that takes longer than `seconds`."""
    if response.status_code in (400, 416):
        raise _RangeRefused
    content = b""
    with time_limit(seconds):
        while len(content) < size and (
            chunk := response.raw.read1(size - len(content), decode_content=response.status_code != 206)
        ):
            content += chunk
    return content


def _read_part_metadata(part: Path) -> FileMetadata:
    """Return the metadata of an incomplete download; without a version if there are none."""
    content = json_file.read(_metadata_path(part)) or {}
    known = {field.name for field in fields(FileMetadata)}
    return FileMetadata(**({"url": ""} | {name: value for name, value in content.items() if name in known}))


def _resume_headers(part: Path) -> dict[str, str]:
    """Return headers that request the missing rest of `part`; empty if the whole file must be requested."""
    metadata = _read_part_metadata(part)
    etag = metadata.etag or ""
    # A weak ETag promises equivalent content, not equal bytes.
    version = metadata.last_modified if not etag or etag.startswith("W/") else etag
    if not version or not part.exists() or not part.stat().st_size:
        return {}
    return {"Range": f"bytes={part.stat().st_size}-", "If-Range": version}


def _save(response: requests.Response, part: Path, policy: RequestPolicy) -> FileMetadata:
    """Write a response to `part`, appending the rest of a resumed file, and return the file's metadata.

    Raises TemporaryFailure if the file is incomplete, UnsafeArchive or InsufficientDiskSpace if it is too large.
    """
    begin = part.stat().st_size if "Range" in response.request.headers else 0
    content_range = response.headers.get("Content-Range", "")
    if response.status_code == 416 and content_range == f"bytes */{begin}":
        return _read_part_metadata(part)
    if response.status_code != 200 and not content_range.startswith(f"bytes {begin}-"):
        discard_partial(part)
        raise TemporaryFailure("the server sent another range of bytes than requested")
    metadata = _response_metadata(response.url, response)
    begin = begin if response.status_code == 206 else 0
    if metadata.bytes is not None:
        _require_size(metadata.bytes, policy.max_bytes, metadata.url)
        require_free_space(part.parent, metadata.bytes - begin + RESERVED_BYTES, metadata.url)
    # The rest of an encoded response cannot be requested.
    json_file.write(_metadata_path(part), {} if _is_encoded(response) else asdict(metadata))
    _write_body(response, part, begin, metadata, policy)
    size = part.stat().st_size
    if metadata.bytes is not None and size != metadata.bytes:
        raise TemporaryFailure(f"{size} of {metadata.bytes} bytes")
    return metadata


def _require_size(size: int, max_bytes: int, url: str) -> None:
    """Raise UnsafeArchive for a size above the limit."""
    if size > max_bytes:
        raise UnsafeArchive(
            f"{url}: expected at most {max_bytes} bytes, found {size} or more; open the URL in a browser, then correct "
            "[Sources] location or raise max_download_gb"
        )


def _write_body(
    response: requests.Response, part: Path, begin: int, metadata: FileMetadata, policy: RequestPolicy
) -> None:
    size, total = begin, metadata.bytes
    try:
        with part.open("ab" if begin else "wb") as file, transfer.progress_bar(total, part.stem, begin) as bar:
            for chunk in _chunks(response, 2 * policy.timeout_s):
                size += file.write(chunk)
                _require_size(size, policy.max_bytes, metadata.url)
                require_free_space(part.parent, RESERVED_BYTES, metadata.url)
                bar.update(len(chunk))
    except HTTPError as error:
        expected = "unknown" if total is None else total
        raise TemporaryFailure(f"{part.stat().st_size} of {expected} bytes ({root_cause(error)})") from None


def _chunks(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """Yield what arrives of a body. Raises TemporaryFailure if the next CHUNK_BYTES take longer than `seconds`."""
    received, deadline = CHUNK_BYTES, 0.0
    while True:
        if received >= CHUNK_BYTES:
            received, deadline = 0, time.monotonic() + seconds
        try:
            with time_limit(max(deadline - time.monotonic(), 0.001)):
                # What has arrived; iter_content would lose the part of a chunk before an interruption.
                chunk = response.raw.read1(CHUNK_BYTES, decode_content=True)
        except TemporaryFailure:
            raise TemporaryFailure(f"fewer than {CHUNK_BYTES} bytes in {seconds:g} s") from None
        if not chunk:
            return
        yield chunk
        received += len(chunk)
