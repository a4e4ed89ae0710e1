"""mdb-export as an independent reader, for the values that it does not change."""

import csv
import io
import math
import os
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.access_files.access_values import JetColumn, is_unreadable
from tests.access_files.random_files import AccessFile, TableContent

DATES = "%Y-%m-%d %H:%M:%S"
NULL = "\x02NULL"
COMMAND = ("mdb-export", "-H", "-b", "hex", "-0", NULL, "-D", DATES, "-T", DATES)
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "MDBICONV": "UTF-8"}
LONGEST_TEXT = 190_000  # bytes of UTF-8
ASTRAL = 0x10000


def export(path: Path, table: str) -> list[list[str]]:
    """Return the cells of a table as mdb-export writes them."""
    csv.field_size_limit(10**7)
    result = subprocess.run([*COMMAND, path, table], capture_output=True, env=ENVIRONMENT, check=True)
    return list(csv.reader(io.StringIO(result.stdout.decode("utf-8", "replace"), newline="")))


def skipped_table(file: AccessFile, table: TableContent) -> str:
    """Return why mdb-export does not read a table correctly, or nothing."""
    if table.name.startswith("-"):
        return "it takes the name for an option"
    if table.has_old_rows and not all(column.is_live for column in table.layout):
        return "it counts deleted columns among those of a row that lacks the last columns"
    return "it does not find names with such characters" if max(table.name) > "\xff" else ""


def skipped_value(file: AccessFile, value: Any, column: JetColumn) -> str:
    """Return why mdb-export does not write a value exactly, or nothing."""
    if is_unreadable(value):
        return "it ends text at U+0000, and replaces unpaired surrogates and dates out of range"
    if isinstance(value, str) and column.type != "guid":
        if file.code_page == 932 and "\\" in value:
            return "it converts the backslash of code page 932 to a yen sign"
        if not value:
            return "it writes an empty text as NULL"
        if any(ord(character) >= ASTRAL or character == "\ufeff" for character in value):
            return "it converts UCS-2, not UTF-16, and removes byte order marks"
        if len(value.encode()) > LONGEST_TEXT:
            return "it ends text after 200,000 bytes"
    if isinstance(value, bytes) and (not value or b"\0" in value):
        return "it ends binary values at 00, and writes empty ones as NULL"
    if isinstance(value, datetime) and (not 1900 <= value.year < 9998 or value.microsecond):
        return "it rounds to seconds, and miscounts days before 1900"
    return "it writes them as NULL" if column.type in ("bigint", "datetime_extended") else ""


def is_same(value: Any, text: str, column: JetColumn) -> bool:
    """True if the text of mdb-export is the value, to the precision that it prints."""
    if value is None:
        return text == NULL
    if column.type == "boolean":
        return text == str(int(value))
    if isinstance(value, float):
        return math.isclose(float(text), value, rel_tol=1e-7 if column.type == "single" else 1e-14) or value != value
    if isinstance(value, Decimal):
        return Decimal(text) == value
    if isinstance(value, bytes):
        return bytes.fromhex(text) == value
    if column.type == "guid":
        return bytes.fromhex(text).decode().strip("{}").lower().replace("-", "") == value.replace("-", "")
    return text == (value.strftime(DATES) if isinstance(value, datetime) else str(value))
