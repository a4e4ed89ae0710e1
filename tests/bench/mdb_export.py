"""mdb-export of mdbtools: the baseline of the benchmark. The pipeline does not use it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# Both formats are needed: with -D alone, date-times have two-digit years, and 1962 becomes 2062.
COMMAND = ("mdb-export", "-H", "-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S")
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "MDB_JET3_CHARSET": "cp1252", "MDBICONV": "UTF-8"}


@contextmanager
def export_csv(path: Path, table: str) -> Iterator[IO[bytes]]:
    """A stream of the table's rows as CSV in UTF-8. Raises CalledProcessError after the block if mdb-export fails."""
    command = [*COMMAND, str(path), table]
    # Its warnings are discarded, so that they cannot fill a pipe.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as process:
        assert process.stdout
        yield process.stdout
        process.stdout.close()
        if status := process.wait():
            raise subprocess.CalledProcessError(status, command)
