"""One question at a time: within a question, no target and no step is asked twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_answers: dict[str, Any] | None = None


@contextmanager
def asked_once() -> Iterator[dict[str, Any]]:
    """Answers of the question being asked; empty for the outermost caller and forgotten when it has its answer.

    A deep `complete()` over a graph asks the same steps many times. Remembering answers for longer than one question
    would let a step look done, or undone, after it has changed.
    """
    global _answers
    if _answers is not None:
        yield _answers
        return
    _answers = {}
    try:
        yield _answers
    finally:
        _answers = None
