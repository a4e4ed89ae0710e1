"""Durations of queries by key and by index, compared with a scan that answers the same question."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from pipeline.dynamodb.client import Database
from pipeline.dynamodb.contents import Contents
from pipeline.dynamodb.specification import TableSpec
from pipeline.dynamodb.validate import query_index
from pipeline.dynamodb.values import Attribute

REPEATS = 5


@dataclass(frozen=True)
class Timing:
    """A question to a table: `access` is the key or the index, `items` the number of items; durations in seconds."""

    table: str
    access: str
    items: int
    query_s: float
    scan_s: float


def measure(
    database: Database,
    specification: Mapping[str, TableSpec],
    contents: Mapping[str, Contents],
    names: Mapping[str, str],
) -> list[Timing]:
    """Return one timing per table, by key, and per index; the median of several queries, and one scan each."""
    timings = []
    for name, table in specification.items():
        first = database.call("scan", TableName=names[name], Limit=1)["Items"]
        if first:
            value = first[0][table.partition]
            timings.append(_timing(database, table, names[name], ("key", "", table.partition), value))
        for index in table.indexes:
            for sample in contents[name].samples[index.name][:1]:
                access = (f"index {index.name}", index.name, index.partition)
                timings.append(_timing(database, table, names[name], access, sample.value))
    return timings


def _timing(database: Database, table: TableSpec, name: str, access: tuple[str, str, str], value: Attribute) -> Timing:
    """Return the median duration of REPEATS queries, and the duration of one scan, for the same question."""
    label, index, attribute = access

    def query() -> int:
        if index:
            return len(query_index(database, name, index, attribute, value))
        return _count(database, "query", TableName=name, KeyConditionExpression="#a = :v", **_names(attribute, value))

    def scan() -> int:
        return _count(database, "scan", TableName=name, FilterExpression="#a = :v", **_names(attribute, value))

    durations = [_duration(query)[0] for _ in range(REPEATS)]
    scan_s, items = _duration(scan)
    return Timing(table.name, label, items, median(durations), scan_s)


def _names(attribute: str, value: Attribute) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {"#a": attribute}, "ExpressionAttributeValues": {":v": value}}


def _count(database: Database, operation: str, **parameters: Any) -> int:
    return sum(page["Count"] for page in database.pages(operation, **parameters))


def _duration(run: Callable[[], int]) -> tuple[float, int]:
    """Return (duration in seconds, result) of a call."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result
