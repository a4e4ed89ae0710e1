"""Flight hours as a CSV file: the form of its columns, which a file of the user must have too."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.errors import printable

Cell = str | int | None

COLUMNS = (
    "year",
    "operation",
    "aircraft_class",
    "flight_hours",
    "departures",
    "miles",
    "standard_error",
    "source",
    "retrieved",
    "definition",
    "note",
)
KEY = ("year", "operation", "aircraft_class")
WHOLE_NUMBER = (r"[1-9][0-9]{0,14}", "a whole number above 0, without separators")
NAME = (r"[a-z][a-z0-9_]{0,62}", "a name in lower case such as general_aviation")
TEXT = (r"\S(.*\S)?", "text on one line")
# {column: (regular expression, what it expects)}; an empty cell is allowed in the columns of OPTIONAL only.
FORMS = {
    "year": (r"(19|20|21)[0-9]{2}", "a year from 1900 to 2199"),
    "operation": NAME,
    "aircraft_class": TEXT,
    "flight_hours": WHOLE_NUMBER,
    "departures": WHOLE_NUMBER,
    "miles": WHOLE_NUMBER,
    "standard_error": (r"(100|[0-9]{1,2}(\.[0-9]{1,6})?)", "a percentage of flight_hours from 0 to 100"),
    "source": TEXT,
    "retrieved": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2026-11-30"),
    "definition": NAME,
    "note": TEXT,
}
OPTIONAL = ("flight_hours", "departures", "miles", "standard_error", "note")


def find_mistakes(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return a message for every cell of another form and every repeated key.

    A row is (file stem, line number, *cells), as `mappings.read_csv_files` returns it.
    """
    if tuple(columns) != COLUMNS:
        names = printable(", ".join(columns))
        return [f"line 1: expected the columns {', '.join(COLUMNS)}, found {names}; correct it"]
    mistakes: list[str] = []
    lines: dict[tuple[Cell, ...], Cell] = {}
    for _, line, *cells in rows:
        values = dict(zip(COLUMNS, cells, strict=True))
        mistakes += [f"line {line}, {message}" for message in _wrong_cells(values)]
        key = tuple(values[name] for name in KEY)
        if key in lines:
            mistakes.append(f"line {line}: expected one line per {', '.join(KEY)}, found line {lines[key]}; remove one")
        lines.setdefault(key, line)
    return mistakes


def _wrong_cells(values: Mapping[str, Cell]) -> list[str]:
    """Return a message for every value of a line that has another form than FORMS."""
    messages = []
    for name, value in values.items():
        pattern, expected = FORMS[name]
        text = "" if value is None else str(value)
        if not text and name not in OPTIONAL:
            messages.append(f"{name}: expected {expected}, found none; add it")
        elif text and not (
            re.fullmatch(pattern, text) and text.isprintable() and (name != "retrieved" or _is_date(text))
        ):
            messages.append(f"{name}: expected {expected}, found {printable(text, 80)}; correct it")
    return messages


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
