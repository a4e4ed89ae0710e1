"""Tables of an Access file: the catalog, the table definitions, and the numbers of a table's data pages."""

import struct
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.errors import printable
from pipeline.ingest.jet_file import (
    BITMAP_PAGE,
    DATA_PAGE,
    DEFINITION_PAGE,
    JET3,
    OFFSET_MASK,
    DamagedFile,
    JetFile,
    Numbers,
)
from pipeline.ingest.jet_text import MARK, unpack_text

BOOLEAN, DATETIME, BINARY, TEXT, OLE, MEMO, GUID, DECIMAL, EXTENDED = 1, 8, 9, 10, 11, 12, 15, 16, 20
TYPE_NAMES = {
    BOOLEAN: "Yes/No",
    2: "Byte",
    3: "Integer",
    4: "Long",
    5: "Currency",
    6: "Single",
    7: "Double",
    DATETIME: "Date/Time",
    BINARY: "Binary",
    TEXT: "Text",
    OLE: "OLE Object",
    MEMO: "Memo",
    GUID: "GUID",
    DECIMAL: "Decimal",
    18: "Complex",
    19: "Large Number",
    EXTENDED: "Date/Time Extended",
}
# Bytes of a value; Text, Memo, Binary and OLE values have any length.
WIDTHS = {
    BOOLEAN: 0,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 4,
    7: 8,
    DATETIME: 8,
    GUID: 16,
    DECIMAL: 17,
    18: 4,
    19: 8,
    EXTENDED: 42,
}
FIXED_FLAG, CALCULATED_FLAGS = 0x01, 0xC0
MAX_COLUMNS = 255
MAX_NAME_LENGTH = 255
MAX_DEFINITION_PAGES = 256
CATALOG_PAGE = 2
LOCAL_TABLE = 1
SYSTEM_FLAGS = 0x80000002


@dataclass(frozen=True)
class JetColumn:
    """A column: `number` is its bit in a row's mask, `variable` its position among the variable-length columns, None if
    its values are at a fixed offset."""

    name: str
    type: int
    number: int
    variable: int | None
    offset: int
    width: int | None
    scale: int
    is_calculated: bool


@dataclass(frozen=True)
class JetTable:
    """A table definition: columns in the order of their numbers, data pages in ascending order, number of rows."""

    name: str
    columns: tuple[JetColumn, ...]
    max_columns: int
    pages: Numbers
    rows: int


def read_table(file: JetFile, page: int, name: str) -> JetTable:
    """Return the table whose definition begins on a page. Raises DamagedFile."""
    layout, definition = file.layout, _read_definition(file, page)
    try:
        columns = _read_columns(file, definition)
        (rows,) = struct.unpack_from("<I", definition, layout.row_count)
        (max_columns,) = struct.unpack_from("<H", definition, layout.max_columns)
        (usage_map,) = struct.unpack_from("<I", definition, layout.usage_map)
    except (struct.error, IndexError) as error:
        raise DamagedFile(f"page {page}: expected a complete table definition, found its end too early") from error
    if problems := _column_problems(columns):
        raise DamagedFile(f"page {page}: expected valid column definitions, found {'; '.join(problems)}")
    columns.sort(key=lambda column: column.number)
    return JetTable(name, tuple(columns), min(max_columns, MAX_COLUMNS), _data_pages(file, page, usage_map), rows)


def _read_definition(file: JetFile, page: int) -> bytes:
    """Return a definition, which may span several pages, without the headers of the later ones."""
    parts: list[bytes] = []
    following, visited = page, set[int]()
    while following:
        content = file.page(following, DEFINITION_PAGE, "a table definition")
        visited.add(following)
        parts.append(content[8:] if parts else content)
        (following,) = struct.unpack_from("<I", content, 4)
        if following in visited or len(visited) > MAX_DEFINITION_PAGES:
            raise DamagedFile(
                f"page {page}: expected a table definition on at most {MAX_DEFINITION_PAGES} pages, found more"
            )
    return b"".join(parts)


def _read_columns(file: JetFile, definition: bytes) -> list[JetColumn]:
    layout = file.layout
    (count,) = struct.unpack_from("<H", definition, layout.column_count)
    (indexes,) = struct.unpack_from("<I", definition, layout.index_count)
    first = layout.indexes + layout.index_bytes * indexes
    name_offset = first + layout.column_bytes * count
    columns = []
    for entry in range(first, name_offset, layout.column_bytes):
        size = int.from_bytes(_bytes(definition, name_offset, layout.count_bytes), "little")
        name = decode_name(file, _bytes(definition, name_offset + layout.count_bytes, size))
        name_offset += layout.count_bytes + size
        columns.append(_read_column(file, definition, entry, name))
    return columns


def _bytes(data: bytes, offset: int, length: int) -> bytes:
    """Return a slice of the definition. Raises IndexError, not a shorter slice, if it is too short."""
    if offset + length > len(data):
        raise IndexError(offset)
    return data[offset : offset + length]


