"""The pages of a Jet 4 file: numbering, packing records, usage maps, header.

A page is 4096 bytes; numbers are little-endian. The layout is the one that mdbtools reads.
"""

import struct
from collections.abc import Iterable
from datetime import date

PAGE = 4096
DATA_HEAD = 14  # bytes before the row offsets of a data page
MAX_ROWS = 255  # row numbers are one byte
MAP_BYTES = 64  # bitmap bytes (or slots x 4) of a usage map record
BITS_PER_MAP_PAGE = (PAGE - 4) * 8
EPOCH = date(1899, 12, 30)
FIRST_FREE = 3  # 0 header, 1 map of free pages, 2 definition of MSysObjects


class PageFile:
    """All pages of the file to be; numbers are handed out in order, so that the bytes are the same every time."""

    def __init__(self) -> None:
        self.pages: list[bytes] = [b""] * FIRST_FREE

    def reserve(self, count: int = 1) -> int:
        """The first of `count` new page numbers in a row."""
        first = len(self.pages)
        self.pages.extend([b""] * count)
        return first

    def put(self, number: int, content: bytes) -> None:
        """Sets a page; what is missing up to 4096 bytes is zero."""
        if len(content) > PAGE:
            raise ValueError(f"page {number}: {len(content)} bytes, at most {PAGE} fit")
        self.pages[number] = content

    def joined(self) -> bytes:
        """The whole file."""
        return b"".join(page.ljust(PAGE, b"\0") for page in self.pages)


def data_page(owner: int, records: list[bytes]) -> bytes:
    """A data page: records lie from the end towards the offsets at the start."""
    ends = PAGE
    offsets = bytearray()
    for record in records:
        ends -= len(record)
        offsets += struct.pack("<H", ends)
    free = ends - DATA_HEAD - len(offsets)
    head = struct.pack("<HHiIH", 0x101, free, owner, 0, len(records)) + offsets
    return head + bytes(free) + b"".join(reversed(records))


class Shelf:
    """Packs records onto data pages of one owner, in order. `numbers` are the pages used."""

    def __init__(self, file: PageFile, owner: int) -> None:
        self.file, self.owner = file, owner
        self.numbers: list[int] = []
        self.records: list[bytes] = []
        self.room = 0

    def add(self, record: bytes) -> int:
        """Stores a record; its address is page << 8 | row."""
        need = len(record) + 2
        if need > self.room or len(self.records) == MAX_ROWS:
            self.close()
            self.numbers.append(self.file.reserve())
            self.room = PAGE - DATA_HEAD
            if need > self.room:
                raise ValueError(f"a record of {len(record)} bytes, at most {self.room - 2} fit on a page")
        self.room -= need
        self.records.append(record)
        return self.numbers[-1] << 8 | len(self.records) - 1

    def close(self) -> None:
        """Writes the page being filled."""
        if self.records:
            self.file.put(self.numbers[-1], data_page(self.owner, self.records))
        self.records, self.room = [], 0


def bitmap(bits: Iterable[int], size: int) -> bytes:
    """`size` bytes with the given bits set, lowest bit first."""
    field = bytearray(size)
    for bit in bits:
        field[bit // 8] |= 1 << bit % 8
    return bytes(field)


def usage_map(file: PageFile, numbers: list[int]) -> bytes:
    """The record that lists pages: a bitmap where they lie close together, else the addresses of bitmap pages."""
    first = min(numbers, default=0)
    if max(numbers, default=0) - first < MAP_BYTES * 8:
        return struct.pack("<BI", 0, first) + bitmap((n - first for n in numbers), MAP_BYTES)
    slots = bytearray(MAP_BYTES)
    for slot in sorted({n // BITS_PER_MAP_PAGE for n in numbers}):
        inside = [n % BITS_PER_MAP_PAGE for n in numbers if n // BITS_PER_MAP_PAGE == slot]
        struct.pack_into("<I", slots, 4 * slot, write_map_page(file, inside))
    return b"\1" + bytes(slots)


def write_map_page(file: PageFile, bits: Iterable[int]) -> int:
    """A page of the bitmap of a usage map; returns its number."""
    number = file.reserve()
    file.put(number, struct.pack("<HH", 0x105, 0) + bitmap(bits, PAGE - 4))
    return number


def finish(file: PageFile, created: date) -> None:
    """Writes page 1 (no page is free) and the header."""
    nothing = struct.pack("<BI", 0, 0) + bytes(MAP_BYTES)
    file.put(1, data_page(1, [nothing, nothing]))
    file.put(0, header(created))


def header(created: date) -> bytes:
    """Page 0: signature, then a block that Jet masks with RC4 (code page, sort order, no password)."""
    days = (created - EPOCH).days + 0.5
    page = bytearray(PAGE)
    page[0:21] = b"\0\1\0\0Standard Jet DB\0\1"
    page[0x18:0x20] = bytes((0, 1, 0, 0, 1, 1, 0, 0))
    struct.pack_into("<I", page, 0x20, 2)
    struct.pack_into("<H", page, 0x3C, 1252)
    # An empty password is stored as the creation date, over and over.
    for place in range(0x42, 0x6A, 4):
        struct.pack_into("<i", page, place, int(days))
    struct.pack_into("<I", page, 0x6E, 0x409)
    struct.pack_into("<d", page, 0x72, days)
    page[0x18:0x98] = rc4(bytes((0xC7, 0xDA, 0x39, 0x6B)), bytes(page[0x18:0x98]))
    struct.pack_into("<I3s", page, 0x98, 0x654, b"4.0")
    return bytes(page)


def rc4(key: bytes, data: bytes) -> bytes:
    """RC4, which the header is masked with: no secret, the key is a constant of the format."""
    state = list(range(256))
    swap = 0
    for place in range(256):
        swap = (swap + state[place] + key[place % len(key)]) & 255
        state[place], state[swap] = state[swap], state[place]
    out = bytearray()
    swap = 0
    for count, byte in enumerate(data, 1):
        place = count & 255
        swap = (swap + state[place]) & 255
        state[place], state[swap] = state[swap], state[place]
        out.append(byte ^ state[(state[place] + state[swap]) & 255])
    return bytes(out)
