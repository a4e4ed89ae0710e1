"""One question at a time: within a question, no target and no step is asked twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_results: dict[str, Any] | None = None


@contextmanager
def cached_queries() -> Iterator[dict[str, Any]]:
    """Answers of the question being asked; empty for the outermost caller and forgotten when it has its answer.

    A deep `complete()` over a graph asks the same steps many times. Remembering answers for longer than one question
    would let a step look done, or undone, after it has changed.
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
