"""Rows of an Access table, in blocks: the offset of each row and each of its values in the file.

Rows have the order of pages and of the directories in them. A row that outgrew its page is read at its new place, but
keeps its number. Nothing here copies or interprets values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.ingest.jet_file import (
    DATA_PAGE,
    HIDDEN_FLAG,
    JET3,
    OFFSET_MASK,
    POINTER_FLAG,
    DamagedFile,
    JetFile,
    Numbers,
)
from pipeline.ingest.jet_tables import MEMO, OLE, JetColumn, JetTable

# Rows read together, which limits memory: long values are outside the rows.
ROWS_PER_BLOCK, ROWS_WITH_LONG_VALUES_PER_BLOCK = 1 << 15, 1 << 11


@dataclass(frozen=True)
class Cells:
    """The values of one column: which rows have one, its offset in the file and its length, and which are outside their
    row. Rows without a value have length 0 and an offset in the row."""

    has_value: Numbers
    start: Numbers
    length: Numbers
    is_damaged: Numbers


@dataclass(frozen=True)
class Rows:
    """Rows in order: offsets of their start and end in the file, which do not overlap."""

    file: JetFile
    table: JetTable
    start: Numbers
    end: Numbers

    @cached_property
    def order(self) -> Numbers:
        """Indexes of the rows by ascending offset."""
        return np.argsort(self.start)

    @cached_property
    def counts(self) -> Numbers:
        """Number of columns that each row has, 0 if the row is damaged."""
        width = self.file.layout.count_bytes
        length = self.end - self.start
        counts = _numbers(self.file, np.where(length >= width, self.start, 0), width)
        is_valid = (counts > 0) & (counts <= self.table.max_columns) & (width + (counts + 7) // 8 <= length)
        return np.where(is_valid, counts, 0)

    @property
    def is_damaged(self) -> Numbers:
        """True for rows of which no value can be read."""
        return self.counts == 0

    @cached_property
    def mask(self) -> Numbers:
        """Offset of the mask of each row, whose bits state which columns have a value."""
        return self.end - (self.counts + 7) // 8

    @cached_property
    def has_value(self) -> Numbers:
        """Array of shape (column numbers, rows): the bits of the masks."""
        sizes = (self.counts + 7) // 8
        positions = np.arange(int(sizes.max(initial=0)))
        inside = positions < sizes[:, None]
        octets = np.where(inside, self.file.content[np.where(inside, self.mask[:, None] + positions, 0)], 0)
        bits = np.ascontiguousarray(np.unpackbits(octets, axis=1, bitorder="little").T).view(bool)
        return bits & (np.arange(len(bits))[:, None] < self.counts)

    @cached_property
    def ends(self) -> tuple[Numbers, Numbers, Numbers]:
        """Return the table of variable-length values: array of shape (values + 1, rows) with offsets in the row, where
        value i is between elements i and i + 1; the number of values; the offset in the file where the table begins.
        """
        last = max((column.variable + 1 for column in self.table.columns if column.variable is not None), default=0)
        read = _jet3_ends if self.file.layout is JET3 else _jet4_ends
        return read(self, np.arange(last + 1)[:, None])

    @cached_property
    def latest(self) -> Numbers:
        """Return for each element of `ends` the largest up to it."""
        return np.maximum.accumulate(self.ends[0])

    def cells(self, column: JetColumn) -> Cells:
        """Return offset and length of the column's value in each row."""
        if column.number >= len(self.has_value):
            has_value = np.zeros(len(self.start), bool)
        else:
            has_value = self.has_value[column.number]
        if column.variable is None:
            start, end, limit = self._fixed(column)
        else:
            start, end, limit = self._variable(column.variable)
        is_inside = (start >= self.start + self.file.layout.count_bytes) & (start <= end) & (end <= limit)
        is_valid = has_value & is_inside
        return Cells(
            is_valid,
            np.where(is_valid, start, self.start),
            np.where(is_valid, end - start, 0),
            has_value & ~is_inside,
        )

    def _fixed(self, column: JetColumn) -> tuple[Numbers, Numbers, Numbers]:
        start = self.start + (self.file.layout.count_bytes + column.offset)
        return start, start + (column.width or 0), self.mask

    def _variable(self, position: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return start, end and the limit, which is 0 for rows that have no entry for the value.

        It is 0 too for a value that begins before the end of another: such values would multiply the size of the row.
        """
        ends, count, table = self.ends
        is_after = ends[position] == self.latest[position]
        limit = np.where((position < count) & (table > self.start) & is_after, table, 0)
        return self.start + ends[position], self.start + ends[position + 1], limit


def _numbers(file: JetFile, offsets: Numbers, width: int) -> Numbers:
    return (file.content if width == 1 else file.u16)[offsets].astype(np.int64)


def _jet4_ends(rows: Rows, positions: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the result of `ends` for the values at `positions` of Jet 4 rows, whose offsets have two bytes."""
    counter = np.maximum(rows.mask - 2, rows.start)
    count = rows.file.u16[counter].astype(np.int64)
    offsets = np.where(positions <= count, counter - 2 - 2 * positions, rows.start)
    return rows.file.u16[np.maximum(offsets, rows.start)].astype(np.int64), count, counter - 2 - 2 * count


def _jet3_ends(rows: Rows, positions: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the same for Jet 3 rows, whose offsets have one byte: 256 is added from each entry of a jump table on."""
    content = rows.file.content
    counter = np.maximum(rows.mask - 1, rows.start)
    count = content[counter].astype(np.int64)
    entries = (rows.end - rows.start - 1) // 256
    first = counter - 1 - entries
    # The number of entries follows from the length of the row; the last one may be unused.
    jumps = entries - ((first - rows.start - count) // 256 < entries)
    offsets = np.where(positions <= count, first - positions, rows.start)
    ends = content[np.maximum(offsets, rows.start)].astype(np.int64)
    for index in range(int(jumps.max(initial=0))):
        jump = content[np.maximum(counter - 1 - index, rows.start)]
        ends += 256 * ((index < jumps) & (jump <= positions))
    return ends, count, first - count


def blocks(file: JetFile, table: JetTable) -> Iterator[Rows]:
    """Yield the rows of a table in blocks. Raises DamagedFile if rows overlap or are outside their page."""
    has_long_values = any(column.type in (MEMO, OLE) for column in table.columns)
    limit = ROWS_WITH_LONG_VALUES_PER_BLOCK if has_long_values else ROWS_PER_BLOCK
    counts = file.u16[table.pages * file.layout.page_size + file.layout.directory].astype(np.int64)
    relocated: set[int] = set()
    for pages in np.split(table.pages, np.flatnonzero(np.diff(np.cumsum(counts) // limit)) + 1):
        rows = read_rows(file, table, pages, relocated)
        if len(rows.start):
            yield rows


def read_rows(file: JetFile, table: JetTable, pages: Numbers, relocated: set[int]) -> Rows:
    """Return the rows of some data pages. `relocated`: offsets of rows of earlier pages, to which this adds."""
    page, entry, start, end = directories(file, pages)
    is_row = entry & HIDDEN_FLAG == 0
    page, entry, start, end = page[is_row], entry[is_row], start[is_row], end[is_row]
    pointers = np.flatnonzero((entry & POINTER_FLAG != 0) & (end - start >= 4))
    is_kept = entry & POINTER_FLAG == 0
    if len(pointers):
        _follow(file, table, file.u32[start[pointers]].astype(np.int64), pointers, start, end, is_kept)
        moved = start[pointers[is_kept[pointers]]].tolist()
        if len(set(moved)) < len(moved) or not relocated.isdisjoint(moved):
            raise DamagedFile(
                f"pages {pages[0]} to {pages[-1]}: expected one pointer to each relocated row, found several"
            )
        relocated.update(moved)
    rows = Rows(file, table, start[is_kept], end[is_kept])
    by_offset = rows.order
    if (rows.start[by_offset[1:]] < rows.end[by_offset[:-1]]).any():
        raise DamagedFile(f"pages {pages[0]} to {pages[-1]}: expected rows that do not overlap, found some that do")
    return rows


def _follow(
    file: JetFile, table: JetTable, addresses: Numbers, rows: Numbers, start: Numbers, end: Numbers, is_kept: Numbers
) -> None:
    """Replace start and end of `rows` by those at their new addresses.

    A pointer to anything but a hidden row of the table is left by a deletion.
    """
    new_start, new_end, flags = resolve(file, addresses)
    owner = file.u32[np.where(new_start > 0, (addresses >> 8) * file.layout.page_size + 4, 0)]
    pages = table.pages
    own = file.u32[pages[0] * file.layout.page_size + 4]
    is_moved = (new_start > 0) & (owner == own) & (flags == HIDDEN_FLAG)
    start[rows], end[rows] = np.where(is_moved, new_start, start[rows]), np.where(is_moved, new_end, end[rows])
    is_kept[rows] = is_moved


def resolve(file: JetFile, addresses: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return start, end and flags of the records at these addresses (page << 8 | slot); start 0 where there is none."""
    layout = file.layout
    page, slot = addresses >> 8, addresses & 0xFF
    is_page = (page > 0) & (page < file.page_count)
    first = np.where(is_page, page * layout.page_size, 0)
    is_record = is_page & (file.content[first] == DATA_PAGE)
    is_record &= slot < file.u16[first + layout.directory]
    entry = first + layout.directory + 2 + 2 * slot
    offset = file.u16[entry].astype(np.int64)
    previous = np.where(slot > 0, file.u16[entry - 2] & OFFSET_MASK, layout.page_size)
    start, end = offset & OFFSET_MASK, previous.astype(np.int64)
    is_record &= (start > layout.directory) & (start <= end) & (end <= layout.page_size)
    return np.where(is_record, first + start, 0), np.where(is_record, first + end, 0), offset & ~OFFSET_MASK & 0xC000


def directories(file: JetFile, pages: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return page, directory entry, start and end of every record of some data pages, deleted ones included.

    Raises DamagedFile if a record that is not deleted is outside its page or overlaps the directory.
    """
    layout = file.layout
    offsets = pages * layout.page_size
    counts = file.u16[offsets + layout.directory].astype(np.int64)
    first = layout.directory + 2
    if len(crowded := pages[counts > (layout.page_size - first) // 2]):
        raise DamagedFile(f"page {crowded[0]}: expected a directory of rows, found one that exceeds the page")
    index = np.repeat(np.arange(len(pages)), counts)
    slot = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
    entries = offsets[index] + first + 2 * slot
    entry = file.u16[entries].astype(np.int64)
    start = entry & OFFSET_MASK
    end = np.where(slot > 0, file.u16[entries - 2] & OFFSET_MASK, layout.page_size).astype(np.int64)
    is_outside = (start < first + 2 * counts[index]) | (start > end) | (end > layout.page_size)
    if len(damaged := np.flatnonzero(is_outside & (entry & HIDDEN_FLAG == 0))):
        row = damaged[0]
        raise DamagedFile(
            f"page {pages[index[row]]}: expected row {slot[row]} inside it, found bytes {start[row]} to {end[row]}"
        )
    return pages[index], entry, offsets[index] + start, offsets[index] + end
