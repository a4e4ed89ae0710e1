"""Tables of a Jet 4 file: rows as bytes, long values on pages of their own, the table's definition."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from samples.jet4_pages import EPOCH, PAGE, PageFile, Shelf, usage_map

CODES = {"BOOLEAN": 1, "BYTE": 2, "INT": 3, "LONG": 4, "SINGLE": 6, "DOUBLE": 7, "DATETIME": 8}
CODES |= {"BINARY": 9, "TEXT": 10, "OLE": 11, "MEMO": 12}
FORMATS = {"BYTE": "<B", "INT": "<h", "LONG": "<i", "SINGLE": "<f", "DOUBLE": "<d", "DATETIME": "<d"}
LONG_VALUES = ("MEMO", "OLE")
MAX_ROW = 4060  # bytes
MAX_CHUNK = 4076  # bytes of a long value that fit on one page
MAX_INSIDE = 64  # longer values leave the row
MAX_COMPRESSED = 1024  # characters; longer text is stored as plain UTF-16
LVAL = int.from_bytes(b"LVAL", "big")  # owner of pages with long values
MAGIC = 1625


class AccessWriteError(ValueError):
    """What was given does not fit into the Access file."""


@dataclass(frozen=True)
class Column:
    """One column. `length` is characters and counts for TEXT only; `pk` is the place in the primary key, or None."""

    name: str
    type: str
    length: int = 0
    pk: int | None = None

    def is_variable(self) -> bool:
        """Whether values have free width."""
        return self.type not in FORMATS and self.type != "BOOLEAN"

    def width(self) -> int:
        """Bytes that the definition names as the column's length."""
        if self.type in FORMATS:
            return struct.calcsize(FORMATS[self.type])
        return {"BOOLEAN": 1, "TEXT": self.length * 2, "BINARY": self.length}.get(self.type, 0)


def encode(text: str) -> bytes:
    """Text as Jet 4 stores it: one byte a character after FF FE where that is allowed and shorter, else UTF-16."""
    if 2 < len(text) <= MAX_COMPRESSED and "\0" not in text and max(text) <= "\xff":
        return b"\xff\xfe" + text.encode("latin-1")
    return text.encode("utf-16-le")


def days(moment: date) -> float:
    """Days since 1899-12-30; before that day the time of day counts away from zero, as in OLE dates."""
    if not isinstance(moment, datetime):
        return float((moment - EPOCH).days)
    whole = (moment.date() - EPOCH).days
    part = (moment - datetime.combine(moment.date(), time())).total_seconds() / 86400
    return whole - part if whole < 0 else whole + part


