"""Parts of the HTTP API and the MCP server that need no server: cache, keys, rate limits, refused queries, bounds."""

import asyncio
import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from mcp import Client
from redis.exceptions import RedisError

from models.severity.data.feature_registry import Feature
from pipeline import config
from pipeline.errors import PipelineError
from pipeline.serving import catalog, clients, formats, gateway, model, select, settings, severity
from pipeline.serving.cache import ENTRY_BYTES, Entry, MemoryCache, RedisCache
from pipeline.serving.database import Busy, Database, NotPublished, Release
from pipeline.serving.mcp_server import create_server
from pipeline.serving.model import LoadedModel, ModelSource
from pipeline.serving.problems import Problem
from pipeline.serving.settings import ServingSettings
from pipeline.serving.state import State

ENTRY = Entry(200, (("etag", 'W/"a"'), ("content-type", "text/csv")), b"a\nb\x00\xff", "/v1/events")


class Registry:
    """Takes the place of MLflow: a version of a model has the address that `files` names."""

    def __init__(self, files: str) -> None:
        self.files, self.name, self.version = files, "severity", 3

    def MlflowClient(self) -> "Registry":
        return self

    def get_model_version_download_uri(self, name: str, version: int) -> str:
        return self.files


def test_only_models_in_the_store_are_loaded(tmp_path: Path) -> None:
    """Loading runs their code, and the page of MLflow lets every account register files of its own."""
    root = (tmp_path / "a store" / "artifacts").as_uri()
    for location in ("file:///tmp/models", f"{root}/../models", f"{root}-2/models", "mlflow-artifacts:/models"):
        registry = Registry(location)
        with pytest.raises(ValueError, match=r"severity 3: expected files in .*; promote a version of this store"):
            model._location(registry, registry, root)
        assert model._location(registry, registry, None) == location
    registry = Registry(f"{root}/severity/models/m-1/artifacts")
    assert model._location(registry, registry, root) == registry.files


def test_an_entry_is_the_same_after_storage() -> None:
    assert Entry.from_bytes(ENTRY.to_bytes()) == ENTRY


def test_the_cache_keeps_what_was_used_last_within_its_size() -> None:
    async def use() -> list[bool]:
        cache = MemoryCache(100_000)
        for number in range(30):
            await cache.put(f"key {number}", Entry(200, (), b"x" * 8000, "/"))
            await cache.get("key 0")
            assert cache.bytes <= 100_000
        await cache.put("large", Entry(200, (), b"x" * 20_000, "/"))
        await cache.put("key 0", Entry(200, (), b"y", "/"))
        return [await cache.get(key) is not None for key in ("key 0", "key 29", "key 1", "large")]

    assert asyncio.run(use()) == [True, True, False, False]


def test_small_responses_take_no_more_memory_than_the_size_of_the_cache() -> None:
    """Headers and keys of a short response take more than its body."""

    async def count() -> int:
        cache = MemoryCache(100 * ENTRY_BYTES)
        for number in range(1000):
            await cache.put(f"key {number}", ENTRY)
        return sum([await cache.get(f"key {number}") is not None for number in range(1000)])

    assert 90 < asyncio.run(count()) < 100


def test_a_cache_of_size_0_is_empty() -> None:
    async def use() -> Entry | None:
        cache = MemoryCache(0)
        await cache.put("key", ENTRY)
        return await cache.get("key")

    assert asyncio.run(use()) is None


def test_requests_that_ask_for_the_same_share_a_key() -> None:
    def key(path: str, query: str, accept: str = "", body: bytes = b"") -> str:
        return gateway.request_key({"path": path, "query_string": query.encode()}, {"accept": accept}, body)

    assert key("/v1/events", "year=2019&state=AK") == key("/v1/events", "state=AK&year=2019")
    different = [
        *(key("/v1/events", "year=2019"), key("/v1/events", "year=2018"), key("/v1/aircraft", "year=2019")),
        *(key("/v1/events", "year=2019", "text/csv"), key("/v1/events", "year=2019", "", b"body")),
        *(key("/v1/events", ""), key("/v1/events", "year="), key("/v1/events", "a=1&a=2"), key("/v1/events", "a=2")),
    ]
    assert len(set(different)) == len(different)


def test_only_the_hash_of_a_key_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "serving" / "keys.json"
    key = clients.add_key(path, "first")
    assert list(json.loads(path.read_text())) == [clients.hash_of(key)]
    keys = clients.Keys(path)
    assert (keys.name_of(key), keys.name_of(key + "x"), keys.name_of("\udcff")) == ("first", None, None)
    with pytest.raises(PipelineError, match=r"expected a new name of letters.*, found 'first'"):
        clients.add_key(path, "first")
    path.unlink()
    assert keys.name_of(key) is None


