"""Values of corrections as texts that PostgreSQL casts without error; equal values compare equal."""

import re
import struct
from collections.abc import Callable
from datetime import date, datetime, time

Value = str | int | float | bool | date | datetime | time | None

TIME = r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
NUMBER = r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,4})?"


def parse_value(type_name: str, text: str | None) -> Value:
    """Return the value of a text for a column of a type. Raises ValueError if it is not of the type."""
    return None if text is None else PARSERS[type_name](text)


def _without_nul(text: str) -> str:
    """Return the text. Raises ValueError for a NUL character, which PostgreSQL does not store."""
    if "\0" in text:
        raise ValueError(text)
    return text


def _whole_number(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(_match(r"[-+]?\d{1,19}", text))
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return number

    return parse


def _double(text: str) -> float:
    number = float(_match(NUMBER, text.lower()))
    return _in_range(number, text)


def _real(text: str) -> float:
    # Raises OverflowError for a number that is too large.
    try:
        return _in_range(float(struct.unpack("f", struct.pack("f", _double(text)))[0]), text)
    except OverflowError as error:
        raise ValueError(text) from error


def _in_range(number: float, text: str) -> float:
    """Return the number. Raises ValueError if it is infinite, or 0 for a text that is not: PostgreSQL rejects both."""
    is_lost = number == 0 and re.search("[1-9]", text.lower().partition("e")[0])
    if number in (float("inf"), float("-inf")) or is_lost:
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[_match("true|false", text)]


def _match(pattern: str, text: str) -> str:
    """Return the text if all of it matches the pattern. Raises ValueError."""
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(text)
    return text


# {type of a column: parser}
PARSERS: dict[str, Callable[[str], Value]] = {
    "text": _without_nul,
    "integer": _whole_number(32),
    "bigint": _whole_number(64),
    "real": _real,
    "double precision": _double,
    "boolean": _boolean,
    "date": lambda text: date.fromisoformat(_match(r"\d{4}-\d{2}-\d{2}", text)),
    "timestamp without time zone": lambda text: datetime.fromisoformat(
        _match(rf"\d{{4}}-\d{{2}}-\d{{2}}[ T]{TIME}", text)
    ),
    "time without time zone": lambda text: time.fromisoformat(_match(TIME, text)),
}
EXAMPLES = {
    "boolean": "true or false",
    "date": "a date such as 2008-01-31",
    "timestamp without time zone": "a date and time such as 2008-01-31 14:05:00",
    "time without time zone": "a time such as 14:05",
    "integer": "a whole number",
    "bigint": "a whole number",
    "real": "a number",
    "double precision": "a number",
    "text": "a text",
}
