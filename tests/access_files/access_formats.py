"""Formats of generated Access files, and their pages: numbering, data pages, usage maps, header, page encoding."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from samples.jet4_pages import bitmap, rc4

HEADER_KEY = bytes((0xC7, 0xDA, 0x39, 0x6B))
ROWS_PER_PAGE = 255  # a row number of a pointer is one byte
LONG_VALUES = int.from_bytes(b"LVAL", "little")  # owner of the pages with memos and OLE values
DELETED, OVERFLOW = 0xC000, 0x4000  # flags of a directory entry: the row is deleted; it is a pointer to the row
RELOCATED = 0x8000  # flag of the directory entry to which an overflow pointer leads


@dataclass(frozen=True)
class JetFormat:
    """What differs between the versions of the file format.

    `count` is the struct format of numbers in a row, `page_head` the bytes before the directory of a data page.
    """

    name: str
    signature: bytes
    version: int
    page_size: int
    page_head: int
    count: str
    encrypted_head: int

    @property
    def is_jet3(self) -> bool:
        return self.version == 0 and self.page_size == 2048

    @property
    def capacity(self) -> int:
        """Bytes for directory entries and rows on a data page."""
        return self.page_size - self.page_head

    @property
    def chunk(self) -> int:
        """Bytes of a long value that fit on a page, after the pointer to the next one."""
        return self.capacity - 6


JET3 = JetFormat("Jet 3", b"Standard Jet DB\0", 0, 2048, 10, "B", 126)
JET4 = JetFormat("Jet 4", b"Standard Jet DB\0", 1, 4096, 14, "H", 128)
ACE = JetFormat("ACE", b"Standard ACE DB\0", 5, 4096, 14, "H", 128)


class JetPages:
    """All pages of a file. Numbers are assigned from a shuffled window, so that owners interleave."""

    def __init__(self, jet: JetFormat, random: Random, window: int = 1) -> None:
        self.jet, self.random, self.window = jet, random, window
        self.content: dict[int, bytes] = {}
        self.next_number = 3  # 0 header, 1 map of free pages, 2 definition of MSysObjects
        self.pool: list[int] = []

    def reserve(self) -> int:
        """Return the number of a page that is not used yet."""
        if not self.pool:
            self.pool = list(range(self.next_number, self.next_number + self.window))
            self.next_number += self.window
            self.random.shuffle(self.pool)
        return self.pool.pop()

    def put(self, number: int, content: bytes) -> None:
        assert len(content) <= self.jet.page_size, (number, len(content))
        self.content[number] = content.ljust(self.jet.page_size, b"\0")

    def to_bytes(self, key: int = 0) -> bytes:
        """Return the file; pages other than the header are encoded if `key` is not 0."""
        empty = bytes(self.jet.page_size)
        pages = [self.content.get(number, empty) for number in range(max(self.content) + 1)]
        encoded = [rc4(struct.pack("<I", key ^ number), page) for number, page in enumerate(pages) if number and key]
        return pages[0] + b"".join(encoded or pages[1:])


@dataclass
class DataPages:
    """Records of one owner. A record is addressed by (page, slot) until `close` writes the pages."""

    pages: JetPages
    owner: int
    records: dict[int, list[tuple[bytes, int]]] = field(default_factory=dict)
    current: int = 0
    free: int = 0

    def add(self, record: bytes, flags: int = 0, new_page: bool = False) -> tuple[int, int]:
        """Store a record on the current page, or on a new one, and return its address."""
        need = max(4, len(record)) + 2  # a record can be replaced by a pointer of four bytes
        if new_page or need > self.free or len(self.records[self.current]) == ROWS_PER_PAGE:
            self.current, self.free = self.pages.reserve(), self.pages.jet.capacity
            self.records[self.current] = []
        assert need <= self.free, f"a record of {len(record)} bytes"
        self.free -= need
        self.records[self.current].append((record, flags))
        return self.current, len(self.records[self.current]) - 1

    def replace(self, address: tuple[int, int], record: bytes, flags: int) -> None:
        page, slot = address
        self.records[page][slot] = record, flags

    def close(self) -> list[int]:
        """Write all pages and return their numbers, in ascending order."""
        for number, records in self.records.items():
            self.pages.put(number, data_page(self.pages.jet, self.owner, records))
        return sorted(self.records)


def pointer(address: tuple[int, int]) -> bytes:
    """Return the four bytes that refer to a record."""
    return struct.pack("<I", address[0] << 8 | address[1])


def data_page(jet: JetFormat, owner: int, records: Sequence[tuple[bytes, int]]) -> bytes:
    """Return a data page: a directory from the start, records from the end."""
    ends, directory = jet.page_size, b""
    for record, flags in records:
        ends -= len(record)
        directory += struct.pack("<H", ends | flags)
    free = ends - jet.page_head - len(directory)
    head = struct.pack("<HHI", 0x101, free, owner) + (b"" if jet.is_jet3 else bytes(4))
    body = b"".join(record for record, _ in reversed(records))
    return head + struct.pack("<H", len(records)) + directory + bytes(free) + body


def usage_map(pages: JetPages, numbers: Sequence[int], by_reference: bool = False) -> bytes:
    """Return the record that lists pages: a bitmap, or the numbers of pages with bitmaps."""
    width = 128 if pages.jet.is_jet3 else 64
    first = min(numbers, default=0)
    if not by_reference and max(numbers, default=0) - first < width * 8:
        return struct.pack("<BI", 0, first) + bitmap((number - first for number in numbers), width)
    per_page = (pages.jet.page_size - 4) * 8
    slots = bytearray(width)
    for slot in sorted({number // per_page for number in numbers}):
        bits = [number % per_page for number in numbers if number // per_page == slot]
        page = pages.reserve()
        pages.put(page, struct.pack("<HH", 0x105, 0) + bitmap(bits, pages.jet.page_size - 4))
        struct.pack_into("<I", slots, 4 * slot, page)
    return b"\1" + bytes(slots)


def header(jet: JetFormat, code_page: int, key: int) -> bytes:
    """Return page 0. `key` is that of "Encode Database", or 0."""
    page = bytearray(jet.page_size)
    page[:4], page[4:20], page[20] = b"\0\1\0\0", jet.signature, jet.version
    struct.pack_into("<HI", page, 0x3C, code_page, key)
    if not jet.is_jet3:
        # An empty password is stored as the repeated creation date.
        struct.pack_into("<10i", page, 0x42, *[45292] * 10)
        struct.pack_into("<I", page, 0x6E, 0x409)
        struct.pack_into("<d", page, 0x72, 45292.5)
    end = 0x18 + jet.encrypted_head
    page[0x18:end] = rc4(HEADER_KEY, bytes(page[0x18:end]))
    return bytes(page)
