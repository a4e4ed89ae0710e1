"""A local server of DynamoDB's protocol (moto) on loopback, faults of its responses, and releases to publish."""

import json
import logging
import random
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.config import Dynamodb
from pipeline.dynamodb import contents, publish, specification, validate
from pipeline.dynamodb.client import Database, open_client
from pipeline.dynamodb.publish import Publication, Release
from pipeline.dynamodb.sources import Source

MISSING = "the extra dynamodb is not installed"
WRITES = {"BatchWriteItem", "PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems"}
WRITES |= {"CreateTable", "UpdateTable", "DeleteTable"}
Rows = Sequence[Mapping[str, Any]]

SPECIFICATION = """
[tables.events]
partition = "ev_id"
relations = { events = [] }
indexes = [{ name = "by_state", partition = "ev_state", sort = "ev_id" }, { name = "by_year", partition = "ev_year" }]
[tables.aircraft]
partition = "ev_id"
relations = { aircraft = ["aircraft_key"] }
references = [{ columns = ["ev_id"], table = "events" }]
indexes = [{ name = "by_make", partition = "acft_make" }]
[tables.narratives]
partition = "ev_id"
relations = { narratives = ["aircraft_key"] }
split = ["narr_cause"]
references = [{ columns = ["ev_id", "aircraft_key"], table = "aircraft" }]
[tables.statistics]
partition = "relation"
relations = { by_year = ["ev_year"], by_make = ["acft_make"] }
"""
TWO_TABLES = SPECIFICATION.partition("[tables.narratives]")[0]
EVENTS = TWO_TABLES.partition("[tables.aircraft]")[0]
STATISTICS = SPECIFICATION[SPECIFICATION.index("[tables.statistics]") :]
WITHOUT_INDEX = TWO_TABLES.replace(', { name = "by_year", partition = "ev_year" }', "")
COLUMNS = {
    "events": {"ev_id": "text", "ev_state": "text", "ev_year": "integer"},
    "aircraft": {"ev_id": "text", "aircraft_key": "integer", "acft_make": "text", "hours": "real"},
    "narratives": {"ev_id": "text", "aircraft_key": "integer", "narr_cause": "text"},
    "by_year": {"ev_year": "integer", "events": "integer"},
    "by_make": {"acft_make": "text", "share": "double"},
}


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server in a thread."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def settings(endpoint: str, **changes: Any) -> Dynamodb:
    """Settings without pauses."""
    fast = {"poll_s": 0.005, "backoff_s": 0.001, "reader_refresh_s": 0.0, "concurrency": 4}
    return Dynamodb(**({"endpoint": endpoint} | fast | changes))


def connect(endpoint: str, locks: Path | None = None, **changes: Any) -> Database:
    """A connection without pauses; with a folder of locks of its own, as on another host, if none is given."""
    values = settings(endpoint, **changes)
    folder = TemporaryDirectory()
    database = Database(open_client(values), values, locks or Path(folder.name) / "locks")
    weakref.finalize(database, folder.cleanup)
    return database


def release(folder: Path, name: str, rows: Mapping[str, Rows], text: str = SPECIFICATION) -> Release:
    """A release of rows {relation: rows}; relations without rows are empty."""
    path = folder / "tables.toml"
    path.write_text(text, encoding="utf-8")
    sources = {relation: _source(relation, rows.get(relation, ())) for relation in COLUMNS}
    return Release(name, f"fingerprint of {name}", specification.read(path, COLUMNS), sources)


def _source(relation: str, rows: Rows) -> Source:
    columns = COLUMNS[relation]
    return Source(columns, lambda: iter([dict.fromkeys(columns) | dict(row) for row in rows]))


