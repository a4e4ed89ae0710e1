"""Limits of the HTTP API: cache, rate limit, API keys, sizes, slow clients, overload; with and without Redis."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest

from pipeline.serving import clients
from tests.http_api import Api, api_server
from tests.running import Workspace


@pytest.fixture(scope="module")
def served(api: Api) -> Workspace:
    """The store of the API, whose server runs."""
    return api.workspace


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: `scripts/system-packages redis` installs it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    words = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


def cache_hits(api: Api) -> float:
    text = api.client.get("/metrics").text
    return float(text.partition('ntsb_cache_total{result="hit"} ')[2].partition("\n")[0] or 0)


def test_a_repeated_request_is_answered_from_the_cache(api: Api) -> None:
    first = api.client.get("/v1/events", params={"year": 2018, "state": "TX"})
    hits = cache_hits(api)
    second = api.client.get("/v1/events", params={"state": "TX", "year": 2018})
    assert (cache_hits(api), second.content) == (hits + 1, first.content)
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["x-release"] in first.headers["etag"]


def test_formats_compression_and_methods_are_cached_apart(api: Api) -> None:
    path, params = "/v1/events", {"year": "2017"}
    kinds = [{"Accept": "text/csv"}, {"Accept": "application/json"}, {"Accept-Encoding": "identity"}]
    for _ in range(2):
        types = [api.client.get(path, params=params, headers=kind).headers["content-type"] for kind in kinds]
        assert [text.partition(";")[0] for text in types] == ["text/csv", "application/json", "application/json"]
        assert api.client.get(path, params=params).headers["content-encoding"] == "gzip"
        assert "content-encoding" not in api.client.get(path, params=params, headers=kinds[2]).headers
        head = api.client.head(path, params=params)
        assert (head.status_code, head.content) == (200, b"")


def test_a_known_release_is_answered_with_304(api: Api) -> None:
    etag = api.client.get("/v1/cite").headers["etag"]
    for condition in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        response = api.client.get("/v1/cite", headers={"If-None-Match": condition})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)
    assert api.client.get("/v1/cite", headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.client.get("/v1/events/NONE", headers={"If-None-Match": "*"}).status_code == 404


def test_cors_is_off_by_default_and_on_for_configured_origins(api: Api, served: Workspace) -> None:
    origin = {"Origin": "https://example.org"}
    assert "access-control-allow-origin" not in api.client.get("/healthz", headers=origin).headers
    with api_server(served, cors_origins=("https://example.org",)) as other:
        response = other.client.get("/healthz", headers=origin)
        assert response.headers["access-control-allow-origin"] == origin["Origin"]
        # Of another origin, a page may send and read these only if the server says so.
        asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization, x-api-key"}
        assert other.client.options("/v1/events", headers=origin | asked).status_code == 200
        exposed = response.headers["access-control-expose-headers"].lower()
        assert {"etag", "x-next-cursor", "x-release", "retry-after"} <= set(exposed.split(", "))
        response = other.client.get("/healthz", headers={"Origin": "https://example.com"})
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("storage", ["memory", "redis"])
def test_more_requests_than_the_limit_get_the_seconds_to_wait(
    served: Workspace, storage: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("redis") if storage == "redis" else ""
    with api_server(served, rate_limit="5/minute", redis=address) as limited:
        responses = [limited.client.get("/v1/cite") for _ in range(7)]
        assert [response.status_code for response in responses] == [200] * 5 + [429] * 2
        assert 0 < int(responses[-1].headers["retry-after"]) <= 120
        assert responses[-1].json()["title"] == "Too Many Requests"
        assert limited.client.get("/healthz").status_code == 200


def test_responses_are_cached_in_redis_and_computed_without_it(served: Workspace, redis: str) -> None:
    with api_server(served, redis=redis) as first, api_server(served, redis=redis) as second:
        expected = first.get("/v1/stats/mv_state_stats")
        assert second.get("/v1/stats/mv_state_stats") == expected
        assert cache_hits(second) == 1
    with api_server(served, redis="redis://127.0.0.1:1/0", rate_limit="3/minute") as alone:
        assert alone.get("/v1/stats/mv_state_stats") == expected
        codes = [alone.client.get("/v1/cite").status_code for _ in range(3)]
        assert codes == [200, 200, 429]


def test_keys_are_hashed_and_required_if_configured(served: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "keys.json"
    key = clients.add_key(path, "first")
    assert key not in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    with api_server(served, keys_required=True, key_file=path, rate_limit="2/minute") as closed:
        assert closed.client.get("/v1/cite").status_code == 401
        assert closed.client.get("/v1/cite", headers={"X-API-Key": "wrong"}).status_code == 401
        own = {"Authorization": f"Bearer {key}"}
        assert [closed.client.get("/v1/cite", headers=own).status_code for _ in range(3)] == [200, 200, 429]
        # A key that is added while the server runs has a rate of its own.
        other = {"X-API-Key": clients.add_key(path, "second")}
        assert closed.client.get("/v1/cite", headers=other).status_code == 200


def send_slowly(api: Api, parts: list[bytes], pause_s: float) -> bytes:
    """The response to a request that is sent in parts."""
    with closing(socket.create_connection(("127.0.0.1", api.port()), timeout=30)) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)
        return connection.recv(65_536)


def test_large_and_slow_bodies_are_refused(served: Workspace) -> None:
    head = b"POST /v1/severity HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with api_server(served, client_timeout_s=1.0) as api:
        large = b"x" * 10_000_000
        for content in (large, iter([large])):
            # The server may close the connection before the client has sent everything.
            with suppress(httpx.WriteError):
                assert api.client.post("/v1/severity", content=content).status_code == 413
        assert b" 408 " in send_slowly(api, [head + b"Content-Length: 100\r\n\r\n", b"{"], 1.5)
        assert b" 413 " in send_slowly(api, [head + b"Content-Length: 99999999999\r\n\r\n"], 0.1)
        assert api.client.get("/v1/cite").status_code == 200


def test_clients_that_send_bodies_slowly_do_not_keep_others_from_reading(served: Workspace) -> None:
    head = b"POST /v1/severity HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    with api_server(served, max_requests=2) as api, ExitStack() as connections:
        for _ in range(2):
            connection = socket.create_connection(("127.0.0.1", api.port()), timeout=30)
            connections.enter_context(closing(connection)).sendall(head)
        limit = time.monotonic() + 20
        while api.client.post("/v1/severity", json={}).status_code != 503 and time.monotonic() < limit:
            time.sleep(0.05)
        assert api.client.post("/v1/severity", json={}).status_code == 503
        assert api.client.get("/v1/cite").status_code == 200


def test_long_and_slow_heads_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.serving.protocol.HEAD_S", 1.0)
    assert send_slowly(api, [b"GET /v1/cite HTTP/1.1\r\nX-Slow: "], 2) == b""
    long = b"GET /v1/cite HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 40_000
    assert send_slowly(api, [long], 0.1).startswith(b"HTTP/1.1 400")
    assert api.client.get("/v1/cite").status_code == 200


def received_bytes(api: Api, requests: int, pauses: int, read: int) -> int:
    """Bytes of the responses to requests sent at once: `read` of them after each pause of 0.1 s, then the others."""
    with closing(socket.create_connection(("127.0.0.1", api.port()), timeout=30)) as connection:
        head = b"GET /v1/events?limit=1000 HTTP/1.1\r\nHost: a\r\n"
        connection.sendall((head + b"\r\n") * (requests - 1) + head + b"Connection: close\r\n\r\n")
        size = 0
        for _ in range(pauses):
            time.sleep(0.1)
            size += len(connection.recv(read)) if read else 0
        with suppress(ConnectionResetError):
            while content := connection.recv(2**20):
                size += len(content)
        return size


def test_clients_that_do_not_read_are_disconnected(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their responses would stay in memory; a client that reads slowly receives everything."""
    monkeypatch.setattr("pipeline.serving.protocol.READ_S", 1.5)
    headers = {"Accept-Encoding": "identity"}
    # More than the buffers of the kernel hold.
    size, count = len(api.client.get("/v1/events", params={"limit": 1000}, headers=headers).content), 40
    assert received_bytes(api, count, pauses=50, read=0) < size * (count - 1)
    assert received_bytes(api, count, pauses=50, read=2**18) > size * count


