"""The pages of an Access file (Jet 4): its tables, and where in them a row's values lie; blocks of pages at a time.

The layout is that of mdbtools' HACKING notes; rows come in the order of mdb-export.

What mdb-export cannot say of an Access file (Jet 4): which texts are empty and which are missing.

Both come out of mdb-export as an empty field, so the pages of the file are looked into for just that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ExtractionError
from pipeline.ingest import access_file
from pipeline.ingest.access_file import recovery_hint

PAGE = 4096
DATA_PAGE = 0x101
CATALOG_PAGE = 2  # the definition of MSysObjects
BLOCK = 2048  # pages looked at together: 8 MB
OFFSET_MASK = 0x1FFF  # the part of a row's offset that says where it starts
DELETED_FLAG = (
    0x4000  # of a row's offset: deleted, or moved away; mdbtools skips it and meets a moved row where it went
)
TABLE, TEXT, MEMO = 1, 10, 12
Pages = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]


class NotJet4(ExtractionError):
    """The file is not an Access 2000 database, or not a sound one."""


@dataclass(frozen=True)
class JetColumn:
    """A column as the table's definition has it; `bit` is its place in a row's mask of values that are there."""

    name: str
    type: int
    bit: int
    variable: int
    offset: int


@dataclass(frozen=True)
class JetTable:
    """A table's definition: its columns, its pages of rows in ascending order."""

    columns: tuple[JetColumn, ...]
    rows: Numbers


