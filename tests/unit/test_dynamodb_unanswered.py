"""A request without an answer may still be carried out: it is recorded, for every operation that is not a read."""

import random
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Dynamodb
from pipeline.dynamodb import releases, writers
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError
from tests.dynamodb_server import MISSING

pytest.importorskip("boto3", reason=MISSING)
exceptions = pytest.importorskip("botocore.exceptions")

TIMEOUT = exceptions.ReadTimeoutError(endpoint_url="x")
REFUSED = exceptions.EndpointConnectionError(endpoint_url="x", error="refused")
CHANGES = (
    *("batch_write_item", "create_table", "delete_item", "delete_table", "put_item", "transact_write_items"),
    *("update_continuous_backups", "update_item", "update_table"),
)


def client_error(code: str, status: int) -> Exception:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error: Exception = exceptions.ClientError(response, "x")
    return error


class Client:
    """A client whose first request ends with an error."""

    def __init__(self, error: BaseException) -> None:
        self.errors = [error]

    def __getattr__(self, operation: str) -> Any:
        def request(**_: Any) -> dict[str, Any]:
            if self.errors:
                raise self.errors.pop()
            return {"Items": []}

        return request


def connected(error: BaseException, folder: Path) -> Database:
    return Database(Client(error), Dynamodb(backoff_s=0.001), folder / "locks")


@pytest.mark.parametrize(
    ("error", "operations", "is_unanswered"),
    [
        (TIMEOUT, CHANGES, True),
        (client_error("504", 504), CHANGES, True),
        (client_error("InternalServerError", 500), CHANGES, False),
        (client_error("ThrottlingException", 400), CHANGES, False),
        (REFUSED, CHANGES, False),
        (TIMEOUT, ("describe_table", "get_item", "query", "scan"), False),
    ],
)
def test_a_request_that_succeeds_when_it_is_repeated_may_still_be_carried_out_later(
    error: Exception, operations: tuple[str, ...], is_unanswered: bool, tmp_path: Path
) -> None:
    for operation in operations:
        database = connected(error, tmp_path)
        database.call(operation)
        assert database.is_unanswered == is_unanswered, operation


def test_pauses_are_random_and_may_be_twice_as_long_for_each_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers that collide spread out."""
    database, ranges, pauses = Database(Client(TIMEOUT), Dynamodb(backoff_s=0.1), tmp_path), [], []

    def draw(low: float, high: float) -> float:
        ranges.append((low, high))
        return high / 3

    monkeypatch.setattr(random, "uniform", draw)
    monkeypatch.setattr(time, "sleep", pauses.append)
    database.client.errors = [client_error("ThrottlingException", 400)] * 10
    database.call("scan")
    lengths = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0, 20.0]
    assert ranges == [(0, pytest.approx(length)) for length in lengths]
    assert pauses == [pytest.approx(length / 3) for length in lengths]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), RuntimeError("unreadable response")])
def test_an_interrupted_request_is_not_answered(error: BaseException, tmp_path: Path) -> None:
    database = connected(error, tmp_path)
    with pytest.raises(type(error)):
        database.call("delete_table")
    assert database.is_unanswered


@pytest.mark.parametrize(
    ("error", "is_unmarked"), [(DynamodbError("x"), True), (KeyboardInterrupt(), False), (SystemExit(143), False)]
)
def test_an_interrupted_publication_keeps_its_marks(
    error: BaseException, is_unmarked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its other threads may still send requests."""
    calls: list[Database] = []
    monkeypatch.setattr(releases, "unmark_all", calls.append)
    with pytest.raises(type(error)), writers.writing(connected(TIMEOUT, tmp_path)):
        raise error
    assert bool(calls) == is_unmarked


def test_the_lock_of_a_copy_on_another_host_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for host in ("one", "one", "another"):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        with writers.writing(database := connected(TIMEOUT, tmp_path)):
            names.append(database.writer)
    assert names[0] == names[1] != names[2]
