"""Publications at the same time, and readers with an old alias: tables in use are neither written nor deleted."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pipeline import config
from pipeline.dynamodb import releases, tables, timings, writers
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError
from pipeline.tasks.dynamodb import DynamodbRelease
from tests import dynamodb_server
from tests.dynamodb_server import (
    EVENTS,
    WITHOUT_INDEX,
    connect,
    example_rows,
    problems,
    publish_rows,
    recorded,
    stored,
)

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
ReadTimeoutError = pytest.importorskip("botocore.exceptions").ReadTimeoutError
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)

NUMBERS = count(1)
EVENTS_WITHOUT_INDEX = WITHOUT_INDEX.partition("[tables.aircraft]")[0]
OVERTAKEN = "found another publication; wait for it to end"
REFRESH_S = 50.0


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timings, "measure", lambda *_: [])
        yield address


@pytest.fixture
def two(endpoint: str) -> tuple[Database, Database]:
    """Two connections with the same prefix; the first one sends one request at a time."""
    prefix = f"pair{next(NUMBERS)}-"
    return connect(endpoint, prefix=prefix, concurrency=1), connect(endpoint, prefix=prefix)


def once(database: Database, event: str, run: Callable[[], object], condition: Callable[[Any], bool]) -> None:
    """Run a function at the first event with parameters or a response that meet the condition."""
    pending = [run]

    def hook(**values: Any) -> None:
        if pending and condition(values.get("params") or values.get("parsed")):
            pending.pop()()

    database.client.meta.events.register(event, hook)


def publish_later(database: Database, tmp_path: Path, text: str = EVENTS) -> None:
    """Publish another release completely."""
    folder = tmp_path / "later"
    folder.mkdir()
    publish_rows(database, folder, "later", example_rows(40, changed=9), text)


def is_claim(params: dict[str, Any]) -> bool:
    return bool(params["Item"][releases.KEY] == {"S": releases.PUBLISHER})


def test_a_release_that_was_published_before_the_claim_stays_as_it_is(
    two: tuple[Database, Database], tmp_path: Path
) -> None:
    first, second = two
    publish_rows(second, tmp_path, "r1", example_rows(), EVENTS)
    after: list[dict[str, Any]] = []

    def overtake() -> None:
        publish_later(second, tmp_path)
        after.append(stored(second))

    once(first, "provide-client-params.dynamodb.PutItem", overtake, is_claim)
    with pytest.raises(DynamodbError, match=OVERTAKEN):
        publish_rows(first, tmp_path, "r2", example_rows(60, changed=3), EVENTS)
    assert after == [stored(second)]
    assert problems(second, tmp_path, example_rows(40, changed=9), EVENTS) == []


@pytest.mark.parametrize("operation", ["BatchWriteItem put", "BatchWriteItem delete", "BatchWriteItem repeated"])
def test_a_publication_that_was_overtaken_writes_nothing_more(
    two: tuple[Database, Database], tmp_path: Path, operation: str
) -> None:
    first, second = two
    publish_rows(second, tmp_path, "r1", example_rows(100), EVENTS)
    if operation.endswith("repeated"):
        dynamodb_server.Faults(first, {"BatchWriteItem": (1, "ThrottlingException")})
    event = "after-call.dynamodb.BatchWriteItem"
    once(first, event, lambda: publish_later(second, tmp_path), lambda _: True)
    rows = example_rows(100, changed=60) if "delete" not in operation else {"events": example_rows(100)["events"][:10]}
    with pytest.raises(DynamodbError, match=OVERTAKEN):
        publish_rows(first, tmp_path, "r2", rows, EVENTS)
    assert problems(second, tmp_path, example_rows(40, changed=9), EVENTS) == []


def test_a_publication_that_was_overtaken_deletes_nothing_more(two: tuple[Database, Database], tmp_path: Path) -> None:
    first, second = two
    publish_rows(first, tmp_path, "r1", example_rows(), EVENTS_WITHOUT_INDEX)
    old = releases.read_alias(first)
    assert old

    def overtake() -> None:
        releases.claim(second, "another", releases.read_alias(second), releases.busy_tables(second))

    once(first, "after-call.dynamodb.DeleteTable", overtake, lambda _: True)
    with pytest.raises(DynamodbError, match=OVERTAKEN):
        publish_rows(first, tmp_path, "r2", example_rows(), EVENTS)
    names = sorted([old.tables["events"].name, old.tables["events"].standby])
    assert set(names) <= set(releases.records(second))
    assert [tables.describe(second, name) is None for name in names] == [True, False]
    # The next publication continues the removal.
    assert publish_rows(second, tmp_path, "r2", example_rows(), EVENTS).removed == names


def test_a_publication_without_changes_removes_no_tables_of_a_running_one(
    two: tuple[Database, Database], tmp_path: Path
) -> None:
    first, second = two
    publish_rows(first, tmp_path, "r1", example_rows(), EVENTS_WITHOUT_INDEX)

    def start() -> None:
        releases.claim(second, "another", releases.read_alias(second))
        releases.mark(second, "another", f"{second.settings.prefix}events-new-a")
        tables.create(second, f"{second.settings.prefix}events-new-a", {"ev_id": "S"})

    once(first, "provide-client-params.dynamodb.Query", start, lambda _: True)
    assert publish_rows(first, tmp_path, "r1", example_rows(), EVENTS_WITHOUT_INDEX).removed == []
    assert tables.is_active(second, f"{second.settings.prefix}events-new-a")


@pytest.mark.parametrize("operation", ["BatchWriteItem put", "BatchWriteItem delete", "DeleteTable"])
def test_a_request_that_arrives_after_another_publication_changes_nothing_that_readers_use(
    two: tuple[Database, Database], tmp_path: Path, operation: str
) -> None:
    first, second = two
    is_deletion = operation == "DeleteTable"
    later = EVENTS_WITHOUT_INDEX if is_deletion else EVENTS
    publish_rows(second, tmp_path, "r1", example_rows(), later)
    used: list[dict[str, Any]] = []

    def overtake() -> None:
        """After the claim was read and the request signed, before it is sent."""
        publish_later(second, tmp_path, later)
        used.append(stored(second))

    once(first, f"before-send.dynamodb.{operation.split()[0]}", overtake, lambda _: True)
    rows = {"events": example_rows()["events"][:10]} if "delete" in operation else example_rows(60, changed=3)
    with pytest.raises(DynamodbError, match=OVERTAKEN):
        publish_rows(first, tmp_path, "r2", rows, EVENTS)
    alias = releases.read_alias(second)
    assert alias and alias.release == "later" and problems(second, tmp_path, example_rows(40, changed=9), later) == []
    names = {name for table in alias.tables.values() for name in (table.name, table.standby)}
    assert {name: stored(second)[name] for name in names} == {name: used[0][name] for name in names}
    # The marks of the publication that was overtaken end with it, and its tables are removed.
    publish_rows(second, tmp_path, "later", example_rows(40, changed=9), later)
    assert names == {*releases.records(second)} and not releases.busy_tables(second)


def time_out(database: Database, operation: str) -> None:
    """Lose the response to the first request of an operation."""
    pending = [operation]

    def fail(request: Any, **_: Any) -> None:
        if pending and request.headers["X-Amz-Target"].decode().endswith(f".{operation}"):
            pending.clear()
            raise ReadTimeoutError(endpoint_url=request.url)

    database.client.meta.events.register("before-send.dynamodb", fail)


@pytest.mark.parametrize("lost", ["CreateTable", "BatchWriteItem"])
def test_tables_of_a_publication_that_may_still_run_are_used_and_deleted_by_its_own_store_only(
    two: tuple[Database, Database], tmp_path: Path, lost: str
) -> None:
    first, second = two
    publish_rows(first, tmp_path, "r1", example_rows(), EVENTS)
    dynamodb_server.Faults(first, {"UpdateTable": (1, "AccessDeniedException")})
    time_out(first, lost)
    with pytest.raises(DynamodbError, match="AccessDenied"):
        publish_rows(first, tmp_path, "r2", example_rows(60), EVENTS_WITHOUT_INDEX)
    left = releases.busy_tables(second)
    assert {name[-2:] for name in left} == {"-a", "-b"}
    rows = example_rows(60)
    record = publish_rows(second, tmp_path, "r3", rows, EVENTS_WITHOUT_INDEX)
    assert not left & {copy.name for copy in record.copies}
    assert problems(second, tmp_path, rows, EVENTS_WITHOUT_INDEX) == []
    assert all(tables.is_active(second, name) for name in left) and left < {*releases.records(second)}
    assert releases.is_published(second, "fingerprint of r3")
    # Their own store continues, and removes what readers do not use.
    assert left == {*publish_rows(first, tmp_path, "r3", rows, EVENTS_WITHOUT_INDEX).removed}
    assert releases.busy_tables(second) == set() and not left & {*releases.records(second)}


def test_a_publication_that_was_repeated_after_a_lost_response_keeps_its_marks_until_the_next_one(
    two: tuple[Database, Database], tmp_path: Path
) -> None:
    first, second = two
    time_out(first, "BatchWriteItem")
    publish_rows(first, tmp_path, "r1", example_rows(5), EVENTS_WITHOUT_INDEX)
    old = releases.busy_tables(second)
    time_out(first, "DeleteTable")
    removed = publish_rows(first, tmp_path, "r2", example_rows(5), EVENTS).removed
    # A deletion that may still be carried out: the name is not used again by others.
    assert old == {*removed} <= releases.busy_tables(second)
    publish_rows(first, tmp_path, "r2", example_rows(5), EVENTS)
    assert releases.busy_tables(second) == set() and not old & {*releases.records(second)}


def test_two_processes_with_one_store_do_not_publish_at_the_same_time(
    endpoint: str, two: tuple[Database, Database], tmp_path: Path
) -> None:
    first, _ = two
    other = connect(endpoint, first.locks, prefix=first.settings.prefix)
    with writers.writing(first), pytest.raises(DynamodbError, match="found one in progress; wait until it has ended"):
        publish_rows(other, tmp_path, "r1", {}, EVENTS)
    assert publish_rows(other, tmp_path, "r1", {}, EVENTS).validation.problems == []


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The list to which pauses of a second or more are appended, which end at once."""
    lengths, sleep = [], time.sleep

    def record(length: float) -> None:
        if length < 1:
            sleep(length)
        else:
            lengths.append(length)

    monkeypatch.setattr(time, "sleep", record)
    return lengths


