"""Access files of one table, whose pages a test changes before or after they are written."""

import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.access_files.access_formats import JetFormat, JetPages, data_page, header, usage_map
from tests.access_files.access_tables import CHAINED, StoredBytes, TableWriter
from tests.access_files.access_values import TYPES, JetColumn
from tests.access_files.random_files import write_catalog

KEY = 0x1234ABCD
PAGE_OF_TABLE = 3  # the definition of the first table


def column(name: str, type_: str, number: int, size: int = 40) -> JetColumn:
    """Return a column with the width of its type; `size` is that of text."""
    width = TYPES[type_][1]
    return JetColumn(name, type_, number, width or (0 if type_ in ("memo", "ole") else size), width > 0)


COLUMNS = (column("id", "long", 0), column("name", "text", 1), column("m", "memo", 2), column("o", "ole", 3))


def new_table(jet: JetFormat, columns: Sequence[JetColumn] = COLUMNS, code_page: int = 1252) -> TableWriter:
    """Return the writer of a table whose definition is on page PAGE_OF_TABLE."""
    pages = JetPages(jet, Random(1))
    return TableWriter(pages, columns, code_page, pages.reserve())


def finish(
    table: TableWriter,
    name: str = "t",
    row_count: int | None = None,
    key: int = 0,
    change: Callable[[JetPages], None] = lambda pages: None,
    more_objects: Sequence[tuple[int, str]] = (),
) -> bytes:
    """Write the table and the catalog, and return the file. `change` may replace pages before they are encoded.

    `more_objects` are further tables in the catalog: (page of the definition, name).

    `row_count` is what the definition records; by default, the number of directory entries without flags.
    """
    pages = table.pages
    counted = sum(flags == 0 for records in table.rows.records.values() for _, flags in records)
    order = range(len(table.columns))
    table.close(counted if row_count is None else row_count, order, by_reference=False, index_count=0)
    objects = [
        (2, "MSysObjects", 1, -0x80000000),
        *((page, name, 1, 0) for page, name in ((table.page, name), *more_objects)),
    ]
    write_catalog(pages.random, pages, table.code_page, objects)
    pages.put(1, data_page(pages.jet, 1, [(usage_map(pages, []), 0)]))
    pages.put(0, header(pages.jet, table.code_page, key))
    change(pages)
    return pages.to_bytes(key)


def reference(length: int, flag: int, address: tuple[int, int]) -> StoredBytes:
    """Return a reference to a long value as a row stores it; the address need not exist."""
    page, slot = address
    return StoredBytes(struct.pack("<III", length | flag << 24, page << 8 | slot, 0))


def chained(length: int, address: tuple[int, int]) -> StoredBytes:
    return reference(length, CHAINED, address)


def set_number(pages: JetPages, page: int, offset: int, value: int, width: str = "<I") -> None:
    """Replace a number on a page."""
    content = bytearray(pages.content[page])
    struct.pack_into(width, content, offset, value)
    pages.put(page, bytes(content))


def rows_of(values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return rows (id, name, m, o) whose memos are the values."""
    return [(number, f"row {number}", value, b"ole") for number, value in enumerate(values, 1)]
