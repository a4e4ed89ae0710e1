"""The difference between a table and what it must contain, and the writes that remove it."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pipeline.dynamodb.client import Database, exhausted
from pipeline.dynamodb.contents import Contents, all_items, digest_of, key_digest, key_of
from pipeline.dynamodb.sources import Source
from pipeline.dynamodb.specification import TableSpec
from pipeline.dynamodb.values import Item, canonical_text

# Limit of DynamoDB.
BATCH_ITEMS = 25


@dataclass
class Difference:
    """`missing` and `different`: digests of the keys to write; `surplus`: keys to delete; `read_bytes`: size read."""

    missing: set[bytes] = field(default_factory=set)
    different: set[bytes] = field(default_factory=set)
    surplus: list[Item] = field(default_factory=list)

    @property
    def to_write(self) -> set[bytes]:
        """Digests of the keys of the items to write."""
        return self.missing | self.different

    def __bool__(self) -> bool:
        return bool(self.missing or self.different or self.surplus)


def scan_items(database: Database, name: str) -> Iterator[Item]:
    """Yield all items of a table, as they are after every write that was accepted."""
    for page in database.pages("scan", TableName=name, ConsistentRead=True):
        yield from page["Items"]


def compare(table: TableSpec, contents: Contents, items: Iterable[Item]) -> Difference:
    """Return how the items of a table differ from what it must contain; the items are read once, as a stream."""
    difference = Difference(missing=set(contents.digests))
    for item in items:
        key = key_digest(table, item)
        if key not in contents.digests:
            difference.surplus.append(key_of(table, item))
            continue
        difference.missing.discard(key)
        if contents.digests[key] != digest_of(canonical_text(item)):
            difference.different.add(key)
    return difference


def apply(
    database: Database,
    name: str,
    table: TableSpec,
    sources: Mapping[str, Source],
    difference: Difference,
    writers: Executor,
) -> None:
    """Write the items of the difference, and then delete the surplus ones.

    An interrupted call leaves a table whose difference is smaller.
    """
    keys = difference.to_write
    if keys:
        items = (item for item in all_items(table, sources) if key_digest(table, item) in keys)
        _write(database, name, ({"PutRequest": {"Item": item}} for item in items), writers)
    _write(database, name, ({"DeleteRequest": {"Key": key}} for key in difference.surplus), writers)


def _write(database: Database, name: str, requests: Iterable[dict[str, Any]], writers: Executor) -> None:
    """Send requests in batches, several at a time."""
    pending: deque[Future[None]] = deque()
    try:
        remaining = iter(requests)
        while batch := list(islice(remaining, BATCH_ITEMS)):
            pending.append(writers.submit(_write_batch, database, name, batch))
            if len(pending) >= 2 * database.settings.concurrency:
                pending.popleft().result()
        while pending:
            pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _write_batch(database: Database, name: str, requests: list[dict[str, Any]]) -> None:
    """Send a batch until DynamoDB has processed all of it. Raises DynamodbError after attempts without progress."""
    attempt = 0
    while requests:
        response = database.call("batch_write_item", RequestItems={name: requests})
        unprocessed = response.get("UnprocessedItems", {}).get(name, [])
        database.count("written", len(requests) - len(unprocessed))
        if not unprocessed:
            return
        database.count("unprocessed", len(unprocessed))
        attempt = attempt + 1 if len(unprocessed) == len(requests) else 1
        if attempt >= database.settings.attempts:
            raise exhausted("batch_write_item", f"{len(unprocessed)} unprocessed items", attempt)
        requests = unprocessed
        database.wait(attempt)
