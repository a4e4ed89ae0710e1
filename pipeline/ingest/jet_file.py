"""Open an Access file: Jet 3 (Access 97), Jet 4 (Access 2000-2003) and ACE (.accdb); its header, pages and encoding.

The layout is described in HACKING.md of mdbtools. All numbers are little-endian.
"""

import struct
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import ExtractionError, printable
from pipeline.ingest.transfer import require_free_space

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[Any]

SIGNATURES = (b"\x00\x01\x00\x00Standard Jet DB\x00", b"\x00\x01\x00\x00Standard ACE DB\x00")
LATEST_VERSION = 6  # Access 2019
# Of Windows, for text; 0 stands for 1252.
CODE_PAGES = {0, 874, 932, 936, 949, 950, *range(1250, 1259), 1361}
# The header from byte 24 is masked with RC4 under a constant key.
MASK_KEY = b"\xc7\xda\x39\x6b"
MASKED = slice(24, 24 + 128)
CODE_PAGE_OFFSET, KEY_OFFSET = 0x3C, 0x3E
# Length of the description of the encryption of a database with a password (Access 2007 and later).
ENCRYPTION_OFFSET = 0x299
DATA_PAGE, DEFINITION_PAGE, BITMAP_PAGE = 1, 2, 5
# Bits of an entry in the directory of a data page. A row that outgrew its page leaves a pointer, and its new place is
# hidden from scans; a deleted row has both bits.
OFFSET_MASK, POINTER_FLAG, HIDDEN_FLAG = 0x1FFF, 0x4000, 0x8000
DECODED_TOGETHER = 512  # pages


class DamagedFile(ExtractionError):
    """A structure of the file is invalid; the message names the structure and its page, but not the file."""


@dataclass(frozen=True)
class Layout:
    """Positions that differ between Jet 3 and Jet 4; `count_bytes`: the size of the counts in a row."""

    page_size: int
    count_bytes: int
    directory: int  # of a data page: number of rows, then their offsets
    row_count: int  # of a table definition, like the following
    max_columns: int
    column_count: int
    index_count: int
    usage_map: int
    indexes: int
    index_bytes: int
    column_bytes: int
    column_number: int  # of a column in the definition, like the following
    variable_index: int
    scale: int
    flags: int
    fixed_offset: int


JET3 = Layout(2048, 1, 8, 12, 21, 25, 31, 35, 43, 8, 18, 1, 3, 10, 13, 14)
JET4 = Layout(4096, 2, 12, 16, 41, 45, 51, 55, 63, 12, 25, 5, 7, 12, 15, 21)


@dataclass(frozen=True)
class Header:
    """What page 0 states: the layout, the encoding of text in Jet 3, and the key of encoded pages, 0 if plain."""

    layout: Layout
    encoding: str
    key: int


@dataclass(frozen=True)
class JetFile:
    """An Access file as one array of bytes, decoded; the positions of all values are offsets into it."""

    path: Path
    header: Header
    content: Bytes

    @property
    def layout(self) -> Layout:
        """Layout of this version."""
        return self.header.layout

    @property
    def page_count(self) -> int:
        """Number of complete pages."""
        return len(self.content) // self.layout.page_size

    @cached_property
    def buffer(self) -> pa.Buffer:
        """The content as an Arrow buffer, without a copy."""
        return pa.py_buffer(self.content)

    @cached_property
    def u16(self) -> Numbers:
        """Array whose element i is the unsigned 16-bit number at offset i."""
        return self.numbers("<u2")

    @cached_property
    def u32(self) -> Numbers:
        """Array whose element i is the unsigned 32-bit number at offset i."""
        return self.numbers("<u4")

    def numbers(self, dtype: str) -> Numbers:
        """Return an array whose element i is the number at offset i, which need not be aligned."""
        size = max(0, len(self.content) - np.dtype(dtype).itemsize + 1)
        return np.ndarray((size,), dtype, buffer=self.content.data, strides=(1,))

    def page(self, number: int, kind: int, name: str) -> bytes:
        """Return the bytes of a page. Raises DamagedFile if it is outside the file or of another kind."""
        if not 0 < number < self.page_count:
            raise DamagedFile(f"page {number}: expected {name}, found the end of the file at {self.page_count} pages")
        content = self.content[number * self.layout.page_size : (number + 1) * self.layout.page_size]
        if content[0] != kind:
            raise DamagedFile(f"page {number}: expected {name}, found a page of type {content[0]}")
        return content.tobytes()


