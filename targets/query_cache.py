"""Cache of completeness queries: within one outermost query, no target and no task is evaluated twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_results: dict[str, Any] | None = None


@contextmanager
def cached_queries() -> Iterator[dict[str, Any]]:
    """Yields the cache {task id or query name: result}, which the outermost caller creates, and discards at its end.

    A recursive `complete()` evaluates the same tasks many times. A cache that outlived the outermost query would return
    results from before a change.
    """
    global _results
    if _results is not None:
        yield _results
        return
    _results = {}
    try:
        yield _results
    finally:
        _results = None
