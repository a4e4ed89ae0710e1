"""Tables of generated Access files: rows with their long values, and table definitions of several pages."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.access_files.access_formats import LONG_VALUES, DataPages, JetFormat, JetPages, pointer, usage_map
from tests.access_files.access_values import TYPES, JetColumn, fixed_bytes, text_bytes


@dataclass(frozen=True)
class StoredBytes:
    """A value of variable width, given as the bytes that a row stores."""

    data: bytes


INLINE, SINGLE_PAGE, CHAINED = 0x80, 0x40, 0x00  # flags of a reference to a long value


def row_tail(jet: JetFormat, start: int, ends: Sequence[int], mask: bytes) -> bytes:
    """Return the offsets of the variable values and the mask of non-NULL columns, which end a row.

    `start` is the length of the row before them, `ends` the offset of each value. Jet 3 writes offsets as one byte and
    adds, for each 256 bytes, the number of the first value beyond.
    """
    offsets = [start, *reversed(ends)]
    if not jet.is_jet3:
        return struct.pack(f"<{len(offsets) + 1}H", *offsets, len(ends)) + mask
    in_order = [*ends, start]
    jumps = [next(i for i, offset in enumerate(in_order) if offset >= 256 * n) for n in range(1, start // 256 + 1)]
    size = start + len(offsets) + 1 + len(mask)
    # The number of jump bytes depends on the length of the row, which includes them; unused ones are 255.
    count = next(n for n in range(size) if (size + n - 1) // 256 == n)
    jumps += [255] * (count - len(jumps))
    return bytes(offset & 255 for offset in offsets) + bytes(reversed(jumps)) + bytes([len(ends)]) + mask


@dataclass
class TableWriter:
    """Writes the rows and the definition of one table. `columns` are in the order of their numbers."""

    pages: JetPages
    columns: Sequence[JetColumn]
    code_page: int
    page: int
    rows: DataPages = field(init=False)
    long_values: dict[str, DataPages] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = DataPages(self.pages, self.page)
        self.long_values = {
            c.name: DataPages(self.pages, LONG_VALUES) for c in self.columns if c.type in ("memo", "ole")
        }

    def row(self, values: Sequence[Any], garbage: Callable[[int], bytes] = bytes) -> bytes:
        """Return the bytes of a row; it has fewer values than the table has columns if columns were added later.

        `garbage` fills the place of NULLs of fixed width.
        """
        fixed, variable, ends, mask = b"", b"", [], 0
        columns = self.columns[: len(values)]
        head = struct.pack(f"<{self.pages.jet.count}", len(columns))
        start = len(head) + sum(column.fixed_width for column in columns)
        for column, value in zip(columns, values, strict=True):
            if value is not None and value is not False:
                mask |= 1 << column.number
            if column.type == "boolean":
                continue
            if column.is_fixed:
                fixed += garbage(column.size) if value is None else self.stored(column, value)
            else:
                ends.append(start + len(variable))
                variable += b"" if value is None else self.stored(column, value)
        data = head + fixed + variable
        mask_bytes = mask.to_bytes((len(columns) + 7) // 8, "little")
        has_tail = any(not column.is_fixed for column in self.columns)
        return data + (row_tail(self.pages.jet, len(data), ends, mask_bytes) if has_tail else mask_bytes)

    def stored(self, column: JetColumn, value: Any) -> bytes:
        """Return the bytes of a value within a row."""
        if isinstance(value, StoredBytes):
            return value.data
        if column.type in ("text", "memo"):
            prefers_compressed = not column.is_fixed and self.pages.random.random() < 0.6
            data = text_bytes(self.pages.jet, value, self.code_page, prefers_compressed)
            return self.reference(column, data) if column.type == "memo" else data
        if column.type == "ole":
            return self.reference(column, value)
        return value if column.type == "binary" else fixed_bytes(column, value)

    def reference(self, column: JetColumn, data: bytes) -> bytes:
        """Return the twelve bytes that refer to a long value, followed by the value if it is short."""
        random, writer = self.pages.random, self.long_values[column.name]
        if len(data) <= random.choice((0, 40, 64)):
            return struct.pack("<III", len(data) | INLINE << 24, 0, 0) + data
        if len(data) <= self.pages.jet.chunk and random.random() < 0.7:
            return struct.pack("<I", len(data) | SINGLE_PAGE << 24) + pointer(writer.add(data)) + bytes(4)
        size = self.pages.jet.chunk if len(data) > 8000 else random.randint(len(data) // 5 + 1, 2000)
        following = bytes(4)
        for first in reversed(range(0, max(1, len(data)), size)):
            following = pointer(writer.add(following + data[first : first + size]))
        return struct.pack("<I", len(data) | CHAINED << 24) + following + bytes(4)

    def close(self, row_count: int, definition_order: Sequence[int], by_reference: bool, index_count: int) -> None:
        """Write the data pages, the usage maps and the definition, whose columns are in the given order."""
        maps = DataPages(self.pages, 0)
        # Maps of references need pages of their own, which the last data page must precede.
        store = [writer.close() for writer in (self.rows, *self.long_values.values())]
        stored = [pointer(maps.add(usage_map(self.pages, numbers, by_reference))) for numbers in store]
        none = pointer(maps.add(usage_map(self.pages, [])))
        maps.close()
        live = [self.columns[number] for number in definition_order if self.columns[number].is_live]
        body = self.head(row_count, len(live), stored[0] + none, index_count)
        body += b"".join(self.column_entry(column) for column in live)
        for column in live:
            name = column.name.encode(f"cp{self.code_page}" if self.pages.jet.is_jet3 else "utf-16-le")
            body += struct.pack("<B" if self.pages.jet.is_jet3 else "<H", len(name)) + name
        body += bytes(index_count * (39 if self.pages.jet.is_jet3 else 52))
        for number, address in zip(self.long_values, stored[1:], strict=True):
            body += struct.pack("<H", next(c.number for c in self.columns if c.name == number)) + address + none
        self.put_definition(body + b"\xff\xff")

    def head(self, row_count: int, live: int, maps: bytes, index_count: int) -> bytes:
        """Return the definition up to the columns; the sizes and the next page are filled in by `put_definition`."""
        variable = sum(not column.is_fixed for column in self.columns)
        head = struct.pack("<HHII", 0x102, 0, 0, 0)
        head += (
            struct.pack("<II", row_count, 0)
            if self.pages.jet.is_jet3
            else struct.pack("<IIIB15x", 1625, row_count, 0, 1)
        )
        head += b"N" + struct.pack("<HHHII", len(self.columns), variable, live, 0, index_count) + maps
        return head + bytes(index_count * (8 if self.pages.jet.is_jet3 else 12))

    def column_entry(self, column: JetColumn) -> bytes:
        """Return the description of a column: its type, and where its value is in a row."""
        before = self.columns[: column.number]
        variable = sum(not other.is_fixed for other in before)
        offset = sum(other.fixed_width for other in before)
        flags = (1 if column.is_fixed else 0) | 2
        detail = struct.pack("<BB", 28, column.scale) if column.type == "decimal" else bytes(2)
        size = 1 if column.type == "boolean" else column.size
        if self.pages.jet.is_jet3:
            start = struct.pack("<BHHHHH", TYPES[column.type][0], column.number, variable, column.number, 0x409, 0)
            return start + detail + struct.pack("<BHH", flags, offset, size)
        start = struct.pack("<BIHHH", TYPES[column.type][0], 1625, column.number, variable, column.number)
        return start + detail + bytes(2) + struct.pack("<BBIHH", flags, 1, 0, offset, size)

    def put_definition(self, definition: bytes) -> None:
        """Write the definition as a chain of pages, the first of which is known."""
        size, rest = self.pages.jet.page_size, len(definition) - self.pages.jet.page_size
        numbers = [self.page, *(self.pages.reserve() for _ in range(-(-max(0, rest) // (size - 8)) if rest > 0 else 0))]
        content = struct.pack("<I", len(definition)) + definition[12:]
        for number, following in zip(numbers, [*numbers[1:], 0], strict=True):
            self.pages.put(number, struct.pack("<HHI", 0x102, 0, following) + content[: size - 8])
            content = content[size - 8 :]


def catalog_columns() -> list[JetColumn]:
    """Return the columns of MSysObjects that readers use."""
    fixed = [("Id", "long"), ("ParentId", "long"), ("Type", "integer"), ("DateCreate", "datetime"), ("Flags", "long")]
    columns = [JetColumn(name, type_, i, TYPES[type_][1], True) for i, (name, type_) in enumerate(fixed)]
    columns += [JetColumn("Name", "text", 5, 510, False), JetColumn("Owner", "binary", 6, 510, False)]
    return [*columns, JetColumn("LvProp", "ole", 7, 0, False)]
