"""Latency of the queries of docs/how-to/query-the-database.md, each with the values of many rows."""

import math
import statistics
import time
from collections.abc import Sequence
from contextlib import closing

import psycopg2
from psycopg2.extensions import connection as Connection

from tests import query_shapes
from tests.bench.measures import QUERIES, QUERY, Measure

VARIANTS = 100


def measure(url: str, count: int = VARIANTS) -> list[Measure]:
    """One measurement per query, its 99th percentile over `count` values, and the median of these."""
    results = []
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        for shape in query_shapes.shapes():
            queries = shape.variants(connection, count)
            milliseconds(connection, queries[:1])  # loads the catalog entries and the first pages
            times = milliseconds(connection, queries)
            note = f"99th percentile of {len(times)}; median {statistics.median(times):.1f} ms"
            results.append(Measure(f"{QUERY} {shape.name}", percentile(times, 0.99), "ms", note=note))
    median = statistics.median([result.value for result in results])
    return [*results, Measure(QUERIES, median, "ms", note="of the 99th percentiles")]


def milliseconds(connection: Connection, queries: Sequence[str]) -> list[float]:
    """Milliseconds of each query, including the transfer of its rows."""
    times = []
    with connection.cursor() as cursor:
        for query in queries:
            start = time.perf_counter()
            cursor.execute(query)
            cursor.fetchall()
            times.append(1000 * (time.perf_counter() - start))
    return times


def percentile(values: Sequence[float], share: float) -> float:
    """Smallest value that at least this share of the values does not exceed (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
