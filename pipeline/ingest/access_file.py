"""Plain functions over mdbtools: what tables, columns and rows an Access file holds, and its rows as CSV."""

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import ExtractionError, ToolNotInstalled

# Both formats are needed: -D alone leaves date-times with two-digit years, and 1962 becomes 2062.
EXPORT_COMMAND = ("mdb-export", "-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S")
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "MDB_JET3_CHARSET": "cp1252", "MDBICONV": "UTF-8"}


def recovery_hint(path: Path) -> str:
    """What to do about an Access file that cannot be read; its zip was whole when it was unpacked."""
    return (
        f"the unpacked file may be damaged: remove {path} and run again; if it stays so, get the zip anew from its "
        "source, or leave it out ([Sources] base and weekly in luigi.cfg)"
    )


def _run(path: Path, *command: str) -> str:
    if shutil.which(command[0]) is None:
        raise ToolNotInstalled(
            f"{command[0]} is needed to read Access files and is not installed: run scripts/system-packages"
        )
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if done.returncode:
        raise ExtractionError(
            f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[:300] or 'no message'}; "
            f"{recovery_hint(path)}"
        )
    return done.stdout


def list_tables(path: Path) -> list[str]:
    """User tables in the file's own spelling and order."""
    return [
        name for name in _run(path, "mdb-tables", "-1", str(path)).splitlines() if name and not name.startswith("MSys")
    ]


def count_rows(path: Path, table: str) -> int:
    """Rows as the file's own table definition counts them."""
    return int(_run(path, "mdb-count", str(path), table).strip())


def list_columns(path: Path, table: str) -> list[str]:
    """Column names in the file's own spelling, in the order of mdb-export, from its first line alone."""
    with subprocess.Popen(
        [*EXPORT_COMMAND, str(path), table], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout and process.stderr
        line = process.stdout.readline().decode()
        process.kill()
        message = "" if line else process.stderr.read().decode(errors="replace").strip()
    if not line:
        raise ExtractionError(
            f"mdb-export finds no columns of {table} in {path.name}: {message[:300] or 'no message'}; {recovery_hint(path)}"
        )
    return next(csv.reader([line]))


@contextmanager
def export_csv(path: Path, table: str) -> Iterator[IO[bytes]]:
    """The table's rows as CSV in UTF-8: text quoted, NULL an empty unquoted field. Raises where mdb-export fails."""
    process = subprocess.Popen(
        [*EXPORT_COMMAND, "-H", str(path), table], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout and process.stderr
    try:
        yield process.stdout
    except BaseException:
        process.kill()
        raise
    finally:
        process.stdout.close()
        message = process.stderr.read().decode(errors="replace").strip()
        process.stderr.close()
        code = process.wait()
    if code:
        raise ExtractionError(
            f"mdb-export of {table} from {path.name} ended with {code}: {message[:300] or 'no message'}; "
            f"{recovery_hint(path)}"
        )
