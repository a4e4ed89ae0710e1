"""Random values for the columns of generated Access files, with the rare ones that readers lose."""

import struct
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from samples.jet4_tables import compress
from tests.access_files.access_formats import JetFormat
from tests.access_files.access_values import (
    MILLISECONDS_PER_DAY,
    JetColumn,
    OutOfRange,
)

BMP = (
    "abc XYZ 0123.,;:",
    "\"'\\,;|\n\r\t \\N\\.",
    "äöüéßÿ§°½",
    "ДЖя中文字“€\u2019",  # no byte is 00: text can be compressed
    "ĀȀ一가",  # the low byte is 00: it cannot be
    "\x01\x07\x1b\x7f\x85\u2028\ufffd\uffff",
    "\ufeff\ufffe",
)
ASTRAL = "\U0001f6e9\U00020000\U0010ffff"
UNLOADABLE = "\0\ud83d\udc00"
CODE_PAGE_LETTERS = {1252: "äöüéß\u2019“€°½", 1250: "ěščřžýáíé", 1251: "ДЖяЫъ", 932: "日本語カナｶﾅ"}
EDGE_DATES = (
    *(datetime(100, 1, 1), datetime(1887, 5, 5), datetime(1899, 12, 29, 18), datetime(1899, 12, 30)),
    *(
        datetime(1899, 12, 30, 23, 59, 59, 997000),
        datetime(1899, 12, 31, 10, 30),
        datetime(2024, 2, 29, 23, 59, 59, 997000),
    ),
    *(
        datetime(1752, 9, 14, 6, 0, 0, 1000),
        datetime(9998, 12, 31, 23, 59, 59),
        datetime(9999, 12, 31, 23, 59, 59, 999000),
    ),
)
OUT_OF_RANGE = (-657435.0, 2958466.0, 1e300, -1e300, float("nan"), float("inf"))
INTEGER_BYTES = {"byte": 0, "integer": 2, "long": 4, "bigint": 8, "complex": 4}


def random_text(random: Random, jet: JetFormat, code_page: int, limit: int) -> str:
    """Return text of at most `limit` UTF-16 units, or bytes of the code page in Jet 3."""
    letters = random.choice(BMP[:2])
    letters += CODE_PAGE_LETTERS[code_page] if jet.is_jet3 else "".join(random.sample(BMP, 2))
    if not jet.is_jet3 and random.random() < 0.15:
        letters += ASTRAL
    if random.random() < 0.04:
        letters += "\0" if jet.is_jet3 else UNLOADABLE
    length = min(limit, random.choice((0, 1, 2, 3, 8, 20, limit)))
    if jet.is_jet3:
        letters = "".join(
            random.choices([c for c in letters if c < "\x80" or c in CODE_PAGE_LETTERS[code_page]], k=length)
        )
        return letters.encode(f"cp{code_page}")[:limit].decode(f"cp{code_page}", "ignore")
    text = "".join(random.choices(letters, k=length))
    return storable(text.encode("utf-16-le", "surrogatepass")[: 2 * limit])


def storable(units: bytes) -> str:
    """Return text, without U+FEFF at its start if that is ambiguous.

    Uncompressed, such text begins with the mark of compressed text.
    """
    text = units.decode("utf-16-le", "surrogatepass")
    return text.lstrip("\ufeff") if text[:1] == "\ufeff" and compress(text) is None else text


def random_date(random: Random) -> datetime | OutOfRange:
    chance = random.random()
    if chance < 0.03:
        return OutOfRange(random.choice(OUT_OF_RANGE))
    if chance < 0.25:
        return random.choice(EDGE_DATES)
    if chance < 0.6:
        return datetime(1940, 1, 1) + timedelta(days=random.randrange(36_000))
    unit = random.choice((1000, 60_000, 1))
    start = datetime(1800, 1, 1) if chance < 0.7 else datetime(1950, 1, 1)
    return start + timedelta(milliseconds=random.randrange(100 * 365 * MILLISECONDS_PER_DAY) // unit * unit)


def random_float(random: Random, is_single: bool) -> float:
    value = random.choice(
        (
            *(0.0, -0.0, 0.1, 1.5, -33.25, 1e10, 123456789.0, 5e-324, float("inf"), float("nan")),
            *(
                random.uniform(-1e6, 1e6),
                random.uniform(-90, 90),
                random.uniform(-1, 1) * 10 ** random.randint(-30, 30),
            ),
        )
    )
    return struct.unpack("<f", struct.pack("<f", value))[0] if is_single else value


def random_integer(random: Random, size: int) -> int:
    """Return a signed number of `size` bytes, or an unsigned byte if `size` is 0."""
    low, high = (-(256**size) // 2, 256**size // 2 - 1) if size else (0, 255)
    return random.choice((low, high, 0, 1, random.randint(low, high), random.randint(0, 100)))


def random_decimal(random: Random, digits: int, scale: int) -> Decimal:
    whole = random.choice((0, 1, 10**digits - 1, random.randrange(10 ** random.randint(1, digits))))
    return Decimal(whole * random.choice((1, -1))).scaleb(-scale)


def random_value(random: Random, jet: JetFormat, column: JetColumn, code_page: int, is_short: bool) -> Any:
    """Return a value that is not NULL; `is_short` avoids values that fill a row."""
    if column.type == "text":
        limit = column.size if jet.is_jet3 else column.size // 2
        if column.is_fixed:
            return "".join(random.choices("abc XYZ", k=random.randint(0, limit))).ljust(limit)
        return random_text(random, jet, code_page, min(limit, 10) if is_short else limit)
    if column.type in ("memo", "ole"):
        limit = random.choices((60, 1000, 6000, 0), (60, 25, 14, 1))[0] or random.choice((100_000, 250_018))
        if column.type == "ole":
            return random.randbytes(random.randint(0, min(limit, 20_000)))
        text = random_text(random, jet, code_page, min(limit, 300))
        copies = limit // max(1, len(text)) if random.random() < 0.5 else 1
        return text * copies if jet.is_jet3 else storable((text * copies).encode("utf-16-le", "surrogatepass"))
    if column.type == "binary":
        size = column.size if column.is_fixed else random.randint(1, 8 if is_short else column.size)
        return random.randbytes(size)
    return random_scalar(random, column)


def random_scalar(random: Random, column: JetColumn) -> Any:
    """Return a value of a type of fixed width."""
    if column.type in INTEGER_BYTES:
        return random_integer(random, INTEGER_BYTES[column.type])
    if column.type in ("single", "double"):
        return random_float(random, column.type == "single")
    if column.type == "money":
        return Decimal(random_integer(random, 8)).scaleb(-4)
    if column.type == "decimal":
        return random_decimal(random, 28, column.scale)
    if column.type == "guid":
        return str(UUID(int=random.getrandbits(128)))
    if column.type == "datetime_extended":
        return datetime(1, 1, 1) + timedelta(seconds=random.randrange(315_000_000_000)), random.randrange(10**7)
    return random_date(random) if column.type == "datetime" else random.random() < 0.5
