"""Read the pages of an Access file (Jet 4) to tell empty strings from NULL: mdb-export writes both as an empty field.

The page layout is described in HACKING.md of mdbtools; rows have the order of mdb-export.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ExtractionError
from pipeline.ingest.access_file import recovery_hint

PAGE = 4096
DATA_PAGE = 0x101
CATALOG_PAGE = 2  # the definition of MSysObjects
BLOCK = 2048  # pages processed together: 8 MB
OFFSET_MASK = 0x1FFF  # the bits of a row's offset that are its position in the page
DELETED_FLAG = 0x4000  # of a row's offset: deleted or moved; mdbtools reads a moved row at its new position
TABLE, TEXT, MEMO = 1, 10, 12
Pages = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]


class NotJet4(ExtractionError):
    """The file is not an Access 2000 database, or is damaged."""


@dataclass(frozen=True)
class JetColumn:
    """A column of a table definition; `bit` is its position in a row's mask of non-NULL values."""

    name: str
    type: int
    bit: int
    variable: int
    offset: int


@dataclass(frozen=True)
class JetTable:
    """A table definition: its columns, and the numbers of its data pages in ascending order."""

    columns: tuple[JetColumn, ...]
    rows: Numbers


@dataclass(frozen=True)
class Rows:
    """Rows of a block of pages, in order: the bytes of the block, and the offsets of start and end of each row."""

    data: Pages
    start: Numbers
    end: Numbers

    def u16(self, offsets: Numbers) -> Numbers:
        """Return the little-endian 16-bit numbers at these offsets, as int64."""
        return self.data[offsets].astype(np.int64) | self.data[offsets + 1].astype(np.int64) << 8

    @cached_property
    def frame(self) -> tuple[Numbers, Numbers, Numbers]:
        """Return for each row: number of columns, offset of its mask, number of variable-length columns."""
        count = self.u16(self.start)
        mask = self.end - (count + 7) // 8
        return count, mask, self.u16(mask - 2)

    def value(self, column: JetColumn) -> tuple[Numbers, Numbers, Numbers]:
        """Return for each row: whether it has a value in a variable-length column, the value's offset, its length."""
        count, mask, variable = self.frame
        is_stored = column.bit < count
        mask_byte = self.data[np.where(is_stored, mask + column.bit // 8, mask)]
        has_value = is_stored & ((mask_byte >> column.bit % 8 & 1) == 1) & (column.variable < variable)
        entry = np.where(has_value, mask - 4 - 2 * column.variable, mask - 2)
        first = self.u16(entry)
        return has_value, self.start + first, self.u16(entry - 2) - first


def open_pages(path: Path) -> Pages:
    """Return the file as a memory-mapped array of shape (pages, 4096). Raises NotJet4."""
    size = path.stat().st_size
    if size < 3 * PAGE:
        raise NotJet4(f"{path}: expected an Access database, found {size} bytes; {recovery_hint(path)}")
    content = np.memmap(path, dtype=np.uint8, mode="r")
    if bytes(content[4:19]) != b"Standard Jet DB" or content[20] != 1:
        start = f"a file that starts with {bytes(content[:20])!r}"
        raise NotJet4(f"{path}: expected a Jet 4 database (Access 2000), found {start}; convert it to an .mdb")
    return content[: size // PAGE * PAGE].reshape(-1, PAGE)


def find_table(pages: Pages, path: Path, name: str) -> int:
    """Return the number of the page with a table's definition, from the catalog. Raises NotJet4."""
    catalog = read_table(pages, CATALOG_PAGE, path)
    column = {column.name: column for column in catalog.columns}
    tables: dict[str, int] = {}
    for rows in blocks(pages, catalog):
        has_value, start, length = rows.value(column["Name"])
        for row in np.flatnonzero(has_value):
            fixed = int(rows.start[row]) + 2
            kind = rows.u16(np.array(fixed + column["Type"].offset)) & 0x7F
            text = decode(bytes(rows.data[start[row] : start[row] + length[row]]))
            if kind == TABLE:
                tables[text] = read_number(bytes(rows.data[fixed : fixed + 64]), column["Id"].offset, 3)
    if name not in tables:
        raise NotJet4(f"{path}: expected table {name}, found {', '.join(sorted(tables))}; {recovery_hint(path)}")
    return tables[name]


def decode(data: bytes) -> str:
    """Return a name as text: one byte per character after the mark FF FE, else UTF-16."""
    return data[2:].decode("latin-1") if data[:2] == b"\xff\xfe" else data.decode("utf-16-le")


def read_table(pages: Pages, page: int, path: Path) -> JetTable:
    """Return the table definition that begins on a page and may span several. Raises NotJet4."""
    definition, following = b"", page
    while following:
        if pages[following, 0] != 2 or len(definition) > len(pages) * PAGE:
            raise NotJet4(f"{path}: expected a table definition on page {following}, found none; {recovery_hint(path)}")
        content = bytes(pages[following])
        definition += content if not definition else content[8:]
        following = int.from_bytes(content[4:8], "little")
    count, indexes = read_number(definition, 45, 2), read_number(definition, 51, 4)
    first = 63 + 12 * indexes
    names = first + 25 * count
    columns = []
    for entry in range(first, names, 25):
        size = read_number(definition, names, 2)
        name = definition[names + 2 : names + 2 + size].decode("utf-16-le")
        names += 2 + size
        fields = (read_number(definition, entry + skip, 2) for skip in (5, 7, 21))
        columns.append(JetColumn(name, definition[entry], *fields))
    return JetTable(tuple(columns), used_pages(pages, page, read_number(definition, 56, 3), definition[55]))


def read_number(data: bytes, offset: int, width: int) -> int:
    """Return the little-endian number of `width` bytes at the offset."""
    return int.from_bytes(data[offset : offset + width], "little")


def used_pages(pages: Pages, owner: int, page: int, row: int) -> Numbers:
    """Return the numbers of the data pages of the table with definition page `owner`, in ascending order.

    Its usage map, in row `row` of page `page`, is a bitmap or a list of pages with bitmaps.
    """
    map_page = bytes(pages[page])
    start = read_number(map_page, 14 + 2 * row, 2) & OFFSET_MASK
    end = read_number(map_page, 12 + 2 * row, 2) & OFFSET_MASK if row else PAGE
    record = map_page[start:end]
    if record[0] == 0:
        numbers = set_bits(np.frombuffer(record[5:], np.uint8)) + read_number(record, 1, 4)
    else:
        bitmap_pages = np.frombuffer(record[1 : 1 + (len(record) - 1) // 4 * 4], "<u4")
        size = (PAGE - 4) * 8
        lists = [set_bits(pages[int(bitmap), 4:]) + i * size for i, bitmap in enumerate(bitmap_pages) if bitmap]
        numbers = np.concatenate(lists) if lists else np.empty(0, np.int64)
    numbers = numbers[numbers < len(pages)]
    headers = pages[numbers, :8].astype(np.int64)
    owners = headers[:, 4] | headers[:, 5] << 8 | headers[:, 6] << 16 | headers[:, 7] << 24
    return numbers[((headers[:, 0] | headers[:, 1] << 8) == DATA_PAGE) & (owners == owner)]


def set_bits(field: npt.NDArray[np.uint8]) -> Numbers:
    """Return the positions of the bits that are set, in ascending order."""
    return np.flatnonzero(np.unpackbits(field, bitorder="little"))


def blocks(pages: Pages, table: JetTable) -> Iterator[Rows]:
    """Yield the table's rows, without deleted ones, in blocks of BLOCK pages."""
    for first in range(0, len(table.rows), BLOCK):
        data = pages[table.rows[first : first + BLOCK]]
        counts = data[:, 12].astype(np.int64) | data[:, 13].astype(np.int64) << 8
        max_rows = int(counts.max(initial=0))
        directory = data[:, 14 : 14 + 2 * max_rows].astype(np.int64)
        offsets = directory[:, ::2] | directory[:, 1::2] << 8
        starts = offsets & OFFSET_MASK
        ends = np.hstack([np.full((len(data), 1), PAGE), starts[:, :-1]])
        is_row = (np.arange(max_rows) < counts[:, None]) & (offsets & DELETED_FLAG == 0)
        base = (np.arange(len(data)) * PAGE)[:, None]
        yield Rows(data.reshape(-1), (base + starts)[is_row], (base + ends)[is_row])


def empty_strings(path: Path, table: str) -> dict[str, list[int]]:
    """Return {column: row numbers} of the empty strings (not NULL) of each TEXT and MEMO column of a table.

    Rows are numbered from 1 in the order of mdb-export. Raises NotJet4 for other or damaged files and unknown tables.
    """
    pages = open_pages(path)
    try:
        return _find_empty(pages, read_table(pages, find_table(pages, path, table), path))
    except (IndexError, KeyError, ValueError) as error:
        raise NotJet4(
            f"{path}: table {table} refers to pages outside the file ({error}); {recovery_hint(path)}"
        ) from error


def _find_empty(pages: Pages, definition: JetTable) -> dict[str, list[int]]:
    columns = [column for column in definition.columns if column.type in (TEXT, MEMO)]
    empty: dict[str, list[int]] = {column.name: [] for column in columns}
    first = 1
    for rows in blocks(pages, definition):
        for column in columns:
            has_value, start, length = rows.value(column)
            if column.type == MEMO:
                # A memo is a reference of twelve bytes; the first three are the length of the text.
                offset = np.where(has_value & (length >= 4), start, rows.start)
                size = rows.u16(offset) | rows.data[offset + 2].astype(np.int64) << 16
                length = np.where(length >= 4, size, 0)
            empty[column.name] += (np.flatnonzero(has_value & (length == 0)) + first).tolist()
        first += len(rows.start)
    return empty