class Table:
    """One table being written. `add` takes the values of a row in the order of the columns; `close` writes the rest."""

    def __init__(self, file: PageFile, name: str, columns: Sequence[Column], page: int | None = None) -> None:
        unknown = [f"{c.name} is {c.type}" for c in columns if c.type not in CODES]
        if unknown:
            raise AccessWriteError(f"{name}: unknown column types ({', '.join(unknown)}); known are {', '.join(CODES)}")
        self.file, self.name, self.columns = file, name, list(columns)
        self.long_values = {c.name: Shelf(file, LVAL) for c in columns if c.type in LONG_VALUES}
        beyond = -(-max(0, self.size() - PAGE) // (PAGE - 8))
        first = file.reserve() if page is None else page
        self.pages = [first, *(file.reserve() for _ in range(beyond))]
        self.rows = 0
        self.shelf = Shelf(file, self.pages[0])

    def add(self, values: Sequence[Any]) -> None:
        """Appends a row; None is NULL, an empty string stays an empty string."""
        fixed, variable, ends, mask = bytearray(), bytearray(), [], 0
        start = 2 + sum(c.width() for c in self.columns if c.type in FORMATS)
        for place, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            # The bit of a yes/no column is its value, everywhere else it says "not NULL".
            if value is not None and (column.type != "BOOLEAN" or value):
                mask |= 1 << place
            if column.type in FORMATS:
                fixed += self.number(column, value)
            elif column.is_variable():
                ends.append(start + len(variable))
                variable += b"" if value is None else self.stored(column, value)
        row = struct.pack("<H", len(self.columns)) + fixed + variable
        if ends:
            tail = [start + len(variable), *reversed(ends), len(ends)]
            row += struct.pack(f"<{len(tail)}H", *tail)
        row += mask.to_bytes((len(self.columns) + 7) // 8, "little")
        if len(row) > MAX_ROW:
            raise AccessWriteError(f"{self.name}, row {self.rows + 1}: {len(row)} bytes, at most {MAX_ROW} fit")
        self.shelf.add(row)
        self.rows += 1

    def number(self, column: Column, value: Any) -> bytes:
        """A value of fixed width; NULL takes its room too."""
        shape = FORMATS[column.type]
        try:
            return struct.pack(shape, 0 if value is None else days(value) if column.type == "DATETIME" else value)
        except (struct.error, OverflowError, TypeError, AttributeError) as error:
            place = f"{self.name}.{column.name}, row {self.rows + 1}"
            raise AccessWriteError(f"{place}: {value!r} does not fit into {column.type} ({error})") from error

    def stored(self, column: Column, value: Any) -> bytes:
        """A value of free width as it stands in the row."""
        if column.type == "TEXT" and len(value) > column.length:
            place = f"{self.name}.{column.name}, row {self.rows + 1}"
            raise AccessWriteError(f"{place}: {value[:80]!r} has {len(value)} characters, allowed are {column.length}")
        data = encode(value) if isinstance(value, str) else bytes(value)
        return self.reference(column, data) if column.type in LONG_VALUES else data

    def reference(self, column: Column, data: bytes) -> bytes:
        """Twelve bytes for a long value: length with a flag, and where it lies; a short one follows at once."""
        if len(data) <= MAX_INSIDE:
            return struct.pack("<III", len(data) | 0x80 << 24, 0, 0) + data
        shelf = self.long_values[column.name]
        if len(data) <= MAX_CHUNK:
            return struct.pack("<III", len(data) | 0x40 << 24, shelf.add(data), 0)
        following = 0
        for start in reversed(range(0, len(data), MAX_CHUNK)):
            following = shelf.add(struct.pack("<I", following) + data[start : start + MAX_CHUNK])
        return struct.pack("<III", len(data), following, 0)

    def close(self) -> None:
        """Writes open pages, usage maps and the definition."""
        for shelf in (self.shelf, *self.long_values.values()):
            shelf.close()
        maps = Shelf(self.file, 0)
        definition = self.definition(lambda numbers: maps.add(usage_map(self.file, numbers)))
        maps.close()
        self.put_definition(definition)

    def size(self) -> int:
        """Bytes of the definition."""
        names = sum(len(c.name.encode("utf-16-le")) for c in self.columns)
        return 65 + 27 * len(self.columns) + names + 10 * len(self.long_values)

    def definition(self, mapped: Callable[[list[int]], int]) -> bytes:
        """The table's definition; `mapped` stores a usage map and gives its address."""
        variable = sum(c.is_variable() for c in self.columns)
        kind = b"S" if self.name.startswith("MSys") else b"N"
        body = struct.pack("<BBHIIIIIB15x", 2, 1, 0, 0, self.size(), MAGIC, self.rows, 0, 1)
        body += kind + struct.pack("<HHHII", len(self.columns), variable, len(self.columns), 0, 0)
        body += struct.pack("<II", mapped(self.shelf.numbers), mapped([]))
        body += self.described()
        for column in self.columns:
            name = column.name.encode("utf-16-le")
            body += struct.pack("<H", len(name)) + name
        for place, column in enumerate(self.columns):
            if column.type in LONG_VALUES:
                body += struct.pack("<HII", place, mapped(self.long_values[column.name].numbers), mapped([]))
        return body + b"\xff\xff"

    def described(self) -> bytes:
        """Twenty-five bytes for each column: type, place, where its value lies in a row."""
        described = b""
        offset = variable = 0
        for place, column in enumerate(self.columns):
            text, free = column.type in ("TEXT", "MEMO"), column.is_variable()
            described += struct.pack("<BIHHH", CODES[column.type], MAGIC, place, variable, place)
            described += struct.pack("<IBBI", 0x409 if text else 0, 2 if free else 3, int(text), 0)
            described += struct.pack("<HH", 0 if free else offset, column.width())
            variable += free
            offset += column.width() if column.type in FORMATS else 0
        return described

    def put_definition(self, definition: bytes) -> None:
        """Cuts the definition into pages that point to one another."""
        # The first page's head is part of the definition; every other page gets a head of its own.
        parts = [definition[8:PAGE], *(definition[i : i + PAGE - 8] for i in range(PAGE, len(definition), PAGE - 8))]
        for number, following, part in zip(self.pages, [*self.pages[1:], 0], parts, strict=True):
            head = struct.pack("<HHI", 0x102, max(0, PAGE - len(part) - 16), following)
            self.file.put(number, head + part)
