"""Random changes to the pages of Access files, preferably where readers follow numbers and pointers."""

import struct
from collections.abc import Callable
from functools import cached_property
from random import Random

from samples.jet4_pages import rc4
from tests.access_files.random_files import AccessFile

DATA, DEFINITION, BITMAP = 1, 2, 5
NUMBERS = (0, 1, 2, 3, 0x7F, 0xFF, 0x100, 0x7FF, 0x1000, 0x1FFF, 0x7FFF, 0xFFFF, 0xFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


class MutableFile:
    """The decoded bytes of a file, from which changed copies are made."""

    def __init__(self, file: AccessFile) -> None:
        self.file, self.size = file, file.jet.page_size
        self.plain = self.encoded(file.content)
        self.page_count = len(self.plain) // self.size
        self.pages = {
            kind: [page for page in range(1, self.page_count) if self.plain[page * self.size] == kind] or [2]
            for kind in (DATA, DEFINITION, BITMAP)
        }

    @cached_property
    def mask(self) -> int:
        """The key stream of all pages, as one number."""
        empty, key = bytes(self.size), self.file.key
        count = len(self.file.content) // self.size
        stream = [empty, *(rc4(struct.pack("<I", key ^ page), empty) if key else empty for page in range(1, count))]
        return int.from_bytes(b"".join(stream), "little")

    def encoded(self, content: bytes) -> bytes:
        """Encode decoded bytes, or decode encoded ones."""
        if not self.file.key:
            return content
        length = len(self.file.content)
        common = int.from_bytes(content[:length].ljust(length, b"\0"), "little") ^ self.mask
        return common.to_bytes(length, "little")[: len(content)] + content[length:]

    def changed(self, random: Random) -> bytes:
        """Return a copy with one to four changes."""
        content = bytearray(self.plain)
        for _ in range(random.choice((1, 1, 2, 4))):
            random.choice(CHANGES)(self, random, content)
        return self.encoded(bytes(content))

    def offset(self, random: Random) -> int:
        """Return an offset in the header, a definition, a bitmap, a directory, or among the rows of a page."""
        kind = random.choice((0, DATA, DATA, DEFINITION, DEFINITION, BITMAP))
        if kind == 0:
            return random.randrange(0x98)
        start = random.choice(self.pages[kind]) * self.size
        if kind == DATA and random.random() < 0.5:
            return start + random.randrange(self.file.jet.page_head + 20)
        if kind == DEFINITION and random.random() < 0.5:
            return start + random.randrange(120)
        if kind == DATA and random.random() < 0.8:
            return start + self.size - 1 - int(random.random() ** 2 * self.size)
        return start + random.randrange(self.size)


def change_byte(target: MutableFile, random: Random, content: bytearray) -> None:
    content[min(target.offset(random), len(content) - 1)] = random.randrange(256)


def change_bit(target: MutableFile, random: Random, content: bytearray) -> None:
    content[min(target.offset(random), len(content) - 1)] ^= 1 << random.randrange(8)


def change_number(target: MutableFile, random: Random, content: bytearray) -> None:
    """Replace a number by a page number or address of the file, or by one at a limit."""
    page = random.randrange(target.page_count + 2)
    value = random.choice(
        (*NUMBERS, page, page << 8 | random.randrange(8), random.choice(NUMBERS) + random.choice((1, -1)))
    )
    width = random.choice((1, 2, 2, 4, 4))
    start = target.offset(random)
    content[start : start + width] = (value & 0xFFFFFFFF).to_bytes(4, "little")[:width]


def repeat_bytes(target: MutableFile, random: Random, content: bytearray) -> None:
    """Copy bytes to another place, as a directory entry over the next one."""
    source, length = target.offset(random), random.choice((2, 2, 4, 12, 25, 64))
    start = random.choice((source + 2, source + length, target.offset(random)))
    data = content[source : source + length]
    content[start : start + len(data)] = data


def repeat_page(target: MutableFile, random: Random, content: bytearray) -> None:
    source, start = (random.randrange(target.page_count) * target.size for _ in range(2))
    content[start : start + target.size] = content[source : source + target.size]


def erase(target: MutableFile, random: Random, content: bytearray) -> None:
    start, length = target.offset(random), random.choice((4, 40, 400))
    content[start : start + length] = bytes([random.choice((0, 0xFF))]) * length


def truncate(_: MutableFile, random: Random, content: bytearray) -> None:
    del content[random.randrange(1, len(content)) :]


Change = Callable[[MutableFile, Random, bytearray], None]
CHANGES: tuple[Change, ...] = (
    *(change_byte, change_bit, repeat_bytes, repeat_page, erase, truncate),
    *[change_number] * 6,
    repeat_bytes,
)