def _read_column(file: JetFile, definition: bytes, entry: int, name: str) -> JetColumn:
    """Return the column that the entry at offset `entry` of a definition describes."""
    layout = file.layout
    kind, flags = definition[entry], definition[entry + layout.flags]
    number, variable, offset, length = (
        struct.unpack_from("<H", definition, entry + position)[0]
        for position in (layout.column_number, layout.variable_index, layout.fixed_offset, layout.fixed_offset + 2)
    )
    is_fixed = bool(flags & FIXED_FLAG)
    return JetColumn(
        name,
        kind,
        number,
        None if is_fixed else variable,
        offset,
        WIDTHS.get(kind, length if is_fixed else None),
        definition[entry + layout.scale],
        layout is not JET3 and bool(definition[entry + layout.flags + 1] & CALCULATED_FLAGS),
    )


def _column_problems(columns: list[JetColumn]) -> list[str]:
    """Return a message for each unknown type, number out of range, and repeated name, number or place in a row."""
    problems = [
        f"type {column.type} of {printable(column.name, 64)}" for column in columns if column.type not in TYPE_NAMES
    ]
    problems += [
        f"number {column.number} of {printable(column.name, 64)}"
        for column in columns
        if max(column.number, column.variable or 0) >= MAX_COLUMNS or len(column.name) > MAX_NAME_LENGTH
    ]
    variable = [str(column.variable) for column in columns if column.variable is not None]
    names, numbers = [column.name for column in columns], [str(column.number) for column in columns]
    for kind, values in (("name", names), ("number", numbers), ("variable-length value", variable)):
        problems += [f"{kind} {printable(value, 64)} twice" for value, count in Counter(values).items() if count > 1]
    fixed = sorted((c.offset, c.offset + c.width, c.name) for c in columns if c.variable is None and c.width)
    problems += [
        f"{printable(name, 64)} within another" for (_, end, _), (start, _, name) in pairwise(fixed) if start < end
    ]
    return problems if columns else ["none"]


def decode_name(file: JetFile, data: bytes) -> str:
    """Return the name of a table or column; it may contain any characters, also unpaired surrogates and NUL.

    Raises DamagedFile if the bytes are not text.
    """
    if file.layout is JET3:
        return data.decode(file.header.encoding, "backslashreplace")
    try:
        if len(data) > 2 and data.startswith(MARK):
            return unpack_text(data[len(MARK) :])
        return data.decode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError as error:
        raise DamagedFile(f"expected a name in UTF-16, found {data[:20]!r}") from error


def _data_pages(file: JetFile, owner: int, pointer: int) -> Numbers:
    """Return the numbers of the data pages of the table with definition page `owner`, from its usage map.

    Other pages in the map are free or were never written; the number of rows shows if one with rows is missing.
    """
    record = read_record(file, pointer >> 8, pointer & 0xFF, "a usage map")
    if len(record) < 5 or record[0] > 1:
        raise DamagedFile(f"page {pointer >> 8}: expected a usage map, found {record[:5]!r}")
    if record[0] == 0:
        numbers = _set_bits(record[5:]) + struct.unpack_from("<I", record, 1)[0]
    else:
        numbers = _mapped_pages(file, np.frombuffer(record, "<u4", (len(record) - 1) // 4, 1))
    numbers = numbers[(numbers > 0) & (numbers < file.page_count)]
    offsets = numbers * file.layout.page_size
    return numbers[(file.content[offsets] == DATA_PAGE) & (file.u32[offsets + 4] == owner)]


def _mapped_pages(file: JetFile, bitmap_pages: Numbers) -> Numbers:
    """Return the page numbers in a list of bitmap pages, each of which describes the next range of pages."""
    size = (file.layout.page_size - 4) * 8
    lists = [
        _set_bits(file.page(int(number), BITMAP_PAGE, "a bitmap of a usage map")[4:]) + position * size
        for position, number in enumerate(bitmap_pages[: file.page_count // size + 1])
        if number
    ]
    return np.concatenate(lists) if lists else np.empty(0, np.int64)


def _set_bits(field: bytes) -> Numbers:
    return np.flatnonzero(np.unpackbits(np.frombuffer(field, np.uint8), bitorder="little"))


def read_record(file: JetFile, page: int, slot: int, name: str) -> bytes:
    """Return a record of a data page. Raises DamagedFile if it does not exist."""
    layout = file.layout
    content = file.page(page, DATA_PAGE, name)
    count, *offsets = struct.unpack_from(f"<{slot + 2}H", content, layout.directory)
    start, end = offsets[slot] & OFFSET_MASK, offsets[slot - 1] & OFFSET_MASK if slot else layout.page_size
    if slot >= count or not layout.directory < start <= end <= layout.page_size:
        raise DamagedFile(f"page {page}: expected {name} in record {slot}, found none")
    return content[start:end]