def test_a_removed_key_and_those_of_a_damaged_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first, second = clients.add_key(path, "first"), clients.add_key(path, "second")
    keys = clients.Keys(path)
    assert (keys.name_of(first), keys.name_of(second)) == ("first", "second")
    clients.remove_key(path, "first")
    assert (keys.name_of(first), keys.name_of(second)) == (None, "second")
    with pytest.raises(PipelineError, match=r"expected the name of a key \(second\), found 'first'"):
        clients.remove_key(path, "first")
    for content in ("{", "[]", "1", ""):
        path.write_text(content)
        assert keys.name_of(second) is None
        with pytest.raises(PipelineError, match="expected the hashes that"):
            clients.add_key(path, "third")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * 101, "a/b"])
def test_a_name_that_no_client_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PipelineError, match="expected a new name of letters"):
        clients.add_key(tmp_path / "keys.json", name)


def test_a_redis_that_does_not_answer_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request would otherwise wait for it several times."""
    now, calls = [100.0], list[str]()

    class Redis:
        async def get(self, key: str) -> bytes | None:
            calls.append(key)
            if len(calls) == 1:
                raise RedisError
            return ENTRY.to_bytes()

    monkeypatch.setattr("pipeline.serving.cache.time.monotonic", lambda: now[0])
    cache = RedisCache("redis://127.0.0.1:1/0", 1000)
    monkeypatch.setattr(cache, "_redis", Redis())
    assert [asyncio.run(cache.get(key)) for key in "ab"] == [None, None]
    now[0] += 6
    assert (asyncio.run(cache.get("c")), calls) == (ENTRY, ["a", "c"])


@pytest.mark.parametrize("address", ["localhost:6379", "redis://", "redis://host:port", "http://host", "secret"])
def test_a_malformed_address_of_redis_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    with pytest.raises(PipelineError, match="REDIS_URL: expected an address") as raised:
        settings.redis_url()
    assert "secret" not in str(raised.value)
    for valid in ("", "redis://127.0.0.1", "rediss://user:secret@host:6380/2"):
        monkeypatch.setenv("REDIS_URL", valid)
        assert settings.redis_url() == valid


def state_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read: Callable[[], Release]) -> State:
    """The state of a server whose database answers as `read` does."""
    models = ModelSource((f"sqlite:///{tmp_path}/none.db", None), "severity")
    state = State(
        ServingSettings("postgresql://127.0.0.1:1/none", False, tmp_path / "keys.json", "", config.Serving()), models
    )
    state.is_started = True
    monkeypatch.setattr(state.database, "release", read)
    return state


def test_a_server_whose_database_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It keeps the release for its cache, whatever the error is, and is ready again with the next answer."""
    answers: list[Any] = [Release("0123456789ab", "s", 1), psycopg2.OperationalError(), KeyError(), Busy()]
    answers += [Release("0123456789ab", "s", 1), Busy(), NotPublished()]

    def read() -> Release:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Release(answer.id, answer.snapshot, answer.sequence)

    state = state_of(monkeypatch, tmp_path, read)
    seen = [state.problems() == []]
    while answers:
        asyncio.run(state.refresh_release())
        seen.append(state.problems() == [])
        assert (state.release is None) == (not answers)
    assert seen == [False, True, False, False, False, True, True, False]


def test_a_read_that_a_publication_disturbs_is_repeated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [psycopg2.errors.UndefinedColumn(), psycopg2.errors.InternalError_(), psycopg2.errors.UndefinedTable()]
    for error in errors:
        database, outcomes = Database(lambda: "", False, 1, 1, 1), [error, ("release", 1)]

        def attempt(*_: Any, outcomes: list[Any] = outcomes) -> Any:
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        class Session:
            def forget(self) -> None:
                """Nothing is prepared."""

        monkeypatch.setattr(database, "_session", lambda: nullcontext(Session()))
        monkeypatch.setattr(database, "_attempt", attempt)
        assert database.read(lambda session: 1) == ("release", 1)
        outcomes[:] = [error, error]
        with pytest.raises(type(error)):
            database.read(lambda session: 1)


