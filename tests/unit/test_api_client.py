"""Every failure of NTSB's API has a message of its own, and the key is in none of them."""

import gzip
import json
import logging

import pytest
import requests

from pipeline.errors import ApiFormatChanged, ApiRefused, SourceError, SourceUnreachable
from pipeline.ingest.enterprise_api import client as client_module
from pipeline.ingest.enterprise_api.client import HEADER, Client, RateLimit, require_key
from pipeline.ingest.http import RequestPolicy
from samples.serve import CASES, Api
from samples.serve_faults import Fault
from tests.api_server import answering, api, case, client_of  # noqa: F401  Pytest finds fixtures by name.

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


PAGE = {"startDate": MONTH[0], "endDate": MONTH[1], "hasMore": False}


def page_of(day: str = MONTH[0], **changes: object) -> bytes:
    """The body of a page with one case."""
    return json.dumps(PAGE | {"data": [case(1, day)]} | changes).encode()


BODY = page_of()


def response_of(body: bytes = BODY, status: str = "200 OK", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.01),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", 0.01),
        ("9" * 5000, 0.01),
        ("86400", 300),
        ("-5", 0.01),
        ("soon", 0.01),
    ],
)
def test_an_unusable_pause_is_the_usual_one_and_a_long_one_is_limited(value: str, pause: float) -> None:
    pauses: list[float] = []
    with answering(response_of(b"", "429 Too Many Requests", f"Retry-After: {value}")) as api:
        client = client_of(api)
        client.limit.sleep = pauses.append
        with pytest.raises(SourceUnreachable, match="HTTP 429"):
            request(client)
    assert pauses == [pause]


def changed(text: str) -> bytes:
    """The body of a page with this JSON as the value of a field that the pipeline does not read."""
    return BODY.replace(b"{", f'{{"other": {text}, '.encode(), 1)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (response_of(gzip.compress(BODY)[:60], "200 OK", "Content-Encoding: gzip"), r"ends at character \d+"),
        (response_of(b"x" * 60, "200 OK", "Content-Encoding: gzip"), "incorrect header check"),
        (response_of(b"", "302 Found", "Location: http://["), r"a redirect to http://\["),
        (response_of(changed("NaN")), "NaN is not JSON"),
        (response_of(changed("1e999")), "1e999 is out of range"),
        (response_of(changed("1e-999")), "1e-999 is out of range"),
        (response_of(changed("1." + "1" * 100)), r"1\.1+ is out of range"),
        (response_of(changed("9" * 5000)), "JSON that cannot be read"),
        (response_of(BODY + BODY), r"JSON that is invalid or ends at character \d+"),
        *[(response_of(page_of(day)), r"data\[0\].eventDate: expected a date") for day in ("2016-W01-1", "20160101")],
    ],
)
def test_a_response_that_cannot_be_used_is_an_error_of_the_source(response: bytes, message: str) -> None:
    with answering(response) as api, pytest.raises(SourceError, match=message):
        request(client_of(api, attempts=1))


@pytest.mark.parametrize(
    "response",
    [
        response_of(b"\xef\xbb\xbf" + BODY),
        response_of(gzip.compress(BODY), "200 OK", "Content-Encoding: gzip"),
        f"HTTP/1.1 200 OK\r\nContent-Length: {'9' * 5000}\r\n\r\n".encode() + BODY,
    ],
)
def test_a_complete_page_is_accepted_with_a_byte_order_mark_compressed_or_with_an_invalid_length(
    response: bytes,
) -> None:
    with answering(response) as api:
        assert request(client_of(api, attempts=1))


def test_the_body_of_a_redirect_is_not_read() -> None:
    response = b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n"
    with answering(response, b" " * 65536) as api, pytest.raises(ApiRefused, match="a redirect to"):
        request(client_of(api, attempts=1, timeout_s=1))


SECRET = "S3cr3t-key-of-a-test"


@pytest.mark.parametrize(
    "response",
    [
        response_of(b"", f"401 denied {SECRET}"),
        response_of(b"", f"400 {SECRET}"),
        response_of(b"", f"503 {SECRET}"),
        response_of(b"", "302 Found", f"Location: https://elsewhere.example/{SECRET}"),
        response_of(f"<title>{SECRET}</title>".encode()),
        response_of(page_of(startDate=SECRET)),
        response_of(page_of(data=[SECRET])),
    ],
)
def test_a_key_that_the_server_repeats_is_in_no_message(response: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with (
        answering(response) as api,
        caplog.at_level(logging.DEBUG),
        pytest.raises(SourceError, match=r"\*\*\*") as error,
    ):
        request(client_of(api, key=SECRET))
    assert SECRET not in caplog.text + str(error.value)


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
    sent: list[requests.Request] = []
    real = requests.Session.get

    def recording(self: requests.Session, url: str, **options: object) -> requests.Response:
        sent.append(requests.Request("GET", url, headers=options["headers"]))
        return real(self, url, **options)

    monkeypatch.setattr(client_module.requests.Session, "get", recording)
    api.key = SECRET
    api.faults.append(Fault(kind))
    client = client_of(api, key=SECRET)
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as error:
        request(client)
    assert sent
    assert all(one.headers[HEADER] == SECRET and SECRET not in one.url for one in sent)
    assert SECRET not in caplog.text + str(error.value) + repr(client)
    assert not any(SECRET in query for query in api.queries(CASES))


def test_the_key_is_removed_from_errors_that_quote_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def echo(*_: object, **options: object) -> None:
        raise requests.ConnectionError(f"refused {options['headers']}".replace("-Key", ""))

    monkeypatch.setattr(client_module.Session, "get", echo)
    with pytest.raises(SourceUnreachable, match=r"refused .*\*\*\*") as error:
        request(client_of(api, key="S3cr3t-key-of-a-test"))
    assert "S3cr3t" not in str(error.value)