def open_file(path: Path) -> JetFile:
    """Return the file, mapped into memory; a decoded copy of an encoded file is on disk.

    Raises ExtractionError or InsufficientDiskSpace.
    """
    try:
        header = read_header(path)
    except DamagedFile as error:
        raise ExtractionError(f"{printable(path.name)}: {error}") from error
    size = header.layout.page_size
    content: Bytes = np.memmap(path, np.uint8, "r")
    content = content[: len(content) // size * size]
    if header.key:
        # A write to mapped memory that the disk cannot hold ends the process.
        require_free_space(Path(tempfile.gettempdir()), len(content), printable(path.name))
        content = decode_pages(content.reshape(-1, size), header.key).reshape(-1)
    return JetFile(path, header, content)


def read_header(path: Path) -> Header:
    """Return the content of page 0. Raises DamagedFile for other files and for encryption with a password."""
    with path.open("rb") as file:
        page = file.read(JET4.page_size)
    if not page.startswith(SIGNATURES) or len(page) < JET3.page_size:
        raise DamagedFile(
            f"expected an Access database, found a file that starts with {page[:20]!r}; download the zip again from "
            "its source"
        )
    version, is_ace = page[20], page.startswith(SIGNATURES[1])
    if version > LATEST_VERSION:
        raise DamagedFile(
            f"expected a database of Access 97 to 2019, found version {version} of the format; save it in another "
            "format with Access"
        )
    masked = np.frombuffer(page[MASKED], np.uint8)
    stream = _key_stream(np.frombuffer(MASK_KEY, np.uint8)[None], len(masked))[0]
    head = bytes(MASKED.start) + (masked ^ stream).tobytes()
    (code_page,), (key,) = struct.unpack_from("<H", head, CODE_PAGE_OFFSET), struct.unpack_from("<I", head, KEY_OFFSET)
    if is_ace and key and page[ENCRYPTION_OFFSET : ENCRYPTION_OFFSET + 2].strip(b"\0"):
        raise DamagedFile(
            "expected a database without a password, found one that is encrypted with a password; decrypt it with "
            "Access (File > Info > Decrypt Database)"
        )
    if version == 0 and code_page not in CODE_PAGES:
        raise DamagedFile(f"expected a code page of Windows, found {code_page}; save it in another format with Access")
    return Header(JET4 if version else JET3, f"cp{code_page or 1252}", 0 if is_ace else key)


def decode_pages(pages: Bytes, key: int) -> Bytes:
    """Return a decoded copy of the pages of a file that Access encoded ("Encode Database"), in a temporary file."""
    with tempfile.TemporaryFile(prefix="ntsb-access-") as file:
        decoded: Bytes = np.memmap(file, np.uint8, "w+", shape=pages.shape)
    for first in range(0, len(pages), DECODED_TOGETHER):
        block = pages[first : first + DECODED_TOGETHER]
        numbers = np.arange(first, first + len(block), dtype="<u4")
        keys = (numbers ^ np.uint32(key)).view(np.uint8).reshape(-1, 4)
        decoded[first : first + len(block)] = block ^ _key_stream(keys, block.shape[1])
    decoded[:1] = pages[:1]
    return decoded


def _key_stream(keys: Bytes, length: int) -> Bytes:
    """Return the first bytes of the RC4 key stream of each key: array of shape (keys, length)."""
    count = np.arange(len(keys))
    state = np.repeat(np.arange(256, dtype=np.uint8)[:, None], len(keys), axis=1)
    swap = np.zeros(len(keys), np.uint8)
    stream = np.empty((length, len(keys)), np.uint8)
    for index in range(256):
        swap += state[index] + keys[:, index % keys.shape[1]]
        state[index], state[swap, count] = state[swap, count], state[index].copy()
    swap[:] = 0
    for step in range(length):
        index = (step + 1) & 255
        swap += state[index]
        state[index], state[swap, count] = state[swap, count], state[index].copy()
        stream[step] = state[state[index] + state[swap, count], count]
    return stream.T
