"""Text of an Access file, many values at once: UTF-8 from compressed and UTF-16 text (Jet 4) or a code page (Jet 3).

Compressed text has one byte per character after the mark FF FE; a zero byte switches to UTF-16 and back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ingest.arrow_arrays import to_arrow
from pipeline.ingest.jet_file import JET3, Bytes, JetFile, Numbers

MARK = b"\xff\xfe"
BLANK = 0x20
HAS_NUL, HAS_SURROGATE = "it contains U+0000", "it contains an unpaired surrogate"
HAS_ODD_LENGTH, IS_INVALID = "it ends within a character", "it is not valid in the code page of the file"


@dataclass(frozen=True)
class Pieces:
    """Parts of values, in the order of the rows and of each value: row, offset in the file and length of each.

    `order`: indexes by ascending offset, if known.
    """

    row: Numbers
    start: Numbers
    length: Numbers
    order: Numbers | None = None

    def select(self, is_selected: Numbers) -> "Pieces":
        """Return some of the parts."""
        return Pieces(self.row[is_selected], self.start[is_selected], self.length[is_selected])


@dataclass
class Texts:
    """Values in UTF-8 with the offsets at which each begins and ends; `problems` by the index of a value that cannot be
    represented, and `unusual` texts that were decoded one by one: in both cases the UTF-8 is meaningless."""

    data: Bytes
    offsets: Numbers
    problems: dict[int, str] = field(default_factory=dict)
    unusual: dict[int, str] = field(default_factory=dict)


def gather(file: JetFile, pieces: Pieces) -> tuple[Bytes, Numbers]:
    """Return the bytes of parts of the file one after the other, and the offsets at which each begins and ends."""
    if not len(pieces.start):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    order = np.argsort(pieces.start, kind="stable") if pieces.order is None else pieces.order
    bounds = np.empty(2 * len(order), np.int64)
    bounds[::2] = pieces.start[order]
    bounds[1::2] = bounds[::2] + pieces.length[order]
    if (bounds[2::2] < bounds[1:-1:2]).any():
        # Only in damaged files: the array below cannot represent parts that overlap.
        parts = [file.content[first : first + size] for first, size in zip(pieces.start, pieces.length, strict=True)]
        return np.concatenate(parts), np.concatenate([[0], np.cumsum(pieces.length)])
    # Parts and the gaps between them, without a copy; then every second element.
    spans = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(bounds) - 1, [None, pa.py_buffer(bounds), file.buffer]
    )
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(0, len(bounds), 2)
    _, offsets, data = spans.take(to_arrow(rank)).buffers()
    return np.frombuffer(data, np.uint8), np.frombuffer(offsets, np.int64)[: len(order) + 1]


def decode(file: JetFile, has_value: Numbers, pieces: Pieces) -> tuple[pa.Array, dict[int, str]]:
    """Return the text of each row, NULL where it has none or it cannot be represented, and {row: reason} of the latter.

    Rows with a value and no pieces have an empty string.
    """
    if file.layout is JET3:
        return _to_array(has_value, _decode_parts(file, len(has_value), pieces, _code_page_decoder(file)))
    is_packed, pieces = _without_marks(file, len(has_value), pieces)
    is_piece_packed = is_packed[pieces.row] & (pieces.length > 0)
    if not is_piece_packed.any():
        return _to_array(has_value, _decode_parts(file, len(has_value), pieces, _decode_wide))
    packed = _decode_parts(file, len(has_value), _blanked(pieces, is_packed), _decode_packed)
    if not (pieces.length[~is_packed[pieces.row]] > 0).any():
        return _to_array(has_value, packed)
    wide = _decode_parts(file, len(has_value), _blanked(pieces, ~is_packed), _decode_wide)
    packed_texts, packed_problems = _to_array(has_value, packed)
    wide_texts, wide_problems = _to_array(has_value, wide)
    return pc.if_else(to_arrow(is_packed), packed_texts, wide_texts), packed_problems | wide_problems


def _blanked(pieces: Pieces, is_kept: Numbers) -> Pieces:
    """Return the pieces with length 0 for all rows but some."""
    return Pieces(pieces.row, pieces.start, np.where(is_kept[pieces.row], pieces.length, 0), pieces.order)


def _without_marks(file: JetFile, rows: int, pieces: Pieces) -> tuple[Numbers, Pieces]:
    """Return which rows have compressed text, and the pieces without its marks."""
    first = np.flatnonzero(np.diff(pieces.row, prepend=-1))
    start, length = pieces.start.copy(), pieces.length.copy()
    first = first[np.bincount(pieces.row, length, rows)[pieces.row[first]] > len(MARK)]
    # A part may have one byte.
    second = first + (length[first] < len(MARK))
    is_marked = file.content[start[first]] == MARK[0]
    is_marked &= file.content[start[second] + (second == first)] == MARK[1]
    first, second = first[is_marked], second[is_marked]
    is_packed = np.zeros(rows, bool)
    is_packed[pieces.row[first]] = True
    for index, size in ((first, 1 + (second == first)), (second, second != first)):
        start[index] += size
        length[index] -= size
    return is_packed, Pieces(pieces.row, start, length, pieces.order)


def _decode_parts(file: JetFile, rows: int, pieces: Pieces, decoder: Callable[[Bytes, Numbers], Texts]) -> Texts:
    """Return the text of each row from its pieces; `decoder` decodes the gathered bytes."""
    data, offsets = gather(file, pieces)
    if len(pieces.row) != rows or (pieces.row != np.arange(rows)).any():
        # Several pieces in a row, or none.
        offsets = offsets[np.searchsorted(pieces.row, np.arange(rows + 1))]
    return decoder(data, offsets)


def _to_array(has_value: Numbers, texts: Texts) -> tuple[pa.Array, dict[int, str]]:
    """Return an Arrow array of the values, NULL where there is none or it cannot be represented."""
    is_valid = has_value.copy()
    is_valid[list(texts.problems)] = False
    validity = None if is_valid.all() else pa.py_buffer(np.packbits(is_valid, bitorder="little"))
    offsets = pa.py_buffer(np.ascontiguousarray(texts.offsets, np.int64))
    array = pa.LargeStringArray.from_buffers(len(has_value), offsets, pa.py_buffer(texts.data), validity)
    if texts.unusual:
        is_unusual = np.zeros(len(has_value), bool)
        is_unusual[list(texts.unusual)] = True
        replacements = [texts.unusual[index] for index in sorted(texts.unusual)]
        array = pc.replace_with_mask(array, to_arrow(is_unusual), pa.array(replacements, pa.large_string()))
    return array, texts.problems


def _values_at(offsets: Numbers, positions: Numbers) -> list[int]:
    """Return the indexes of the values to which some positions in the data belong, ascending."""
    return np.unique(np.searchsorted(offsets, positions, "right") - 1).tolist()


def _decode_packed(data: Bytes, offsets: Numbers) -> Texts:
    """Decode compressed text without its mark."""
    problems: dict[int, str] = {}
    unusual: dict[int, str] = {}
    if data.min(initial=1) == 0:
        data = data.copy()
        for index in _values_at(offsets, np.flatnonzero(data == 0)):
            value = data[offsets[index] : offsets[index + 1]]
            try:
                unusual[index] = text = unpack_text(value.tobytes())
                text.encode()
            except UnicodeError:
                problems[index] = HAS_SURROGATE if index in unusual else HAS_ODD_LENGTH
                unusual.pop(index, None)
            else:
                if "\0" in text:
                    problems[index] = HAS_NUL
                    del unusual[index]
            value[:] = BLANK
    texts = Texts(data, offsets) if data.max(initial=0) < 0x80 else _encode(data.astype(np.uint16), offsets)
    return Texts(texts.data, texts.offsets, problems, unusual)


def unpack_text(data: bytes) -> str:
    """Return compressed text that switches to UTF-16; `data` follows the mark. Raises UnicodeError.

    The mark may also be U+FEFF in text that is not compressed. Compression would then be pointless: a part in UTF-16 is
    empty or begins with a character that needs no UTF-16.
    """
    parts, position, is_wide, is_pointless = [], 0, False, False
    while position < len(data):
        if is_wide:
            end = next((i for i in range(position, len(data), 2) if data[i] == 0), len(data))
            parts.append(data[position:end])
            is_pointless |= end < position + 2 or data[position + 1] == 0
        else:
            end = data.find(0, position)
            end = len(data) if end < 0 else end
            parts.append(data[position:end].decode("latin-1").encode("utf-16-le"))
        position, is_wide = end + 1, not is_wide
    is_pointless |= is_wide and data.endswith(b"\0") and position == len(data)
    if (is_pointless or sum(map(len, parts)) % 2) and len(data) % 2 == 0:
        return (MARK + data).decode("utf-16-le", "surrogatepass")
    return b"".join(parts).decode("utf-16-le", "surrogatepass")


def _decode_wide(data: Bytes, offsets: Numbers) -> Texts:
    """Decode UTF-16."""
    problems: dict[int, str] = {}
    if (offsets & 1).any():
        length = np.diff(offsets)
        problems = dict.fromkeys(np.flatnonzero(length & 1).tolist(), HAS_ODD_LENGTH)
        # Without the last byte, so that all other values are aligned.
        data = np.delete(data, offsets[1:][length & 1 == 1] - 1)
        offsets = np.concatenate([[0], np.cumsum(length & ~1)])
    texts = _encode(data.view(np.uint16), offsets >> 1)
    return Texts(texts.data, texts.offsets, texts.problems | problems)


def _code_page_decoder(file: JetFile) -> Callable[[Bytes, Numbers], Texts]:
    """Return the decoder for the file's code page; bytes that it does not define are control characters."""
    name = file.header.encoding
    try:
        characters = [_decode_byte(byte, name) for byte in range(256)]
    except (LookupError, UnicodeDecodeError):
        return lambda data, offsets: _decode_one_by_one(data, offsets, name)
    table = np.array([ord(character) for character in characters], np.uint16)
    return lambda data, offsets: _encode(table[data], offsets)


