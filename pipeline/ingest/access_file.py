"""Read an Access file with mdbtools: its tables, columns and row counts, and its rows as CSV."""

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import ExtractionError, ToolNotInstalled

# Both formats are needed: with -D alone, date-times have two-digit years, and 1962 becomes 2062.
EXPORT_COMMAND = ("mdb-export", "-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S")
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "MDB_JET3_CHARSET": "cp1252", "MDBICONV": "UTF-8"}


def recovery_hint(path: Path) -> str:
    """Return what to do about an unreadable Access file, whose zip was intact when it was unpacked."""
    return (
        f"the unpacked file may be damaged: remove {path} and run again; if the error persists, download the zip again "
        "from its source, or remove it from [Sources] base and weekly in luigi.cfg"
    )


def _excerpt(message: str) -> str:
    return f" ({message.strip()[:300] or 'no message'})"


def _run(path: Path, *command: str) -> str:
    if shutil.which(command[0]) is None:
        raise ToolNotInstalled(
            f"{command[0]}, which reads Access files: expected on PATH, found none; run scripts/system-packages"
        )
    result = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if result.returncode:
        raise ExtractionError(
            f"{' '.join(command)} returned {result.returncode}{_excerpt(result.stderr)}; {recovery_hint(path)}"
        )
    return result.stdout


def list_tables(path: Path) -> list[str]:
    """Return the names of the user tables, in the file's spelling and order.

    Raises ExtractionError or ToolNotInstalled.
    """
    return [
        name for name in _run(path, "mdb-tables", "-1", str(path)).splitlines() if name and not name.startswith("MSys")
    ]


def count_rows(path: Path, table: str) -> int:
    """Return the number of rows that the table's definition records. Raises ExtractionError or ToolNotInstalled."""
    return int(_run(path, "mdb-count", str(path), table).strip())


def list_columns(path: Path, table: str) -> list[str]:
    """Return the column names in the file's spelling and the order of mdb-export. Raises ExtractionError."""
    with subprocess.Popen(
        [*EXPORT_COMMAND, str(path), table], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout and process.stderr
        line = process.stdout.readline().decode()
        process.kill()
        message = "" if line else process.stderr.read().decode(errors="replace")
    if not line:
        raise ExtractionError(
            f"{path.name}, table {table}: mdb-export found no columns{_excerpt(message)}; {recovery_hint(path)}"
        )
    return next(csv.reader([line]))


@contextmanager
def export_csv(path: Path, table: str) -> Iterator[IO[bytes]]:
    """Yield a stream of the table's rows as CSV in UTF-8, with quoted text and NULL as an empty field.

    Raises ExtractionError after the block if mdb-export fails.
    """
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
        message = process.stderr.read().decode(errors="replace")
        process.stderr.close()
        exit_status = process.wait()
    if exit_status:
        raise ExtractionError(
            f"{path.name}, table {table}: mdb-export returned {exit_status}{_excerpt(message)}; {recovery_hint(path)}"
        )
