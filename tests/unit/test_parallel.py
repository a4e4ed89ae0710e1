"""Parallel jobs: results in order, and no job starts after a failure or after the caller stops."""

import threading
import time
from contextlib import closing

import pytest

from models.severity import parallel


def test_results_are_in_the_order_of_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    second_started = threading.Event()
    # The first job can only end once the second has started, so they must run in parallel.
    results = parallel.run_all([lambda: second_started.wait(60) and "first", lambda: second_started.set() or "second"])
    assert results == ["first", "second"]
    assert parallel.run_all([]) == []


def test_nested_jobs_do_not_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert parallel.run_all([lambda: parallel.run_all([lambda: 1, lambda: 2]), lambda: 3]) == [[1, 2], 3]


def slow(done: list[int]) -> list[parallel.Job]:
    """Return so many jobs that not all of them can have started before they are canceled."""
    return [lambda n=n: (time.sleep(0.2), done.append(n)) for n in range(50)]


def test_a_failing_job_raises_its_error_and_cancels_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        parallel.run_all([lambda: 1, lambda: 1 / 0, *slow(done)])
    assert len(done) < 50


def test_closing_the_generator_cancels_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done: list[int] = []
    with closing(parallel.run_in_order([lambda: "first", *slow(done)])) as results:
        assert next(results) == "first"
    assert len(done) < 50