def _decode_byte(byte: int, name: str) -> str:
    """Return the character of a byte; in Windows code pages an undefined byte is a control character."""
    try:
        return bytes([byte]).decode(name)
    except UnicodeDecodeError:
        if name.startswith("cp125"):
            return chr(byte)
        raise


def _decode_one_by_one(data: Bytes, offsets: Numbers, name: str) -> Texts:
    """Decode a code page with several bytes per character."""
    texts = Texts(data, offsets)
    for index in np.flatnonzero(np.diff(offsets)).tolist():
        try:
            text = data[offsets[index] : offsets[index + 1]].tobytes().decode(name)
        except (LookupError, UnicodeDecodeError):
            texts.problems[index] = IS_INVALID
        else:
            if "\0" in text:
                texts.problems[index] = HAS_NUL
            else:
                texts.unusual[index] = text
    return texts


def _encode(units: Numbers, offsets: Numbers) -> Texts:
    """Return values in UTF-16 as UTF-8."""
    problems = dict.fromkeys(
        _values_at(offsets, np.flatnonzero(units == 0)) if units.min(initial=1) == 0 else (), HAS_NUL
    )
    largest = units.max(initial=0)
    if largest < 0x80:
        return Texts(units.astype(np.uint8), offsets, problems)
    is_surrogate = np.zeros(len(units), bool)
    if largest >= 0xD800:
        is_surrogate = units & 0xF800 == 0xD800
        lone = _values_at(offsets, _unpaired(units, offsets, is_surrogate))
        problems |= dict.fromkeys(lone, HAS_SURROGATE)
        units = units.copy()
        for index in lone:
            value = slice(offsets[index], offsets[index + 1])
            units[value], is_surrogate[value] = BLANK, False
    data = units.tobytes().decode("utf-16-le").encode()
    # A character has one byte more from U+0080 and again from U+0800; a pair of surrogates has four together.
    long = np.flatnonzero(units >= 0x80)
    more = 1 + (units[long] >= 0x800) - is_surrogate[long].astype(np.int64)
    added = np.concatenate([[0], np.cumsum(more)])[np.searchsorted(long, offsets)]
    return Texts(np.frombuffer(data, np.uint8), offsets + added, problems)


def _unpaired(units: Numbers, offsets: Numbers, is_surrogate: Numbers) -> Numbers:
    """Return the positions of surrogates that are not part of a pair in the same value."""
    positions = np.flatnonzero(is_surrogate)
    is_high = units[positions] < 0xDC00
    begins_pair = is_high[:-1] & ~is_high[1:] & (np.diff(positions) == 1) & ~np.isin(positions[1:], offsets)
    is_paired = np.zeros(len(positions), bool)
    is_paired[:-1] |= begins_pair
    is_paired[1:] |= begins_pair
    return positions[~is_paired]
