"""Tables of a Jet 4 file: row encoding, long values on separate pages, table definition."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from samples.jet4_pages import EPOCH, PAGE, PageFile, RecordWriter, usage_map

CODES = {"BOOLEAN": 1, "BYTE": 2, "INT": 3, "LONG": 4, "SINGLE": 6, "DOUBLE": 7, "DATETIME": 8}
CODES |= {"BINARY": 9, "TEXT": 10, "OLE": 11, "MEMO": 12}
FORMATS = {"BYTE": "<B", "INT": "<h", "LONG": "<i", "SINGLE": "<f", "DOUBLE": "<d", "DATETIME": "<d"}
LONG_VALUES = ("MEMO", "OLE")
MAX_ROW = 4060  # bytes
MAX_CHUNK = 4076  # bytes of a long value that fit on one page
MAX_INSIDE = 64  # longer values are stored outside the row
MAX_COMPRESSED = 1024  # characters; longer text is stored as UTF-16
LVAL = int.from_bytes(b"LVAL", "big")  # owner of pages with long values
MAGIC = 1625


class AccessWriteError(ValueError):
    """A schema or row that cannot be written to an Access file."""


@dataclass(frozen=True)
class Column:
    """One column. `length`: characters, for TEXT only; `pk`: position in the primary key, or None."""

    name: str
    type: str
    length: int = 0
    pk: int | None = None

    def is_variable(self) -> bool:
        """Return True for types of variable width."""
        return self.type not in FORMATS and self.type != "BOOLEAN"

    def width(self) -> int:
        """Return the length of the column in bytes, as in the table definition."""
        if self.type in FORMATS:
            return struct.calcsize(FORMATS[self.type])
        return {"BOOLEAN": 1, "TEXT": self.length * 2, "BINARY": self.length}.get(self.type, 0)


def compress(text: str) -> bytes | None:
    """Return the compressed text: FF FE, then one byte per character; 00 switches to UTF-16 and back.

    None if a byte of a UTF-16 unit beyond U+00FF is 00, which would switch too, or a character is U+0000.
    """
    data, is_wide = bytearray(b"\xff\xfe"), False
    wide = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(wide[::2], wide[1::2], strict=True):
        if not low:
            return None
        if is_wide != bool(high):
            data.append(0)
            is_wide = not is_wide
        data += bytes((low, high)) if is_wide else bytes((low,))
    return bytes(data)


def encode(text: str) -> bytes:
    """Return a text as Jet 4 stores it: compressed (FF FE, a byte per character) if possible and shorter, else UTF-16.

    Text that starts with U+FEFF is compressed, as its UTF-16 starts with the mark of compressed text; AccessWriteError
    if it cannot be.
    """
    if text[:1] == "\ufeff":
        if (data := compress(text)) is None:
            raise AccessWriteError(f"{text[:80]!r} starts with U+FEFF, and cannot be compressed")
        return data
    if 2 < len(text) <= MAX_COMPRESSED and "\0" not in text and max(text) <= "\xff":
        return b"\xff\xfe" + text.encode("latin-1")
    return text.encode("utf-16-le")


def days(value: date) -> float:
    """Return the OLE date: days since 1899-12-30; before that date the time of day is subtracted instead of added."""
    if not isinstance(value, datetime):
        return float((value - EPOCH).days)
    whole = (value.date() - EPOCH).days
    part = (value - datetime.combine(value.date(), time())).total_seconds() / 86400
    return whole - part if whole < 0 else whole + part


class Table:
    """Writer of one table: `add` appends a row, `close` writes open pages and the definition."""

    def __init__(self, file: PageFile, name: str, columns: Sequence[Column], page: int | None = None) -> None:
        unknown = [f"{c.name} is {c.type}" for c in columns if c.type not in CODES]
        if unknown:
            raise AccessWriteError(f"{name}: unknown column types ({', '.join(unknown)}); known are {', '.join(CODES)}")
        self.file, self.name, self.columns = file, name, list(columns)
        self.long_values = {c.name: RecordWriter(file, LVAL) for c in columns if c.type in LONG_VALUES}
        extra_pages = -(-max(0, self.size() - PAGE) // (PAGE - 8))
        first = file.reserve() if page is None else page
        self.pages = [first, *(file.reserve() for _ in range(extra_pages))]
        self.rows = 0
        self.row_writer = RecordWriter(file, self.pages[0])

    def add(self, values: Sequence[Any]) -> None:
        """Append a row, given as values in the order of the columns; None is NULL."""
        fixed, variable, ends, mask = bytearray(), bytearray(), [], 0
        start = 2 + sum(c.width() for c in self.columns if c.type in FORMATS)
        for index, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            # The bit of a yes/no column is its value; of other columns it means not NULL.
            if value is not None and (column.type != "BOOLEAN" or value):
                mask |= 1 << index
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
        self.row_writer.add(row)
        self.rows += 1

    def number(self, column: Column, value: Any) -> bytes:
        """Return the bytes of a fixed-width value; NULL has the same width."""
        shape = FORMATS[column.type]
        try:
            return struct.pack(shape, 0 if value is None else days(value) if column.type == "DATETIME" else value)
        except (struct.error, OverflowError, TypeError, AttributeError) as error:
            cell = f"{self.name}.{column.name}, row {self.rows + 1}"
            raise AccessWriteError(f"{cell}: {value!r} does not fit into {column.type} ({error})") from error

    def stored(self, column: Column, value: Any) -> bytes:
        """Return the bytes of a variable-width value within the row."""
        if column.type == "TEXT" and len(value) > column.length:
            cell = f"{self.name}.{column.name}, row {self.rows + 1}"
            raise AccessWriteError(f"{cell}: {value[:80]!r} has {len(value)} characters, allowed are {column.length}")
        data = encode(value) if isinstance(value, str) else bytes(value)
        return self.reference(column, data) if column.type in LONG_VALUES else data

    def reference(self, column: Column, data: bytes) -> bytes:
        """Return twelve bytes for a long value: length with a flag, and its address; a short value follows inline."""
        if len(data) <= MAX_INSIDE:
            return struct.pack("<III", len(data) | 0x80 << 24, 0, 0) + data
        writer = self.long_values[column.name]
        if len(data) <= MAX_CHUNK:
            return struct.pack("<III", len(data) | 0x40 << 24, writer.add(data), 0)
        following = 0
        for start in reversed(range(0, len(data), MAX_CHUNK)):
            following = writer.add(struct.pack("<I", following) + data[start : start + MAX_CHUNK])
        return struct.pack("<III", len(data), following, 0)

    def close(self) -> None:
        """Write open pages, usage maps and the definition."""
        for writer in (self.row_writer, *self.long_values.values()):
            writer.close()
        maps = RecordWriter(self.file, 0)
        definition = self.definition(lambda numbers: maps.add(usage_map(self.file, numbers)))
        maps.close()
        self.put_definition(definition)

    def size(self) -> int:
        """Return the size of the definition in bytes."""
        names = sum(len(c.name.encode("utf-16-le")) for c in self.columns)
        return 65 + 27 * len(self.columns) + names + 10 * len(self.long_values)

    def definition(self, store_map: Callable[[list[int]], int]) -> bytes:
        """Return the bytes of the table definition; `store_map` stores a usage map of pages and returns its address."""
        variable = sum(c.is_variable() for c in self.columns)
        kind = b"S" if self.name.startswith("MSys") else b"N"
        body = struct.pack("<BBHIIIIIB15x", 2, 1, 0, 0, self.size(), MAGIC, self.rows, 0, 1)
        body += kind + struct.pack("<HHHII", len(self.columns), variable, len(self.columns), 0, 0)
        body += struct.pack("<II", store_map(self.row_writer.numbers), store_map([]))
        body += self.column_definitions()
        for column in self.columns:
            name = column.name.encode("utf-16-le")
            body += struct.pack("<H", len(name)) + name
        for index, column in enumerate(self.columns):
            if column.type in LONG_VALUES:
                body += struct.pack("<HII", index, store_map(self.long_values[column.name].numbers), store_map([]))
        return body + b"\xff\xff"

    def column_definitions(self) -> bytes:
        """Return 25 bytes per column: type, position, location of its value in a row."""
        definitions = b""
        offset = variable = 0
        for index, column in enumerate(self.columns):
            text, is_variable = column.type in ("TEXT", "MEMO"), column.is_variable()
            definitions += struct.pack("<BIHHH", CODES[column.type], MAGIC, index, variable, index)
            definitions += struct.pack("<IBBI", 0x409 if text else 0, 2 if is_variable else 3, int(text), 0)
            definitions += struct.pack("<HH", 0 if is_variable else offset, column.width())
            variable += is_variable
            offset += column.width() if column.type in FORMATS else 0
        return definitions

    def put_definition(self, definition: bytes) -> None:
        """Write the definition as a linked list of pages."""
        # The head of the first page is part of the definition; every other page has a separate head.
        parts = [definition[8:PAGE], *(definition[i : i + PAGE - 8] for i in range(PAGE, len(definition), PAGE - 8))]
        for number, following, part in zip(self.pages, [*self.pages[1:], 0], parts, strict=True):
            head = struct.pack("<HHI", 0x102, max(0, PAGE - len(part) - 16), following)
            self.file.put(number, head + part)