def example_rows(number: int = 30, changed: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Rows of all relations; `changed`: how many events and aircraft have other values, and one event is missing."""
    ids = range(1 if changed else 0, number)
    states, makes = ("AK", "TX", None), ("CESSNA", "PIPER")
    return {
        "events": [
            {"ev_id": f"E{i:03d}", "ev_state": states[i % 3], "ev_year": 2000 + (i < changed) + i % 7} for i in ids
        ],
        "aircraft": [
            {"ev_id": f"E{i:03d}", "aircraft_key": 1, "acft_make": makes[i % 2], "hours": i / 10 + (i < changed)}
            for i in ids
        ],
        "narratives": [
            {"ev_id": f"E{i:03d}", "aircraft_key": 1, "narr_cause": "x" * 420_000 if i == 5 else f"Cause {i}."}
            for i in ids
        ],
        "by_year": [{"ev_year": 2000 + i, "events": i} for i in range(7)],
        "by_make": [{"acft_make": make, "share": 0.1} for make in makes],
    }


def stored(database: Database) -> dict[str, Any]:
    """Everything under the prefix: items and indexes of all tables, and of the control table what does not vary."""
    result = {}
    names = [name for page in database.client.get_paginator("list_tables").paginate() for name in page["TableNames"]]
    for name in names:
        if name.startswith(database.settings.prefix):
            pages = database.client.get_paginator("scan").paginate(TableName=name)
            items = [item for page in pages for item in page["Items"]]
            description = database.client.describe_table(TableName=name)["Table"]
            indexes = sorted(index["IndexName"] for index in description.get("GlobalSecondaryIndexes", ()))
            result[name] = indexes, sorted(json.dumps(_without_times(item), sort_keys=True) for item in items)
    return result


def _without_times(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("switched_at", "id")}


class Faults:
    """Faults of the responses to a client: the first requests of an operation fail, and batches are cut."""

    def __init__(self, database: Database, errors: Mapping[str, tuple[int, str]], cut_share: float = 0.0) -> None:
        """`errors`: {operation: (number of requests, error code)}; `cut_share`: share of batch items not processed."""
        self.remaining = {operation: [count, code] for operation, (count, code) in errors.items()}
        self.cut_share = cut_share
        self.random = random.Random(1)
        self.injected: Counter[str] = Counter()
        events = database.client.meta.events
        events.register("before-send.dynamodb", self._fail)
        events.register("before-call.dynamodb.BatchWriteItem", self._cut)
        events.register("after-call.dynamodb.BatchWriteItem", self._report_cut)

    def _fail(self, request: Any, **_: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        fault = self.remaining.get(operation)
        if not fault or not fault[0]:
            return None
        fault[0] -= 1
        self.injected[fault[1]] += 1
        return refusal(request, fault[1])

    def _cut(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        body = json.loads(params["body"])
        ((table, requests),) = body["RequestItems"].items()
        kept = [request for request in requests if self.random.random() >= self.cut_share] or requests[:1]
        context["cut"] = {table: [request for request in requests if request not in kept]}
        params["body"] = json.dumps({"RequestItems": {table: kept}}).encode()

    def _report_cut(self, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        cut = sum(map(len, context["cut"].values()))
        if cut and "Error" not in parsed:
            parsed["UnprocessedItems"] = context["cut"]
            self.injected["unprocessed"] += cut


def refusal(request: Any, code: str) -> Any:
    """A response with an error."""
    from botocore.awsrequest import AWSResponse

    return AWSResponse(request.url, 400, {}, Raw(json.dumps({"__type": f"x#{code}", "message": "injected"})))


class Raw:
    """The body of a made-up response."""

    def __init__(self, text: str) -> None:
        self.text = text.encode()

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.text


def recorded(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """The list to which all later requests are appended, as operation and parameters."""
    requests: list[tuple[str, dict[str, Any]]] = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        requests.append((model.name, dict(params)))

    database.client.meta.events.register("provide-client-params.dynamodb", record)
    return requests


def publish_rows(
    database: Database, folder: Path, name: str, rows: dict[str, Any], text: str = TWO_TABLES
) -> Publication:
    """The record of the publication of a release with these rows."""
    return publish.publish(database, release(folder, name, rows, text))


def problems(database: Database, folder: Path, rows: dict[str, Any], text: str = TWO_TABLES) -> list[str]:
    """What `dynamodb-validate` reports if the release had these rows."""
    expected = release(folder, "x", rows, text)
    read = contents.read_all(expected.tables.values(), expected.sources)
    return validate.validate_published(database, expected.tables, read).problems
