"""A reviewed correction, as a line of a CSV file or an entry of a TOML file declares it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date

from pipeline.errors import printable

# What every correction states: its document, who reviewed it, and when.
REVIEW = ("source", "reviewer", "date")
EMPTY_TEXT = "''"

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# (value now, value after)
Change = tuple[str | None, str | None]


@dataclass(frozen=True)
class Correction:
    """A correction of one value, or of all rows that a bulk rule selects.

    `kind`: value, mapping or copy. `key`: values of the primary key, for a value only. `changes`: one for a value,
    those of a mapping, none for a copy, which takes the value of `from_column`. `rows`: the rows that a bulk rule
    changes, within `tolerance`. `origin`: file and line, for messages.
    """

    id: str
    kind: str
    table: str
    column: str
    source: str
    reviewer: str
    date: str
    origin: str
    key: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    from_column: str = ""
    only_null: bool = False
    where: Change | None = None
    rows: int | None = None
    tolerance: int = 0


def read_value(text: str) -> str | None:
    """Return the value that a cell states: None for an empty cell, an empty string for two apostrophes."""
    return "" if text == EMPTY_TEXT else text or None


def format_value(value: str | None) -> str:
    """Return a value as text for people."""
    return "NULL" if value is None else repr(value)


def derived_id(*parts: object) -> str:
    """Return 12 hex digits over the content of a correction without an id of its own."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def review_mistakes(values: Mapping[str, str]) -> list[str]:
    """Return a message for each of `source`, `reviewer` and `date` that is missing or malformed."""
    mistakes = [f"{name}: expected a text, found none; add it" for name in REVIEW if not values[name].strip()]
    mistakes += [
        f"{name}: expected one line of text, found {printable(values[name], 80)!r}; correct it"
        for name in REVIEW
        if not values[name].isprintable()
    ]
    if values["date"].strip() and not is_date(values["date"]):
        mistakes.append(
            f"date: expected a date such as 2026-11-30, found {printable(values['date'], 80)!r}; correct it"
        )
    return mistakes


def is_date(text: str) -> bool:
    """Return True for a date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def digest(corrections: list[Correction], mistakes: list[str]) -> str:
    """Return a digest of the corrections, whatever their files and order; empty if there are none."""
    if not corrections and not mistakes:
        return ""
    contents = sorted(repr(astuple(correction)) for correction in map(without_origin, corrections))
    return hashlib.sha256(json.dumps([contents, sorted(mistakes)]).encode()).hexdigest()[:16]


def without_origin(correction: Correction) -> Correction:
    """Return the correction without its file and line."""
    return Correction(**{**vars(correction), "origin": ""})