def test_overload_is_answered_with_503_and_ends(served: Workspace) -> None:
    with api_server(served, max_requests=4, connections=1, wait_s=0.2, cache_mb=0) as small:

        def status(number: int) -> tuple[int, str | None]:
            response = small.client.get(
                "/v1/events", params={"limit": 1000, "sort": "ev_date", "radius_km": number + 1}
            )
            return response.status_code, response.headers.get("retry-after")

        with ThreadPoolExecutor(24) as pool:
            outcomes = set(pool.map(status, range(72)))
        assert outcomes == {(200, None), (503, "1")}
        assert {status(number)[0] for number in range(5)} == {200}


def test_a_lost_connection_to_the_database_is_replaced(api: Api) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(api.get, ["/v1/cite", "/v1/releases", "/v1/stats", "/v1/codes"]))
    api.workspace.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ntsb-serving'"
    )
    assert [api.client.get("/v1/events", params={"year": year}).status_code for year in range(1990, 1996)] == [200] * 6


def test_clients_that_leave_hold_no_connection(served: Workspace) -> None:
    with api_server(served, connections=2, cache_mb=0) as api:
        for _ in range(20):
            with closing(socket.create_connection(("127.0.0.1", api.port()))) as connection:
                connection.sendall(b"GET /v1/events?limit=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert api.client.get("/v1/cite").status_code == 200
        assert threading.active_count() < 200
