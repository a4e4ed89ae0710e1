"""Tables in other states than active, and errors of the server, end in a message or are waited for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.dynamodb import releases, tables, timings, validate
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError
from tests import dynamodb_server
from tests.dynamodb_server import EVENTS, connect, example_rows, problems, publish_rows

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timings, "measure", lambda *_: [])
        yield address


def in_state(database: Database, status: str, name: str, descriptions: int) -> None:
    """Report the status of a table, and refuse to read it, in the first descriptions; a deleted one is gone then."""
    seen = []

    def describe(parsed: dict[str, Any], **_: Any) -> None:
        if parsed.get("Table", {}).get("TableName") == name and len(seen) < descriptions:
            seen.append(name)
            parsed["Table"]["TableStatus"] = status
            if status == "DELETING" and len(seen) == descriptions:
                connect(database.settings.endpoint).client.delete_table(TableName=name)

    def refuse(request: Any, **_: Any) -> Any:
        is_scan = request.headers["X-Amz-Target"].endswith(b".Scan")
        if is_scan and len(seen) < descriptions and json.loads(request.body)["TableName"] == name:
            return dynamodb_server.refusal(request, "ResourceNotFoundException")
        return None

    database.client.meta.events.register("after-call.dynamodb.DescribeTable", describe)
    database.client.meta.events.register("before-send.dynamodb", refuse)


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_a_table_that_is_being_created_or_deleted_is_waited_for(endpoint: str, tmp_path: Path, status: str) -> None:
    database = connect(endpoint, prefix=f"{status.lower()}-", concurrency=1, index_timeout_s=5.0)
    (table,) = dynamodb_server.release(tmp_path, "r1", {}, EVENTS).tables.values()
    name = next(tables.names(database.settings.prefix, table))
    tables.create_for(database, name, table)
    in_state(database, status, name, 4)
    publish_rows(database, tmp_path, "r1", example_rows(), EVENTS)
    assert problems(database, tmp_path, example_rows(), EVENTS) == []


def test_a_published_table_that_is_being_deleted_is_reported_and_replaced(endpoint: str, tmp_path: Path) -> None:
    database = connect(endpoint, prefix="gone-", concurrency=1)
    publish_rows(database, tmp_path, "r1", example_rows(), EVENTS)
    alias = releases.read_alias(database)
    assert alias
    in_state(database, "DELETING", alias.tables["events"].name, 2)
    message = f"events: expected the active table {alias.tables['events'].name}, found DELETING"
    assert problems(database, tmp_path, example_rows(), EVENTS) == [message]
    publish_rows(database, tmp_path, "r1", example_rows(), EVENTS)
    assert problems(database, tmp_path, example_rows(), EVENTS) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", {"S": "{"}),
        ("state", {"S": "[1]"}),
        ("state", {"S": '{"events": {"name": "x"}}'}),
        ("state", {"S": "[" * 100_000}),
        ("state", {"N": "1"}),
        ("publication", {"N": "1.5"}),
        ("tables", {"M": {}}),
        ("release", None),
    ],
)
def test_a_damaged_alias_is_a_message_for_every_user(endpoint: str, name: str, value: Any) -> None:
    database = connect(endpoint, prefix="damaged-")
    releases.create_control_table(database)
    published = {"events": releases.PublishedTable("events-a", "events-b", "digest", 1)}
    item = releases.Alias("r1", "fingerprint", 1, 0, published).item() | {name: value}
    complete = {key: attribute for key, attribute in item.items() if attribute}
    database.call("put_item", TableName=releases.control_table(database), Item=complete)
    for read in (releases.read_alias, releases.unused_tables, lambda _: releases.is_published(database, "x")):
        with pytest.raises(DynamodbError, match="damaged-control: expected the item `current` as the pipeline writes"):
            read(database)
    database.call("delete_item", TableName=releases.control_table(database), Key={"name": {"S": "current"}})
    assert releases.read_alias(database) is None


def test_an_error_of_the_server_is_a_message(endpoint: str, tmp_path: Path) -> None:
    database = connect(endpoint, prefix="vanished-")
    dynamodb_server.Faults(database, {"Scan": (10**6, "ResourceNotFoundException")})
    publish_rows(connect(endpoint, prefix="vanished-"), tmp_path, "r1", example_rows(), EVENTS)
    with pytest.raises(DynamodbError, match="expected scan to be accepted, found ResourceNotFoundException"):
        publish_rows(database, tmp_path, "r1", example_rows(), EVENTS)


def test_control_characters_of_values_are_escaped_in_problems(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "CONSISTENCY_S", 0.0)
    database = connect(endpoint, prefix="escape-")
    rows = {"events": [{"ev_id": "E", "ev_state": "\x1b[2J\nforged"}]}
    publish_rows(database, tmp_path, "r1", rows, EVENTS)
    alias = releases.read_alias(database)
    assert alias
    database.call("delete_item", TableName=alias.tables["events"].name, Key={"ev_id": {"S": "E"}})
    text = "|".join(reported := problems(database, tmp_path, rows, EVENTS))
    assert len(reported) == 2 and "\\x1b[2J\\nforged" in text and "\x1b" not in text and "\n" not in text
