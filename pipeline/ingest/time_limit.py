"""Limit the time of a response of a server."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TemporaryFailure(Exception):
    """A response is incomplete, or has a status that may be temporary."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TemporaryFailure if the block takes longer: the timeout of a packet allows one byte now and then, forever.

    Only in the main thread, where Luigi plans and runs tasks.
    """

    def expire(*_: object) -> None:
        raise TemporaryFailure(f"no complete answer after {seconds:g} s")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