def test_tables_of_an_old_shape_are_removed_after_readers_have_read_the_alias_again(
    endpoint: str, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connect(endpoint, prefix="refresh-", reader_refresh_s=REFRESH_S)
    publish_rows(database, tmp_path, "r1", example_rows(), EVENTS_WITHOUT_INDEX)
    assert pauses == []
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(releases, "remove_unused", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        publish_rows(database, tmp_path, "r2", example_rows(), EVENTS)
    before_load, before_removal = pauses
    assert before_load == pytest.approx(REFRESH_S, abs=10) and before_removal == pytest.approx(REFRESH_S, abs=0.1)
    # The publication that continues the removal waits as long as readers need.
    requests = recorded(database)
    record = publish_rows(database, tmp_path, "r2", example_rows(), EVENTS)
    assert len(record.removed) == 2 and pauses[2:] == [pytest.approx(REFRESH_S, abs=20)]
    assert [name for name, _ in requests].count("DeleteTable") == 2


def test_a_clock_of_another_host_that_is_ahead_does_not_lengthen_the_wait(
    endpoint: str, tmp_path: Path, pauses: list[float]
) -> None:
    database = connect(endpoint, prefix="clock-", reader_refresh_s=REFRESH_S)
    publish_rows(database, tmp_path, "r1", example_rows(), EVENTS)
    alias = releases.read_alias(database)
    assert alias
    ahead = replace(alias, switched_at=alias.switched_at + 100_000)
    database.call("put_item", TableName=releases.control_table(database), Item=ahead.item())
    publish_rows(database, tmp_path, "r2", example_rows(changed=3), EVENTS)
    assert pauses == [REFRESH_S]


def test_a_release_is_complete_when_its_own_store_has_removed_what_is_unused(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    database = connect(endpoint, config.targets_folder() / "locks", prefix="completeness-")
    delete = tables.delete

    def interrupt(database: Database, name: str) -> None:
        if name.endswith("-b"):
            raise KeyboardInterrupt
        delete(database, name)

    target = DynamodbRelease(database.settings.prefix, "fingerprint of r2", database.settings)
    assert not target.exists()
    publish_rows(database, tmp_path, "r1", example_rows(3), WITHOUT_INDEX)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(tables, "delete", interrupt)
        publish_rows(database, tmp_path, "r2", example_rows(3))
    assert not target.exists() and releases.is_published(connect(endpoint, prefix=target.prefix), target.fingerprint)

    def delete_unanswered(database: Database, name: str) -> None:
        database.is_unanswered = True
        delete(database, name)

    # The records of the deleted tables remain.
    monkeypatch.setattr(tables, "delete", delete_unanswered)
    publish_rows(database, tmp_path, "r2", example_rows(3))
    assert releases.unused_tables(target.database()) and target.exists()
