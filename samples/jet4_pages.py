"""Pages of a Jet 4 file: numbering, records, usage maps, header.

A page has 4096 bytes; numbers are little-endian. The layout follows mdbtools.
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
    """All pages of a file in memory; page numbers are assigned in order, so that the bytes are reproducible."""

    def __init__(self) -> None:
        self.pages: list[bytes] = [b""] * FIRST_FREE

    def reserve(self, count: int = 1) -> int:
        """Reserve `count` consecutive pages and return the number of the first."""
        first = len(self.pages)
        self.pages.extend([b""] * count)
        return first

    def put(self, number: int, content: bytes) -> None:
        """Set the content of a page, padded with zeros to 4096 bytes. Raises ValueError if it is longer."""
        if len(content) > PAGE:
            raise ValueError(f"page {number}: {len(content)} bytes, at most {PAGE} fit")
        self.pages[number] = content

    def to_bytes(self) -> bytes:
        """Return the bytes of the file."""
        return b"".join(page.ljust(PAGE, b"\0") for page in self.pages)


def data_page(owner: int, records: list[bytes]) -> bytes:
    """Return a data page: offsets from the start, records from the end."""
    ends = PAGE
    offsets = bytearray()
    for record in records:
        ends -= len(record)
        offsets += struct.pack("<H", ends)
    free = ends - DATA_HEAD - len(offsets)
    head = struct.pack("<HHiIH", 0x101, free, owner, 0, len(records)) + offsets
    return head + bytes(free) + b"".join(reversed(records))


class RecordWriter:
    """Writes records of one owner to data pages, in order; `numbers` are the pages used."""

    def __init__(self, file: PageFile, owner: int) -> None:
        self.file, self.owner = file, owner
        self.numbers: list[int] = []
        self.records: list[bytes] = []
        self.free_bytes = 0

    def add(self, record: bytes) -> int:
        """Store a record and return its address: page << 8 | row. Raises ValueError if it does not fit on a page."""
        need = len(record) + 2
        if need > self.free_bytes or len(self.records) == MAX_ROWS:
            self.close()
            self.numbers.append(self.file.reserve())
            self.free_bytes = PAGE - DATA_HEAD
            if need > self.free_bytes:
                raise ValueError(f"a record of {len(record)} bytes, at most {self.free_bytes - 2} fit on a page")
        self.free_bytes -= need
        self.records.append(record)
        return self.numbers[-1] << 8 | len(self.records) - 1

    def close(self) -> None:
        """Write the current page."""
        if self.records:
            self.file.put(self.numbers[-1], data_page(self.owner, self.records))
        self.records, self.free_bytes = [], 0


def bitmap(bits: Iterable[int], size: int) -> bytes:
    """Return `size` bytes with the given bits set, lowest bit first."""
    field = bytearray(size)
    for bit in bits:
        field[bit // 8] |= 1 << bit % 8
    return bytes(field)


def usage_map(file: PageFile, numbers: list[int]) -> bytes:
    """Return a usage map: a bitmap of the page numbers if they are close together, else the numbers of bitmap pages."""
    first = min(numbers, default=0)
    if max(numbers, default=0) - first < MAP_BYTES * 8:
        return struct.pack("<BI", 0, first) + bitmap((n - first for n in numbers), MAP_BYTES)
    slots = bytearray(MAP_BYTES)
    for slot in sorted({n // BITS_PER_MAP_PAGE for n in numbers}):
        bits = [n % BITS_PER_MAP_PAGE for n in numbers if n // BITS_PER_MAP_PAGE == slot]
        struct.pack_into("<I", slots, 4 * slot, write_map_page(file, bits))
    return b"\1" + bytes(slots)


def write_map_page(file: PageFile, bits: Iterable[int]) -> int:
    """Write a bitmap page of a usage map and return its number."""
    number = file.reserve()
    file.put(number, struct.pack("<HH", 0x105, 0) + bitmap(bits, PAGE - 4))
    return number


def finish(file: PageFile, created: date) -> None:
    """Write page 1 (no page is free) and the header."""
    nothing = struct.pack("<BI", 0, 0) + bytes(MAP_BYTES)
    file.put(1, data_page(1, [nothing, nothing]))
    file.put(0, header(created))


def header(created: date) -> bytes:
    """Return page 0: signature, then a block that Jet encrypts with RC4 (code page, sort order, empty password)."""
    days = (created - EPOCH).days + 0.5
    page = bytearray(PAGE)
    page[0:21] = b"\0\1\0\0Standard Jet DB\0\1"
    page[0x18:0x20] = bytes((0, 1, 0, 0, 1, 1, 0, 0))
    struct.pack_into("<I", page, 0x20, 2)
    struct.pack_into("<H", page, 0x3C, 1252)
    # An empty password is stored as the repeated creation date.
    for offset in range(0x42, 0x6A, 4):
        struct.pack_into("<i", page, offset, int(days))
    struct.pack_into("<I", page, 0x6E, 0x409)
    struct.pack_into("<d", page, 0x72, days)
    page[0x18:0x98] = rc4(bytes((0xC7, 0xDA, 0x39, 0x6B)), bytes(page[0x18:0x98]))
    struct.pack_into("<I3s", page, 0x98, 0x654, b"4.0")
    return bytes(page)


def rc4(key: bytes, data: bytes) -> bytes:
    """Return the data encrypted with RC4. The key is a constant of the file format, not a secret."""
    state = list(range(256))
    swap = 0
    for index in range(256):
        swap = (swap + state[index] + key[index % len(key)]) & 255
        state[index], state[swap] = state[swap], state[index]
    out = bytearray()
    swap = 0
    for count, byte in enumerate(data, 1):
        index = count & 255
        swap = (swap + state[index]) & 255
        state[index], state[swap] = state[swap], state[index]
        out.append(byte ^ state[(state[index] + state[swap]) & 255])
    return bytes(out)
