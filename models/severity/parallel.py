"""Run independent single-threaded jobs in a thread pool; results do not depend on the number of processors.

Threads suffice: XGBoost, scikit-learn's trees and NumPy release the GIL while computing, and no data is copied.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Job = Callable[[], Any]

# More threads would need more memory and save no time: the longest job takes longer than its share of the total.
MAX_THREADS = 4


def run_in_order(jobs: Sequence[Job]) -> Generator[Any]:
    """Yield the results in the order of the jobs. Jobs start in that order, so put the longest first.

    Jobs that have not started when the generator is closed, or when an earlier job fails, are canceled.
    """
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MAX_THREADS)) as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_all(jobs: Sequence[Job]) -> list[Any]:
    """Return all results, in the order of the jobs."""
    return list(run_in_order(jobs))
