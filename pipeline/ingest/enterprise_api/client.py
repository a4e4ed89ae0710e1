"""Requests to NTSB's Enterprise API: within its limit, with retries, and with the key in a header only.

Redirects are not followed, because they would pass the key on.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

import requests
from urllib3.exceptions import HTTPError

from pipeline.errors import ApiFormatChanged, ApiRefused, SourceUnreachable, printable
from pipeline.ingest.enterprise_api.page import Page, parse_feed, parse_page
from pipeline.ingest.http import (
    CHUNK_BYTES,
    MAX_REASON_LENGTH,
    TEMPORARY_STATUSES,
    RequestPolicy,
    Session,
    file_bytes,
    pause_s,
    root_cause,
)
from pipeline.ingest.time_limit import TemporaryFailure, time_limit
from pipeline.redaction import redact

T = TypeVar("T")
HEADER = "Ocp-Apim-Subscription-Key"
CASES = "api/Common/v2/GetCasesByDateRange/"
CHANGES = "api/Common/v1/GetCasesByModifiedDateRange/"
KEY_HINT = (
    "set the environment variable NTSB_API_KEY to the subscription key of an account at https://developer.ntsb.gov/"
)
WINDOW_S = 60.0
log = logging.getLogger(__name__)


@dataclass
class RateLimit:
    """At most `per_minute` requests in any minute; `clock` and `sleep` as in the module `time`."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _times: deque[float] = field(default_factory=deque)

    def wait(self) -> None:
        """Wait until another request is allowed, and count it."""
        if len(self._times) >= self.per_minute:
            self.sleep(max(0.0, self._times[-self.per_minute] + WINDOW_S - self.clock()))
        self._times.append(self.clock())
        while len(self._times) > self.per_minute:
            self._times.popleft()


@dataclass(frozen=True)
class Client:
    """The API at an address. `policy.timeout_s` is the limit of a whole response."""

    address: str
    key: str = field(repr=False)
    policy: RequestPolicy
    limit: RateLimit

    def page(self, first: str, last: str, marker: str, name: str) -> Page | None:
        """Return the page of cases from one date to another that starts at a marker; None if there are none.

        `name` is for messages. Raises SourceUnreachable (temporary), ApiRefused or ApiFormatChanged.
        """
        parameters = {"startDate": first, "endDate": last, "mode": "aviation"} | ({"marker": marker} if marker else {})
        return self._get(CASES, parameters, name, lambda body: parse_page(body, first, last))

    def changed_months(self, first: str, last: str) -> set[str]:
        """Return the months of the cases that the list of changes of these dates names. Raises as `page`."""
        name = f"changes of {first} to {last}"
        return self._get(CHANGES, {"startDate": first, "endDate": last}, name, parse_feed) or set()

    def _get(self, path: str, parameters: Mapping[str, str], name: str, parse: Callable[[bytes], T]) -> T | None:
        url = self.address.rstrip("/") + "/" + path
        subject = f"{redact(url)} ({name})"
        policy = self.policy
        for attempt in range(1, policy.attempts + 1):
            response = None
            self.limit.wait()
            try:
                with Session() as session, time_limit(policy.timeout_s):
                    response = self._request(session, f"{url}?{urlencode(parameters)}")
                    body = self._read(response, subject)
                if body is None and "marker" in parameters:
                    raise TemporaryFailure("HTTP 204 in place of a page that the former one announced")
                return None if body is None else parse(body)
            except ApiFormatChanged as error:
                raise ApiFormatChanged(f"{subject}: {self._redact(str(error))}") from None
            except (requests.RequestException, HTTPError, TemporaryFailure) as error:
                failure, cause = error, self._redact(root_cause(error))
            if attempt < policy.attempts:
                log.info("%s: %s; attempt %d of %d", subject, cause, attempt + 1, policy.attempts)
                self.limit.sleep(pause_s(response, policy.backoff_s * 2 ** (attempt - 1)))
        raise SourceUnreachable(
            f"{subject}: expected a complete page, found after {policy.attempts} attempt(s): {cause}; try again later: "
            "completed pages are kept"
        ) from failure

    def _request(self, session: Session, url: str) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": self.policy.user_agent, HEADER: self.key}
        return session.get(url, headers=headers, timeout=self.policy.timeout_s, stream=True, allow_redirects=False)

    def _read(self, response: requests.Response, subject: str) -> bytes | None:
        """Return the body of a response with status 200, None for 204. Raises ApiRefused or TemporaryFailure."""
        if response.status_code == 204:
            return None
        if response.status_code != 200:
            raise self._refusal(response, subject)
        deadline, body, max_bytes = time.monotonic() + self.policy.timeout_s, bytearray(), self.policy.max_bytes
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise ApiRefused(
                    f"{subject}: expected at most {max_bytes} bytes, found more; raise [Api] max_page_mb if that is "
                    "the size of a page"
                )
            # Outside the main thread, there is no time limit.
            if time.monotonic() > deadline:
                raise TemporaryFailure(f"no complete answer after {self.policy.timeout_s:g} s")
        expected = file_bytes(response)
        if expected is not None and len(body) < expected:
            raise TemporaryFailure(f"{len(body)} of {expected} bytes")
        return bytes(body)

    def _refusal(self, response: requests.Response, subject: str) -> Exception:
        """Return the error for a status other than 200 and 204."""
        reason = printable(self._redact(str(response.reason)), MAX_REASON_LENGTH)
        status = f"HTTP {response.status_code} {reason}".rstrip()
        if response.status_code in TEMPORARY_STATUSES:
            return TemporaryFailure(status)
        if response.status_code in (401, 403):
            return ApiRefused(f"{subject}: expected a valid key, found {status}; {KEY_HINT}")
        if response.is_redirect:
            target = printable(self._redact(response.headers["Location"]), MAX_REASON_LENGTH)
            return ApiRefused(
                f"{subject}: expected a page, found a redirect to {target}; correct [Api] address in luigi.cfg"
            )
        return ApiRefused(
            f"{subject}: expected a page, found {status}; correct [Api] address and the months in luigi.cfg"
        )

    def _redact(self, text: str) -> str:
        """Return what a server sent without the key, which it may repeat."""
        return redact(text, f"password={self.key}")


def require_key(key: str | None) -> str:
    """Return a key that can be sent. Raises ApiRefused, without the key, for none or an invalid one."""
    if not key:
        raise ApiRefused(f"NTSB's API: expected a key, found none; {KEY_HINT}")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ApiRefused(
            f"NTSB's API: expected a key of letters and digits, found {len(key)} characters with others; {KEY_HINT}"
        )
    return key
