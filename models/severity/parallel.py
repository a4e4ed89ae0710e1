"""Jobs that do not need each other, on the processors that there are. Each keeps to one thread of its own.

The number of processors therefore decides when a job runs, never what it gives. Threads are enough: XGBoost,
scikit-learn's trees and NumPy let go of the interpreter while they reckon, and nothing has to be copied.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Job = Callable[[], Any]

# More would only need more memory: the longest job takes longer than its share of the rest.
MAX_THREADS = 4


def run_in_order(jobs: Sequence[Job]) -> Generator[Any]:
    """The answers in the order of the jobs, which begin in that order: the longest should stand first.

    A job that has not begun when the iterator is closed, or when one before it fails, never does.
    """
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MAX_THREADS)) as pool:
        waiting = [pool.submit(job) for job in jobs]
        try:
            for each in waiting:
                yield each.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_all(jobs: Sequence[Job]) -> list[Any]:
    """All answers, in the order of the jobs."""
    return list(run_in_order(jobs))
