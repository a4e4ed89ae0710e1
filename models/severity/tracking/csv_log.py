"""Append-only CSV files. A file of version 0.1 gets the current columns when the next line is appended."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

# Column names of version 0.1.
EARLIER_NAMES = {"stamp": "fingerprint", "moment": "prediction_time"}
Line = Mapping[str, object]


def read_lines(path: Path) -> list[dict[str, str]]:
    """Return the lines under the current column names; empty if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{EARLIER_NAMES.get(name, name): text for name, text in line.items()} for line in csv.DictReader(file)]


def append_line(path: Path, columns: Sequence[str], line: Line, line_end: str = "\n") -> None:
    """Append a line to the file, which is created if missing; columns that `line` lacks are empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = _to_csv([dict(zip(columns, columns, strict=True))], columns, line_end)
    if not path.exists():
        path.write_bytes(header)
    elif not path.read_bytes().startswith(header):
        temporary = path.with_suffix(".new")
        temporary.write_bytes(header + _to_csv(read_lines(path), columns, line_end))
        temporary.replace(path)
    with path.open("ab") as file:
        file.write(_to_csv([line], columns, line_end))
        file.flush()
        os.fsync(file.fileno())


def _to_csv(lines: Sequence[Line], columns: Sequence[str], line_end: str) -> bytes:
    buffer = io.StringIO()
    csv.DictWriter(buffer, columns, restval="", lineterminator=line_end).writerows(lines)
    return buffer.getvalue().encode()
