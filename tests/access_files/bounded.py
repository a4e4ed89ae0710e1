"""Reading with a limit on CPU time, which ends a loop that does not terminate; elapsed time is not measured."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipeline.errors import ExtractionError
from pipeline.ingest.access_file import open_database
from tests.access_files.pipeline_reader import LoadedTable, load_table


class TooMuchTime(BaseException):
    """The CPU time of a block exceeded its limit. Not an Exception, so that no reader catches it."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise TooMuchTime in the block after that CPU time of this process."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise TooMuchTime(f"expected at most {seconds} s of CPU time")

    previous = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def read_bounded(path: Path, seconds: float = 5) -> list[LoadedTable]:
    """Return all user tables of a file. Raises PipelineError, also for another number of rows than is recorded."""
    with cpu_limit(seconds):
        database = open_database(path)
        tables = []
        for table in database.tables:
            loaded = load_table(database, table)
            if len(loaded.rows) != table.rows:
                raise ExtractionError(f"{path.name}: expected {table.rows} rows, found {len(loaded.rows)}")
            tables.append(loaded)
    return tables
