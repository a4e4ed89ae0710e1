"""Jobs side by side: answers in order, and none begun that nobody wants any more."""

import threading
import time
from contextlib import closing

import pytest

from models.severity import parallel


def test_answers_come_in_the_order_of_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    second_began = threading.Event()
    # The first can only end once the second has begun: they do run side by side.
    found = parallel.run_all([lambda: second_began.wait(60) and "first", lambda: second_began.set() or "second"])
    assert found == ["first", "second"]
    assert parallel.run_all([]) == []


def test_jobs_within_jobs_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert parallel.run_all([lambda: parallel.run_all([lambda: 1, lambda: 2]), lambda: 3]) == [[1, 2], 3]


def slow(done: list[int]) -> list[parallel.Job]:
    """So many that they cannot all have begun before somebody says that they need not."""
    return [lambda n=n: (time.sleep(0.2), done.append(n)) for n in range(50)]


def test_an_error_is_the_jobs_own_and_the_rest_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done: list[int] = []
    with pytest.raises(ZeroDivisionError):
        parallel.run_all([lambda: 1, lambda: 1 / 0, *slow(done)])
    assert len(done) < 50


def test_who_has_enough_begins_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done: list[int] = []
    with closing(parallel.run_in_order([lambda: "enough", *slow(done)])) as found:
        assert next(found) == "enough"
    assert len(done) < 50
