"""Hostile requests to the HTTP API: no response is a 500, and none shows SQL, paths or versions."""

import itertools
import re
import socket
from contextlib import closing
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from pipeline.serving.parameters import EventFilter
from tests.http_api import Api

# Requests per operation.
EXAMPLES = 8
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
LEAKS = re.compile(
    r"psycopg|select |sqlstate|syntax error|traceback|\.py\b|/usr|/tmp|site-packages|postgresql|uvicorn|fastapi|"
    r"starlette|python|mlflow|pydantic",
    re.IGNORECASE,
)
TEXTS = (
    *("' or '1'='1", "'; drop table ntsb.events; --", '"', "\\", "$1", "%s", "%(a)s", "{}", "{0}", "NaN", "1e999"),
    *("-1", "9" * 400, "../../etc/passwd", "<script>", "\x00", "\r\nX-Injected: 1", "\U0001f680"),
    *("a" * 5000, "null", "[]", "61.2,-149.9; select 1", "999,999", "2019-02-30", "0000-00-00"),
)
PARAMETERS = [field.alias or name for name, field in EventFilter.model_fields.items()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
def test_generated_requests_are_answered_as_documented(api: Api, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{api.address}/openapi.json")
    operations = [item.ok() for item in schema.get_all_operations()]
    assert len(operations) >= 18
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (*operation.path_parameters, *operation.query, *operation.body):
            continue

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def call(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS)

        call()


def require_harmless(response: Any) -> None:
    assert response.status_code < 500, (response.url, response.text)
    headers = {name: value for name, value in response.headers.items() if name != "x-release"}
    assert "x-injected" not in headers and "server" not in headers
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        # What the client sent may be repeated.
        text = response.text.replace("drop table ntsb.events", "").replace("etc/passwd", "").replace("select 1", "")
        assert not LEAKS.search(text), response.text


@pytest.mark.parametrize("name", PARAMETERS)
def test_injections_into_parameters_are_harmless(api: Api, name: str) -> None:
    for text in TEXTS:
        require_harmless(api.client.get("/v1/events", params={name: text, "limit" if name != "limit" else "q": "1"}))
    assert api.workspace.query("select count(*) > 1000 from ntsb.events") == [(True,)]


def test_injections_into_paths_are_harmless(api: Api) -> None:
    paths = ("/v1/events/{}", "/v1/events/{}/history", "/v1/as-of/{}/events", "/v1/as-of/{}/aircraft", "/v1/codes/{}")
    for path, text in itertools.product((*paths, "/v1/stats/{}", "/v1/dictionary/{}", "/v1/{}"), TEXTS):
        require_harmless(api.client.get(path.format(quote(text, safe=""))))


def test_injections_into_headers_are_harmless(api: Api) -> None:
    names = (
        "Accept",
        "If-None-Match",
        "Authorization",
        "X-API-Key",
        "Accept-Encoding",
        "X-Forwarded-For",
        "Origin",
        "Range",
    )
    values = [text.encode("utf-8") for text in TEXTS if not re.search("[\r\n\x00]", text)]
    for name, value in itertools.product(names, [*values, b"\xff\xfe"]):
        require_harmless(api.client.get("/v1/cite", headers=[(name.encode(), value.strip())]))


def test_other_methods_are_refused(api: Api) -> None:
    for method, path in itertools.product(
        ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"), ("/v1/events", "/v1/severity")
    ):
        response = api.client.request(method, path)
        assert response.status_code == 405
        require_harmless(response)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v1/events?limit=1 HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/severity HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/severity HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_damaged_requests_are_refused(api: Api, raw: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", api.port()), timeout=20)) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65_536)
    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer
    assert api.client.get("/healthz").status_code == 200


def test_deep_pages_cost_no_more_than_the_first(api: Api) -> None:
    pages = list(api.pages("/v1/events", sort="-ev_date", limit=500))
    assert sum(len(page["data"]) for page in pages) == api.workspace.query("select count(*) from ntsb.events")[0][0]
    assert api.client.get("/v1/events?limit=1001").status_code == 422
    assert api.client.get("/v1/stats/mv_aircraft_stats?cursor=WyJ4Iiw5OTk5OTk5OTk5OTk5XQ==").status_code in (410, 422)


def test_every_documented_operation_has_an_example(api: Api) -> None:
    """An example has the names and kinds of values of a response."""
    ((ev_id,),) = api.workspace.query("select ev_id from ntsb.aircraft where ev_id is not null order by 1 limit 1")
    values = {"ev_id": ev_id, "earlier": api.get("/v1/cite")["release"], "field": "ev_highest_injury"}
    values |= {"relation": "events", "view": "mv_yearly_stats"}
    for path, operations in api.get("/openapi.json")["paths"].items():
        for method, operation in operations.items() if path.startswith("/v1") else ():
            example = operation["responses"]["200"]["content"]["application/json"]["example"]
            body = {"json": {"rows": [{"month": 7}]}} if method == "post" else {}
            response = api.client.request(method, path.format(**values), **body)
            assert is_part(example, response.json()), (path, response.text[:2000])
            assert {"404", "422", "429", "503"} <= set(operation["responses"]), path


def is_part(example: Any, actual: Any) -> bool:
    """True if an object has the names of the example, an item of a list is like its first one, and kinds are equal."""
    if isinstance(example, dict):
        return isinstance(actual, dict) and all(
            name in actual and is_part(value, actual[name]) for name, value in example.items()
        )
    if isinstance(example, list):
        return isinstance(actual, list) and (
            not (example and actual) or any(is_part(example[0], item) for item in actual)
        )
    return None in (example, actual) or isinstance(actual, int | float if isinstance(example, float) else type(example))
