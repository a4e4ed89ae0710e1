"""mdb-reader, a package for Node, as an independent reader of Access files.

Where it deviates, `skipped_table` and `skipped_column` name what is not compared, `expected_value` and `stored_value`
convert: it decodes all text of Jet 3 as Windows-1252, and takes the serial of a date as a difference in time.
"""

import json
import os
import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.access_files.access_values import MILLISECONDS_PER_DAY, JetColumn, serial_date
from tests.access_files.random_files import AccessFile, TableContent

FOLDER = Path(__file__).parent
DAYS_BEFORE_1970 = 25569
OLDEST_NODE = 20
MISSING = f"mdb-reader is not installed: with Node {OLDEST_NODE} or later, run `npm ci` in tests/access_files"


def is_installed() -> bool:
    if shutil.which("node") is None or not (FOLDER / "node_modules" / "mdb-reader").is_dir():
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int(version.strip().lstrip("v").partition(".")[0] or 0) >= OLDEST_NODE


def read_files(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield what read_files.mjs prints for each file. One process reads all files."""
    command, environment = ["node", "read_files.mjs"], {**os.environ, "TZ": "UTC"}
    with subprocess.Popen(
        command, cwd=FOLDER, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("".join(f"{path}\n" for path in paths).encode())
        process.stdin.close()
        yield from map(json.loads, process.stdout)
    assert process.returncode == 0


def skipped_table(table: TableContent) -> str:
    """Return why mdb-reader does not read a table correctly, or nothing."""
    if table.has_old_rows and any(not column.is_live or skipped_column(column) for column in table.layout):
        return "it counts the columns that it reads, not those of the table, in a row that lacks the last columns"
    return ""


def skipped_column(column: JetColumn) -> str:
    """Return why mdb-reader does not return a column, or nothing."""
    return "it returns the rows of another table, which the files do not have" if column.type == "complex" else ""


def expected_value(file: AccessFile, value: Any) -> Any:
    """Return what mdb-reader returns for a stored value: text in another code page of Jet 3 is decoded wrongly."""
    if not isinstance(value, str) or not file.jet.is_jet3:
        return value
    return value.encode(f"cp{file.code_page}").decode("cp1252", "replace")


def stored_value(value: Any, column: JetColumn) -> Any:
    """Return a value of read_files.mjs as the value that a generated file stores."""
    if isinstance(value, dict) and "bytes" in value:
        return bytes.fromhex(value["bytes"])
    if isinstance(value, dict) and "double" in value:
        return struct.unpack(">d", bytes.fromhex(value["double"]))[0]
    if isinstance(value, dict):
        milliseconds = float("nan") if value["milliseconds"] is None else value["milliseconds"]
        return serial_date(milliseconds / MILLISECONDS_PER_DAY + DAYS_BEFORE_1970)
    if value is not None and column.type in ("money", "decimal"):
        return Decimal(value)
    if value is not None and column.type == "datetime_extended":
        seconds, fraction = value.rsplit(".", 1)
        return datetime.strptime(seconds, "%Y.%m.%d %H:%M:%S"), int(fraction) // 100
    return int(value) if value is not None and column.type == "bigint" else value