def test_another_version_of_the_server_reuses_no_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis and clients may hold responses of the version before, of the same release and model."""
    release, model = Release("0123456789ab", "s", 1), LoadedModel("severity-1", None, {}, "", {})
    before = formats.etag(release), model.tag
    monkeypatch.setattr(formats, "CODE", "another")
    assert all(old != new for old, new in zip(before, (formats.etag(release), model.tag), strict=True))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PipelineError("query: expected one SELECT, found: no column x; correct it"), "found: no column x"),
        (Problem(404, "field: expected one with codes, found x"), "expected one with codes, found x"),
        (NotPublished(), "expected a published release"),
        (Busy(), "expected a free connection"),
        (psycopg2.errors.QueryCanceled("statement"), "time limit"),
        (ValueError("/tmp/secret"), None),
    ],
)
def test_a_tool_answers_an_expected_error_with_its_reason(error: Exception, reason: str | None) -> None:
    class Broken:
        def read(self, *_: Any) -> None:
            raise error

        def close(self) -> None:
            """Nothing is open."""

    async def ask() -> str:
        database: Any = Broken
        async with Client(create_server(database, lambda words: {})) as client:
            result = await client.call_tool("cite", {})
            assert result.is_error
            return "".join(item.text for item in result.content)

    text = asyncio.run(ask())
    assert "secret" not in text and "statement" not in text
    assert reason in text if reason else text == "Error executing tool cite"


@pytest.mark.parametrize("rate", ["many", "5", "5/fortnight", "-1/minute"])
def test_a_malformed_rate_is_named(rate: str) -> None:
    with pytest.raises(PipelineError, match=r"\[Serving\] rate_limit: expected a number and a period"):
        clients.parse_rate(rate)
    assert clients.parse_rate("") is None


@pytest.mark.parametrize(
    "sql",
    [
        "select PG_SLEEP (1)",
        'select "pg_sleep"(1)',
        "select pg_catalog.set_config('a', 'b', true)",
        "select lo_import('x')",
        "select pg_try_advisory_lock(1)",
        'select U&"\\0070g_sleep"(1)',
        'select u& "x"',
        "select cursor_to_xml('a', 1)",
    ],
)
def test_functions_with_effects_outside_the_transaction_are_refused(sql: str) -> None:
    assert select.REFUSED.search(sql)


@pytest.mark.parametrize(
    "sql",
    ["select lower(ev_city) from events", "select 'U&' || loc from a", "select pg_typeof(1)", "select flo_x, u & 1"],
)
def test_other_functions_are_not(sql: str) -> None:
    assert not select.REFUSED.search(sql)


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [(1, True), (12.0, True), (0.99, False), (13, False), (True, False), ("1", False), (None, True), (10**400, False)],
)
def test_numbers_have_bounds(value: object, is_valid: bool) -> None:
    month = Feature("month", "", unit="1-12", kind="number", known="T0")
    assert (severity.value_problem(value, month) == "") == is_valid


@pytest.mark.parametrize(
    ("value", "is_valid"), [(-1e9, True), (10**20, True), (1e300, False), (10**400, False), ("1", False)]
)
def test_a_number_of_a_new_unit_is_one_that_the_model_can_compute_with(
    monkeypatch: pytest.MonkeyPatch, value: object, is_valid: bool
) -> None:
    quarter = Feature("quarter", "", unit="1-4", kind="number", known="T0")
    monkeypatch.setattr(severity.feature_registry, "features_at", lambda prediction_time: (quarter,))
    schema = severity.row_schema()["properties"]["quarter"]
    assert (severity.value_problem(value, quarter) == "") == is_valid
    if not isinstance(value, str):
        assert (schema["minimum"] <= value <= schema["maximum"]) == is_valid


@pytest.mark.parametrize(
    ("latitude", "longitude", "is_drawn"),
    [(61.2, -149.9, True), (0, 0, False), (0.0, -10.0, True), (None, -10, False), (91, 0.5, False), (1, 181, False)],
)
def test_a_feature_has_a_point_only_for_valid_coordinates(latitude: Any, longitude: Any, is_drawn: bool) -> None:
    record = {"ev_id": "A", "dec_latitude": latitude, "dec_longitude": longitude}
    assert (formats.feature(record)["geometry"] is not None) == is_drawn


def test_the_order_of_repeated_values_is_part_of_the_key() -> None:
    def key(query: bytes) -> str:
        return gateway.request_key({"path": "/v1/events", "query_string": query}, {}, b"")

    assert key(b"year=2019&year=2020") != key(b"year=2020&year=2019")
    assert key(b"year=2019&state=AK&year=2020") == key(b"state=AK&year=2019&year=2020")


def test_a_database_of_an_earlier_version_is_named_by_the_dictionary() -> None:
    class Session:
        def execute(self, *_: Any) -> None:
            raise psycopg2.errors.UndefinedFunction("function mart.is_exported(name, name) does not exist")

    session: Any = Session()
    with pytest.raises(Problem, match=r"expected one prepared by this version.*; run luigi --module") as raised:
        catalog.describe(session)
    assert raised.value.status == 503
