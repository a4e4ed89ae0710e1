"""Texts that the API has instead of codes: the meanings of codes.csv, except where api_words.csv has another text."""

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from samples.codes import meanings
from samples.vocabulary import LOCATIONS

Row = Mapping[str, Any]
Case = dict[str, Any]
# (table, column, code) to the text; None for no code.
Texts = Callable[[str, str, Any], str | None]
HOURS: dict[Any, int] = {(location.town, location.state): location.hours for location in LOCATIONS}
ANSWERS = {"Y": True, "N": False, "T": True, "F": False}


@cache
def words() -> dict[tuple[str, str, str], str]:
    """Return {(table, column, code): text} where the API's text is not the meaning of the code list."""
    with (Path(__file__).parent / "api_words.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {(table, column, code): text for table, column, code, text in rows}


def sample_texts(table: str, column: str, code: Any) -> str | None:
    """Return the text of a code of the samples; a code in no list, such as a planted defect, is its own text."""
    return text_of(meanings(), table, column, code)


def text_of(lists: Mapping[tuple[str, str, str], str], table: str, column: str, code: Any) -> str | None:
    """Return the text of a code: that of api_words.csv, else its meaning, else the code itself; None for no code."""
    if code is None:
        return None
    key = (table, column, str(code).strip())
    return words().get(key) or lists.get(key) or str(code)


def answer(code: Any) -> bool | None:
    """Return the truth value of a code for yes or no; None for unknown."""
    return code if isinstance(code, bool) else ANSWERS.get(str(code).strip().upper())


def clock(number: Any) -> str | None:
    """Return `HH:MM:SS` of a time HHMM; None for one that does not exist."""
    if number is None or not 0 <= number < 2400 or number % 100 > 59:
        return None
    return f"{int(number) // 100:02d}:{int(number) % 100:02d}:00"


def day(value: datetime | None) -> str | None:
    """Return the date in ISO format."""
    return value.date().isoformat() if value else None


def second(value: datetime | None) -> str | None:
    """Return the date and time in ISO format."""
    return value.isoformat(timespec="seconds") if value else None


def utc_offset(event: Row) -> int:
    """Return the hours from UTC to local time, with daylight saving time in the USA from April to October."""
    hours = HOURS.get((event.get("ev_city"), event.get("ev_state")))
    if hours is None:
        hours = -round((event.get("dec_longitude") or -90) / 15)
    return int(-hours + (event.get("ev_country") == "USA" and 4 <= event["ev_date"].month <= 10))


def joined(values: Iterable[str | None]) -> str | None:
    """Return the texts of a multi-valued column in one string; None if there is none."""
    return ", ".join(value for value in values if value) or None


def shuffled(rows: list[Case]) -> list[Case]:
    """Return the rows in the API's order, which is not that of their numbers: odd positions first, backwards."""
    return rows[1::2][::-1] + rows[::2]
