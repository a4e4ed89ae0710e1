"""Every failure of NTSB's API has a message of its own, and the key is in none of them."""

import logging

import pytest
import requests

from pipeline.errors import ApiFormatChanged, ApiRefused, SourceError, SourceUnreachable
from pipeline.ingest.enterprise_api import client as client_module
from pipeline.ingest.enterprise_api.client import HEADER, Client, RateLimit, require_key
from pipeline.ingest.http import RequestPolicy
from samples.serve import CASES, Api
from samples.serve_faults import Fault
from tests.api_server import api, client_of  # noqa: F401  Pytest finds fixtures by name.

MONTH = ("2016-01-01", "2016-01-31")


def request(client: Client, marker: str = "") -> object:
    return client.page(*MONTH, marker, "2016-01, page 1")


TEMPORARY = [
    ("429", r"found after 2 attempt\(s\): HTTP 429"),
    ("500", "HTTP 500"),
    ("502", "HTTP 502"),
    ("503", "HTTP 503"),
    ("504", "HTTP 504"),
    ("html", "an HTML page with status 200: Scheduled maintenance"),
    ("truncated", r"JSON that is invalid or ends at character \d+ of \d+ bytes"),
    ("not-utf-8", r"text that is not UTF-8 at byte \d+"),
    ("cut", r"bytes"),
]
FINAL = [
    ("400", ApiRefused, r"expected a page, found HTTP 400.*; correct \[Api\] address"),
    ("401", ApiRefused, r"expected a valid key, found HTTP 401.*; set the environment variable NTSB_API_KEY"),
    ("403", ApiRefused, r"expected a valid key, found HTTP 403"),
    ("404", ApiRefused, r"expected a page, found HTTP 404"),
    ("302", ApiRefused, r"expected a page, found a redirect to https://elsewhere.example/login; correct \[Api\]"),
    ("no-marker", ApiFormatChanged, r"nextMarker: expected a marker, because hasMore is true, found None"),
    ("other-type", ApiFormatChanged, r"hasMore: expected true or false, found 'yes'"),
    ("other-type-of-case", ApiFormatChanged, r"data\[0\].mKey: expected an integer, found '1'; data\[1\].mKey"),
    ("other-dates", ApiFormatChanged, r"startDate: expected 2016-01-01, found '1999-01-01'; endDate: expected"),
    ("no-data", ApiFormatChanged, r"data: expected a list of cases, found None"),
    ("list", ApiFormatChanged, r"expected a JSON object, found list"),
]


@pytest.mark.parametrize(("kind", "message"), TEMPORARY)
def test_a_temporary_failure_is_retried_and_then_named(api: Api, kind: str, message: str) -> None:
    api.faults.append(Fault(kind, 1))
    assert request(client_of(api))
    assert len(api.requests) == 2
    api.faults.append(Fault(kind, 2))
    with pytest.raises(SourceUnreachable, match=message) as error:
        request(client_of(api))
    assert "(2016-01, page 1): expected" in str(error.value)
    assert "; try again later" in str(error.value)


@pytest.mark.parametrize(("kind", "error", "message"), FINAL)
def test_a_final_failure_is_not_retried(api: Api, kind: str, error: type[SourceError], message: str) -> None:
    api.faults.append(Fault(kind))
    with pytest.raises(error, match=message) as raised:
        request(client_of(api, attempts=5))
    assert len(api.requests) == 1
    assert "(2016-01, page 1): " in str(raised.value)


def test_no_content_is_a_month_without_cases(api: Api) -> None:
    assert client_of(api).page("2016-03-01", "2016-03-31", "", "2016-03, page 1") is None
    api.faults.append(Fault("204"))
    assert request(client_of(api)) is None


def test_a_slow_response_ends_at_the_time_limit(api: Api) -> None:
    api.faults.append(Fault("slow"))
    with pytest.raises(SourceUnreachable, match=r"no complete answer after 0.3 s"):
        request(client_of(api, attempts=1, timeout_s=0.3))


def test_an_endless_response_ends_at_the_size_limit(api: Api) -> None:
    api.faults.append(Fault("endless"))
    with pytest.raises(ApiRefused, match=r"expected at most 1000000 bytes, found more; raise \[Api\] max_page_mb"):
        request(client_of(api, max_bytes=10**6))


def test_a_server_that_does_not_answer(api: Api) -> None:
    client = Client("http://127.0.0.1:9/public/", "key", RequestPolicy(1, 1, 0), RateLimit(100))
    with pytest.raises(SourceUnreachable, match=r"Connection refused"):
        request(client)


def test_the_pause_is_what_the_server_requests(api: Api) -> None:
    pauses: list[float] = []
    client = client_of(api)
    client.limit.sleep = pauses.append
    api.faults.append(Fault("429", 1))
    assert request(client)
    assert pauses == [1]


def test_a_minute_has_no_more_requests_than_the_limit() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limit = RateLimit(30, clock=lambda: now[0], sleep=sleep)
    times = []
    for _ in range(100):
        limit.wait()
        times.append(now[0])
        now[0] += 0.5
    for start in times:
        assert sum(start <= time < start + 60 for time in times) <= 30
    # The limit is used fully: the last of 100 requests is in the fourth minute.
    assert times[-1] < 4 * 60


@pytest.mark.parametrize("key", [None, "", "line\nbreak", "schlüssel", "two words"])
def test_a_missing_or_invalid_key_is_an_error_before_any_request(key: str | None) -> None:
    with pytest.raises(ApiRefused, match=r"NTSB_API_KEY to the subscription key") as error:
        require_key(key)
    assert not key or key not in str(error.value)


@pytest.mark.parametrize("kind", [kind for kind, *_ in [*TEMPORARY, *FINAL]])
def test_the_key_is_in_a_header_only(
    api: Api,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "S3cr3t-key-of-a-test"
    sent: list[requests.Request] = []
    real = requests.Session.get

    def recording(self: requests.Session, url: str, **options: object) -> requests.Response:
        sent.append(requests.Request("GET", url, headers=options["headers"]))
        return real(self, url, **options)

    monkeypatch.setattr(client_module.requests.Session, "get", recording)
    api.key = secret
    api.faults.append(Fault(kind))
    client = client_of(api, key=secret)
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as error:
        request(client)
    assert sent
    assert all(one.headers[HEADER] == secret and secret not in one.url for one in sent)
    assert secret not in caplog.text + str(error.value) + repr(client)
    assert not any(secret in query for query in api.queries(CASES))


def test_the_key_is_removed_from_errors_that_quote_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo(*_: object, **options: object) -> None:
        raise requests.ConnectionError(f"refused {options['headers']}".replace("-Key", ""))

    monkeypatch.setattr(client_module.requests.Session, "get", echo)
    with pytest.raises(SourceUnreachable, match=r"refused .*\*\*\*") as error:
        request(client_of(api, key="S3cr3t-key-of-a-test"))
    assert "S3cr3t" not in str(error.value)
