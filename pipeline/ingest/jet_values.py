"""Values of an Access file as text, one column of a block of rows at a time.

Whole numbers in decimal notation; fractions as the shortest text with the same value; Currency and Decimal with all
their digits; dates as `2012-03-04 00:00:00`, with the fraction of a second if there is one; Yes/No as 1 and 0; GUIDs in
braces; Binary and OLE as \\x and hexadecimal digits; complex values as the number that identifies them.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest import jet_text
from pipeline.ingest.arrow_arrays import to_arrow
from pipeline.ingest.jet_file import JetFile, Numbers
from pipeline.ingest.jet_rows import Cells, Rows
from pipeline.ingest.jet_tables import BINARY, BOOLEAN, DATETIME, DECIMAL, EXTENDED, GUID, MEMO, OLE, TEXT, JetColumn
from pipeline.ingest.jet_text import Pieces
from pipeline.ingest.long_values import LongValueReader

Column = tuple[pa.Array, dict[int, str]]
STRING = pa.large_string()
NUMBERS = {2: "<u1", 3: "<i2", 4: "<i4", 5: "<i8", 6: "<f4", 7: "<f8", DATETIME: "<f8", 18: "<i4", 19: "<i8"}
CURRENCY, FLOATS = 5, (6, 7)
# Days from 1899-12-30, the zero of Access, to 1970-01-01; the first and the last day that Access allows, 100 to 9999.
UNIX_EPOCH, FIRST_DAY, LAST_DAY = 25569, -657434, 2958465
DAY_US = 86_400_000_000
EXTENDED_DATE = re.compile(rb"([0-9]{19}):([0-9]{12})([0-9]{7}):")
OUTSIDE_ROW, INVALID_DATE = "its offset is outside its row", "it is not a date between the years 100 and 9999"
WRONG_LENGTH, CALCULATED = "its length is wrong", "calculated columns are not supported"


def read_column(rows: Rows, column: JetColumn, long_values: LongValueReader) -> Column:
    """Return the values of a column as text, NULL where there is none, and {row index: reason} of unreadable values."""
    cells = rows.cells(column)
    problems = dict.fromkeys(np.flatnonzero(cells.is_damaged).tolist(), OUTSIDE_ROW)
    if column.type == BOOLEAN and not column.is_calculated:
        return _read_booleans(rows, column), {}
    if not cells.has_value.any():
        return pa.nulls(len(cells.has_value), STRING), problems
    if column.is_calculated:
        array, more = (
            pa.nulls(len(cells.has_value), STRING),
            dict.fromkeys(np.flatnonzero(cells.has_value).tolist(), CALCULATED),
        )
    elif column.type in (TEXT, MEMO, OLE, BINARY):
        array, more = _read_variable(rows, column, cells, long_values)
    else:
        array, more = _read_fixed(rows.file, column, cells)
    return array, problems | more


def _read_booleans(rows: Rows, column: JetColumn) -> pa.Array:
    """Return the bits in the mask, which are the values; rows older than the column are false, like in Access."""
    is_true = rows.has_value[column.number] if column.number < len(rows.has_value) else np.zeros(len(rows.start), bool)
    return to_arrow(is_true, mask=rows.is_damaged).cast(pa.uint8()).cast(STRING)


def _read_variable(rows: Rows, column: JetColumn, cells: Cells, long_values: LongValueReader) -> Column:
    """Return the values of a Text, Memo, Binary or OLE column, as `read_column` does."""
    problems: dict[int, str] = {}
    pieces = Pieces(np.arange(len(cells.start)), cells.start, cells.length, rows.order)
    if column.type in (MEMO, OLE):
        pieces, problems = long_values.find(cells)
    has_value = cells.has_value.copy()
    has_value[list(problems)] = False
    if column.type in (TEXT, MEMO):
        array, more = jet_text.decode(rows.file, has_value, pieces)
        return array, problems | more
    data, offsets = jet_text.gather(rows.file, pieces)
    offsets = offsets[np.searchsorted(pieces.row, np.arange(len(has_value) + 1))]
    texts = [
        f"\\x{data[offsets[row] : offsets[row + 1]].tobytes().hex()}" if has else None
        for row, has in enumerate(has_value.tolist())
    ]
    return pa.array(texts, STRING), problems


def _read_fixed(file: JetFile, column: JetColumn, cells: Cells) -> Column:
    """Return the values of a column of fixed width, as `read_column` does."""
    is_wrong = cells.has_value & (cells.length != column.width)
    has_value = cells.has_value & ~is_wrong
    problems = dict.fromkeys(np.flatnonzero(is_wrong).tolist(), WRONG_LENGTH)
    offsets = cells.start[has_value]
    if column.type in NUMBERS:
        array, more = _format_numbers(column.type, file.numbers(NUMBERS[column.type])[offsets])
    else:
        array, more = _format_one_by_one(file, column, offsets)
    rows = np.flatnonzero(has_value)
    problems |= {int(rows[index]): reason for index, reason in more.items()}
    if not has_value.all():
        array = array.take(to_arrow(np.cumsum(has_value) - 1, mask=~has_value))
    return array, problems


def _format_numbers(kind: int, values: Numbers) -> Column:
    """Return numbers, dates and Currency values as text."""
    if kind == DATETIME:
        return format_dates(values)
    if kind in FLOATS:
        return format_floats(values), {}
    if kind == CURRENCY:
        return pa.array([format_decimal(value, 4) for value in values.tolist()], STRING), {}
    return to_arrow(values).cast(STRING), {}


def format_floats(values: Numbers) -> pa.Array:
    """Return the shortest text of the same value; whole numbers have neither an exponent nor a fraction."""
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        is_whole = (size < 1e15) & (values == np.trunc(values)) & ~((values == 0) & np.signbit(values))
        is_plain = (size >= 1e-4) & (size < 1e15)
    whole = to_arrow(np.where(is_whole, values, 0).astype(np.int64)).cast(STRING)
    if is_whole.all():
        return whole
    texts = pc.if_else(to_arrow(is_whole), whole, to_arrow(np.where(is_plain, values, 0)).cast(STRING))
    if len(others := np.flatnonzero(~is_whole & ~is_plain)):
        is_other = np.zeros(len(values), bool)
        is_other[others] = True
        # str, because float() of a Single would add digits.
        texts = pc.replace_with_mask(
            texts, to_arrow(is_other), pa.array([str(values[i]).removesuffix(".0") for i in others], STRING)
        )
    return texts


def format_decimal(digits: int, scale: int) -> str:
    """Return digits / 10^scale in decimal notation, with `scale` digits after the point."""
    text = str(abs(digits)).zfill(scale + 1)
    whole, fraction = text[: len(text) - scale], text[len(text) - scale :]
    return f"{'-' if digits < 0 else ''}{whole}{'.' if scale else ''}{fraction}"


def format_dates(values: Numbers) -> Column:
    """Return days since 1899-12-30 as dates with time of day; before that day the fraction counts forward, too.

    The number nearest to a millisecond stands for it; others are rounded to a microsecond.
    """
    is_valid = (values > FIRST_DAY - 1) & (values < LAST_DAY + 1)
    days = np.trunc(np.where(is_valid, values, 0))
    time_us = np.abs(np.where(is_valid, values, 0) - days) * DAY_US
    time_ms = np.rint(time_us / 1000) * 1000
    is_exact = np.abs(time_us - time_ms) <= np.spacing(np.abs(days) + 1) * DAY_US
    total_us = (days.astype(np.int64) - UNIX_EPOCH) * DAY_US + np.where(is_exact, time_ms, np.rint(time_us)).astype(
        np.int64
    )
    is_valid &= total_us < (LAST_DAY + 1 - UNIX_EPOCH) * DAY_US
    has_fraction = total_us % 1_000_000 != 0
    texts = to_arrow(total_us // 1_000_000, pa.timestamp("s"), mask=~is_valid).cast(STRING)
    if has_fraction.any():
        is_fraction_ms = total_us % 1000 == 0
        ms = to_arrow(total_us // 1000, pa.timestamp("ms"), mask=~is_valid).cast(STRING)
        us = to_arrow(total_us, pa.timestamp("us"), mask=~is_valid).cast(STRING)
        texts = pc.if_else(to_arrow(has_fraction), pc.if_else(to_arrow(is_fraction_ms), ms, us), texts)
    return texts, dict.fromkeys(np.flatnonzero(~is_valid).tolist(), INVALID_DATE)


def _format_one_by_one(file: JetFile, column: JetColumn, offsets: Numbers) -> Column:
    """Return values of rare types."""
    formatters: dict[int, Callable[[bytes], str]] = {
        GUID: format_guid,
        DECIMAL: lambda data: format_stored_decimal(data, column.scale),
        EXTENDED: format_extended_date,
    }
    problems: dict[int, str] = {}

    def texts() -> Iterator[str | None]:
        for index, offset in enumerate(offsets.tolist()):
            try:
                yield formatters[column.type](file.content[offset : offset + (column.width or 0)].tobytes())
            except (ValueError, OverflowError):
                problems[index] = INVALID_DATE
                yield None

    array = pa.array(list(texts()), STRING)
    return array, problems


def format_guid(data: bytes) -> str:
    """Return a GUID in braces; its first three parts are stored with the lowest byte first."""
    parts = (data[3::-1], data[5:3:-1], data[7:5:-1], data[8:10], data[10:])
    return "{" + "-".join(part.hex() for part in parts).upper() + "}"


def format_stored_decimal(data: bytes, scale: int) -> str:
    """Return a Decimal: a byte with the sign, then four words, the highest one first."""
    words = (int.from_bytes(data[first : first + 4], "little") for first in range(1, 17, 4))
    digits = 0
    for word in words:
        digits = digits << 32 | word
    return format_decimal(-digits if data[0] & 0x80 else digits, scale)


def format_extended_date(data: bytes) -> str:
    """Return a Date/Time Extended, stored as digits: days since 0001-01-01, seconds, 100 ns. Raises ValueError."""
    match = EXTENDED_DATE.match(data)
    if match is None or int(match[2]) >= DAY_US // 1_000_000:
        raise ValueError(data)
    moment = datetime.combine(date(1, 1, 1), datetime.min.time()) + timedelta(int(match[1]), int(match[2]))
    fraction = match[3].decode().rstrip("0")
    return moment.isoformat(" ") + (f".{fraction}" if fraction else "")