@dataclass(frozen=True)
class Rows:
    """Rows of a block of pages, in order: the bytes of the block, and where in them each row starts and ends."""

    data: Pages
    start: Numbers
    end: Numbers

    def u16(self, at: Numbers) -> Numbers:
        """Numbers of two bytes."""
        return self.data[at].astype(np.int64) | self.data[at + 1].astype(np.int64) << 8

    @cached_property
    def frame(self) -> tuple[Numbers, Numbers, Numbers]:
        """Of each row: how many columns it has, where the mask of its values begins, how many are of free width."""
        count = self.u16(self.start)
        mask = self.end - (count + 7) // 8
        return count, mask, self.u16(mask - 2)

    def value(self, column: JetColumn) -> tuple[Numbers, Numbers, Numbers]:
        """For a column of free width: whether each row has a value, where it starts, how long it is in bytes."""
        count, mask, variable = self.frame
        known = column.bit < count
        there = known & ((self.data[np.where(known, mask + column.bit // 8, mask)] >> column.bit % 8 & 1) == 1)
        there &= column.variable < variable
        at = np.where(there, mask - 4 - 2 * column.variable, mask - 2)
        first = self.u16(at)
        return there, self.start + first, self.u16(at - 2) - first


def open_pages(path: Path) -> Pages:
    """The file as rows of 4096 bytes, read on demand."""
    size = path.stat().st_size
    if size < 3 * PAGE:
        raise NotJet4(f"{path}: {size} bytes are too few for an Access database; {recovery_hint(path)}")
    whole = np.memmap(path, dtype=np.uint8, mode="r")
    if bytes(whole[4:19]) != b"Standard Jet DB" or whole[20] != 1:
        raise NotJet4(f"{path}: no Jet 4 database (Access 2000): it starts with {bytes(whole[:20])!r}; give an .mdb")
    return whole[: size // PAGE * PAGE].reshape(-1, PAGE)


def find_table(pages: Pages, path: Path, name: str) -> int:
    """The page of a table's definition, from the catalog."""
    catalog = read_table(pages, CATALOG_PAGE, path)
    column = {c.name: c for c in catalog.columns}
    known: dict[str, int] = {}
    for rows in blocks(pages, catalog):
        there, start, length = rows.value(column["Name"])
        for row in np.flatnonzero(there):
            fixed = int(rows.start[row]) + 2
            kind = rows.u16(np.array(fixed + column["Type"].offset)) & 0x7F
            text = decode(bytes(rows.data[start[row] : start[row] + length[row]]))
            if kind == TABLE:
                known[text] = read_number(bytes(rows.data[fixed : fixed + 64]), column["Id"].offset, 3)
    if name not in known:
        raise NotJet4(f"{path}: no table {name}; there are {', '.join(sorted(known))}; {recovery_hint(path)}")
    return known[name]


def decode(data: bytes) -> str:
    """Text as Jet 4 stores names: one byte a character after FF FE, else UTF-16."""
    return data[2:].decode("latin-1") if data[:2] == b"\xff\xfe" else data.decode("utf-16-le")


def read_table(pages: Pages, page: int, path: Path) -> JetTable:
    """A table's definition, which may go on over several pages."""
    whole, following = b"", page
    while following:
        if pages[following, 0] != 2 or len(whole) > len(pages) * PAGE:
            raise NotJet4(f"{path}: page {following} should define a table but does not; {recovery_hint(path)}")
        content = bytes(pages[following])
        whole += content if not whole else content[8:]
        following = int.from_bytes(content[4:8], "little")
    count, indexes = read_number(whole, 45, 2), read_number(whole, 51, 4)
    at = 63 + 12 * indexes
    names = at + 25 * count
    columns = []
    for place in range(at, names, 25):
        size = read_number(whole, names, 2)
        name = whole[names + 2 : names + 2 + size].decode("utf-16-le")
        names += 2 + size
        fields = (read_number(whole, place + skip, 2) for skip in (5, 7, 21))
        columns.append(JetColumn(name, whole[place], *fields))
    return JetTable(tuple(columns), used_pages(pages, page, whole[56] | read_number(whole, 57, 2) << 8, whole[55]))


def read_number(data: bytes, at: int, width: int) -> int:
    """A number of that many bytes."""
    return int.from_bytes(data[at : at + width], "little")


def used_pages(pages: Pages, owner: int, page: int, row: int) -> Numbers:
    """The data pages of a table, from its usage map: a bitmap, or pages of bitmaps."""
    holder = bytes(pages[page])
    start = read_number(holder, 14 + 2 * row, 2) & OFFSET_MASK
    end = read_number(holder, 12 + 2 * row, 2) & OFFSET_MASK if row else PAGE
    record = holder[start:end]
    if record[0] == 0:
        found = set_bits(np.frombuffer(record[5:], np.uint8)) + read_number(record, 1, 4)
    else:
        parts = np.frombuffer(record[1 : 1 + (len(record) - 1) // 4 * 4], "<u4")
        size = (PAGE - 4) * 8
        lists = [set_bits(pages[int(part), 4:]) + place * size for place, part in enumerate(parts) if part]
        found = np.concatenate(lists) if lists else np.empty(0, np.int64)
    found = found[found < len(pages)]
    heads = pages[found, :8].astype(np.int64)
    owners = heads[:, 4] | heads[:, 5] << 8 | heads[:, 6] << 16 | heads[:, 7] << 24
    return found[((heads[:, 0] | heads[:, 1] << 8) == DATA_PAGE) & (owners == owner)]


def set_bits(field: npt.NDArray[np.uint8]) -> Numbers:
    """The places of the bits that are set, lowest first."""
    return np.flatnonzero(np.unpackbits(field, bitorder="little"))


def blocks(pages: Pages, table: JetTable) -> Iterator[Rows]:
    """The table's rows, some thousand pages at a time, without deleted ones."""
    for first in range(0, len(table.rows), BLOCK):
        data = pages[table.rows[first : first + BLOCK]]
        counts = data[:, 12].astype(np.int64) | data[:, 13].astype(np.int64) << 8
        most = int(counts.max(initial=0))
        places = data[:, 14 : 14 + 2 * most].astype(np.int64)
        offsets = places[:, ::2] | places[:, 1::2] << 8
        starts = offsets & OFFSET_MASK
        ends = np.hstack([np.full((len(data), 1), PAGE), starts[:, :-1]])
        real = (np.arange(most) < counts[:, None]) & (offsets & DELETED_FLAG == 0)
        base = (np.arange(len(data)) * PAGE)[:, None]
        yield Rows(data.reshape(-1), (base + starts)[real], (base + ends)[real])


def empty_strings(path: Path, table: str) -> dict[str, list[int]]:
    """For each TEXT or MEMO column of a table, the rows whose value is an empty string, not NULL.

    Rows are numbered from 1 in the order of mdb-export. Raises NotJet4 for other and damaged files, and unknown tables.
    """
    pages = open_pages(path)
    try:
        return _find_empty(pages, read_table(pages, find_table(pages, path, table), path))
    except (IndexError, KeyError, ValueError) as error:
        raise NotJet4(
            f"{path}: table {table} points outside the file ({error}); {access_file.recovery_hint(path)}"
        ) from error


def _find_empty(pages: Pages, definition: JetTable) -> dict[str, list[int]]:
    """The row numbers of empty strings, by column."""
    columns = [column for column in definition.columns if column.type in (TEXT, MEMO)]
    found: dict[str, list[int]] = {column.name: [] for column in columns}
    before = 1
    for rows in blocks(pages, definition):
        for column in columns:
            there, start, length = rows.value(column)
            if column.type == MEMO:
                # A memo is a reference of twelve bytes; the first three say how long the text is.
                at = np.where(there & (length >= 4), start, rows.start)
                size = rows.u16(at) | rows.data[at + 2].astype(np.int64) << 16
                length = np.where(length >= 4, size, 0)
            found[column.name] += (np.flatnonzero(there & (length == 0)) + before).tolist()
        before += len(rows.start)
    return found
