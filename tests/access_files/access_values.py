"""Values of generated Access files: what a column of each type stores, and as which bytes."""

import math
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from samples.jet4_tables import compress
from tests.access_files.access_formats import JetFormat

# Type: (code, bytes of a fixed value or 0, name in Access).
TYPES = {
    "boolean": (1, 1, "Yes/No"),
    "byte": (2, 1, "Byte"),
    "integer": (3, 2, "Integer"),
    "long": (4, 4, "Long"),
    "money": (5, 8, "Currency"),
    "single": (6, 4, "Single"),
    "double": (7, 8, "Double"),
    "datetime": (8, 8, "Date/Time"),
    "binary": (9, 0, "Binary"),
    "text": (10, 0, "Text"),
    "ole": (11, 0, "OLE Object"),
    "memo": (12, 0, "Memo"),
    "guid": (15, 16, "GUID"),
    "decimal": (16, 17, "Decimal"),
    "complex": (18, 4, "Complex"),
    "bigint": (19, 8, "Large Number"),
    "datetime_extended": (20, 42, "Date/Time Extended"),
}
NUMBERS = {"byte": "<B", "integer": "<h", "long": "<i", "single": "<f", "double": "<d", "complex": "<i", "bigint": "<q"}
ACE_ONLY = ("complex", "bigint", "datetime_extended")
SERIAL_ZERO = datetime(1899, 12, 30)
UNLOADABLE_CHARACTER = re.compile("[\0\ud800-\udfff]")
MILLISECONDS_PER_DAY = 86_400_000


@dataclass(frozen=True)
class OutOfRange:
    """A stored date serial that is no date from year 100 to 9999."""

    serial: float


@dataclass(frozen=True)
class JetColumn:
    """A column: `number` is its position in rows, `size` its width in bytes, `is_live` false if it was deleted."""

    name: str
    type: str
    number: int
    size: int
    is_fixed: bool
    scale: int = 0
    is_live: bool = True

    @property
    def fixed_width(self) -> int:
        return self.size if self.is_fixed and self.type != "boolean" else 0


def is_unreadable(value: Any) -> bool:
    """True for a value that PostgreSQL cannot store: U+0000, an unpaired surrogate, no date."""
    if isinstance(value, str):
        return UNLOADABLE_CHARACTER.search(value) is not None
    return isinstance(value, OutOfRange)


def date_serial(value: datetime) -> float:
    """Return the serial of a date with milliseconds; the time of a negative serial counts forward."""
    since = value - SERIAL_ZERO
    fraction = (since.seconds * 1000 + since.microseconds // 1000) / MILLISECONDS_PER_DAY
    return since.days - fraction if since.days < 0 else since.days + fraction


def serial_date(serial: float) -> datetime | OutOfRange:
    """Return the date of a serial, rounded to milliseconds."""
    if not math.isfinite(serial) or abs(serial) > 3_000_000:
        return OutOfRange(serial)
    days = math.trunc(serial)
    milliseconds = round(abs(serial - days) * MILLISECONDS_PER_DAY)
    try:
        date = SERIAL_ZERO + timedelta(days=days, milliseconds=milliseconds)
    except OverflowError:
        return OutOfRange(serial)
    return date if date.year >= 100 else OutOfRange(serial)


def text_bytes(jet: JetFormat, text: str, code_page: int, prefers_compressed: bool) -> bytes:
    """Return text as the format stores it; text that starts with U+FEFF is compressed."""
    if jet.is_jet3:
        return text.encode(f"cp{code_page}")
    compressed = compress(text) if text and (prefers_compressed or text[0] == "\ufeff") else None
    if compressed is None:
        assert text[:1] != "\ufeff", "wide text that starts with U+FEFF would be read as compressed"
        return text.encode("utf-16-le", "surrogatepass")
    return compressed


def decimal_bytes(value: Decimal, scale: int) -> bytes:
    """Return a sign byte and four words of 32 bits, the highest first."""
    whole = int(abs(value).scaleb(scale))
    words = [whole >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0)]
    return struct.pack("<B4I", 0x80 if value < 0 else 0, *words)


def extended_bytes(value: tuple[datetime, int]) -> bytes:
    """Return a date (with seconds) and its fraction in units of 100 ns, as digits."""
    date, fraction = value
    days = (date - datetime(1, 1, 1)).days
    seconds = date.hour * 3600 + date.minute * 60 + date.second
    return f"{days:019}:{seconds:012}{fraction:07}:7\0".encode()


def fixed_bytes(column: JetColumn, value: Any) -> bytes:
    """Return the bytes of a value of fixed width."""
    if column.type in NUMBERS:
        return struct.pack(NUMBERS[column.type], value)
    if column.type == "money":
        return struct.pack("<q", int(value.scaleb(4)))
    if column.type == "datetime":
        return struct.pack("<d", value.serial if isinstance(value, OutOfRange) else date_serial(value))
    if column.type == "guid":
        return UUID(value).bytes_le
    if column.type == "decimal":
        return decimal_bytes(value, column.scale)
    if column.type == "datetime_extended":
        return value if isinstance(value, bytes) else extended_bytes(value)
    assert isinstance(value, bytes)
    return value
