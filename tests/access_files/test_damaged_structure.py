"""An Access file whose structure is damaged is rejected with one short line, in bounded time and memory."""

import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from tests.access_files.access_formats import JET3, JET4, JetFormat, JetPages
from tests.access_files.bounded import read_bounded
from tests.access_files.small_files import (
    COLUMNS,
    KEY,
    PAGE_OF_TABLE,
    chained,
    column,
    finish,
    new_table,
    rows_of,
    set_number,
)

SPARSE_BYTES = 80_000_000
Change = Callable[[JetPages], None]
NAME_WITH_ESCAPES = "\x1b]0;title\x07\x1b[31mred\ntable\r\x7f"


def by_format(jet: JetFormat, jet3: int, jet4: int) -> int:
    return jet3 if jet.is_jet3 else jet4


def used_pages_pointer(pages: JetPages) -> int:
    return struct.unpack_from("<I", pages.content[PAGE_OF_TABLE], by_format(pages.jet, 35, 55))[0]


def set_pointer(pages: JetPages, value: int) -> None:
    set_number(pages, PAGE_OF_TABLE, by_format(pages.jet, 35, 55), value)


def change_map(pages: JetPages, content: bytes) -> None:
    """Replace the start of the usage map of the table."""
    page, slot = used_pages_pointer(pages) >> 8, used_pages_pointer(pages) & 255
    start = struct.unpack_from("<H", pages.content[page], pages.jet.page_head + 2 * slot)[0]
    data = bytearray(pages.content[page])
    data[start : start + len(content)] = content
    pages.put(page, bytes(data))


def data_page_of(pages: JetPages, owner: int = PAGE_OF_TABLE) -> int:
    """Return the first data page of the table."""
    return min(
        n for n, data in pages.content.items() if data[:1] == b"\1" and struct.unpack_from("<I", data, 4)[0] == owner
    )


def set_directory(pages: JetPages, count: int, entries: list[int], owner: int = PAGE_OF_TABLE) -> None:
    page = data_page_of(pages, owner)
    set_number(pages, page, pages.jet.page_head - 2, count, "<H")
    for slot, entry in enumerate(entries):
        set_number(pages, page, pages.jet.page_head + 2 * slot, entry, "<H")


def duplicate_rows(pages: JetPages) -> None:
    """Let as many directory entries as possible refer to the first row, and record that number of rows."""
    first = struct.unpack_from("<H", pages.content[data_page_of(pages)], pages.jet.page_head)[0]
    count = (first - pages.jet.page_head) // 2
    set_directory(pages, count, [first] * count)
    set_number(pages, PAGE_OF_TABLE, by_format(pages.jet, 12, 16), count)


def change_object(pages: JetPages, change: Callable[[bytearray], None]) -> None:
    """Change the row of the table in the catalog."""
    for page in [n for n, data in pages.content.items() if data[:1] == b"\1" and data[4:8] == struct.pack("<I", 2)]:
        content, head = bytearray(pages.content[page]), pages.jet.page_head
        (count,) = struct.unpack_from("<H", content, head - 2)
        ends = [pages.jet.page_size, *(entry & 0x1FFF for entry in struct.unpack_from(f"<{count}H", content, head))]
        for end, start in pairwise(ends):
            row = content[start:end]
            if row[by_format(pages.jet, 1, 2) :].startswith(struct.pack("<I", PAGE_OF_TABLE)):
                change(row)
                content[start:end] = row
        pages.put(page, bytes(content))


def remove_name(row: bytearray) -> None:
    row[-1] &= ~(1 << 5)


def remove_type(row: bytearray) -> None:
    row[-1] &= ~(1 << 2)


def remove_columns(row: bytearray) -> None:
    row[0] = 0


def definition(offset3: int, offset4: int, value: int, width: str = "<H") -> Change:
    return lambda pages: set_number(pages, PAGE_OF_TABLE, by_format(pages.jet, offset3, offset4), value, width)


DAMAGE: dict[str, Change] = {
    "a definition that continues on itself": lambda p: set_number(p, PAGE_OF_TABLE, 4, PAGE_OF_TABLE),
    "a definition that continues outside the file": lambda p: set_number(p, PAGE_OF_TABLE, 4, 900_000),
    "a definition that continues on a data page": lambda p: set_number(p, PAGE_OF_TABLE, 4, data_page_of(p)),
    "a definition of another kind": lambda p: set_number(p, PAGE_OF_TABLE, 0, 0x101, "<H"),
    "more columns than fit": definition(25, 45, 60_000),
    "no columns": definition(25, 45, 0),
    "more indexes than fit": definition(31, 51, 0x7FFFFFFF, "<I"),
    "too many rows": definition(12, 16, 1_000_000_000, "<I"),
    "too few rows": definition(12, 16, 1, "<I"),
    "an unknown column type": definition(43, 63, 77, "<B"),
    "two columns with the same values": definition(43 + 36 + 3, 63 + 50 + 7, 0),
    "a usage map outside the file": lambda p: set_pointer(p, 900_000 << 8),
    "a usage map on page 0": lambda p: set_pointer(p, 0),
    "a usage map in a missing slot": lambda p: set_pointer(p, used_pages_pointer(p) | 250),
    "a usage map on a definition": lambda p: set_pointer(p, PAGE_OF_TABLE << 8),
    "an unknown kind of usage map": lambda p: change_map(p, b"\7"),
    "an empty usage map": lambda p: change_map(p, b"\0" + bytes(60)),
    "a usage map of pages outside the file": lambda p: change_map(p, struct.pack("<BI", 0, 0xFFFFF000) + b"\xff" * 8),
    "a bitmap page outside the file": lambda p: change_map(p, struct.pack("<BI", 1, 900_000)),
    "a bitmap page of another kind": lambda p: change_map(p, struct.pack("<BII", 1, PAGE_OF_TABLE, 2)),
    "rows that share their bytes": duplicate_rows,
    "a directory larger than the page": lambda p: set_directory(p, 5000, []),
    "a row outside the page": lambda p: set_directory(p, 3, [p.jet.page_size - 1, 0x1FFF]),
    "a row within the directory": lambda p: set_directory(p, 3, [p.jet.page_size - 40, 3, 3]),
    "a table without a name": lambda p: change_object(p, remove_name),
    "an object without a type": lambda p: change_object(p, remove_type),
    "an object without columns": lambda p: change_object(p, remove_columns),
    "a catalog without entries": lambda p: set_directory(p, 0, [], owner=2),
    "a directory of the catalog larger than the page": lambda p: set_directory(p, 2040, [], owner=2),
    "a catalog with more columns than fit": lambda p: set_number(p, 2, by_format(p.jet, 25, 45), 9000, "<H"),
    "a missing definition of the catalog": lambda p: p.put(2, bytes(p.jet.page_size)),
}


@pytest.mark.parametrize("key", [0, KEY], ids=["plain", "encoded"])
@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_structure_is_rejected(tmp_path: Path, name: str, jet: JetFormat, key: int) -> None:
    table = new_table(jet)
    for row in rows_of(["first", "second", "third"]):
        table.rows.add(table.row(row))
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(table, NAME_WITH_ESCAPES, key=key, change=DAMAGE[name]))
    with pytest.raises(PipelineError, match=r"damaged\.mdb") as caught:
        read_bounded(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("count", [1, 5000])
def test_tables_that_share_a_definition_do_not_multiply_its_rows(tmp_path: Path, count: int) -> None:
    table = new_table(JET4)
    for row in rows_of(["memo"] * 20):
        table.rows.add(table.row(row))
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(table, more_objects=[(PAGE_OF_TABLE, f"t{number}") for number in range(count)]))
    with pytest.raises(PipelineError, match=f"expected one table with its definition on page 3, found {count + 1}: "):
        read_bounded(path)


def test_more_tables_than_access_can_open_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(new_table(JET4), more_objects=[(page, f"t{page}") for page in range(4, 4 + 3000)]))
    with pytest.raises(PipelineError, match="expected at most 2048 tables, found 3001"):
        read_bounded(path)


@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.97])
def test_a_truncated_file_is_rejected(tmp_path: Path, jet: JetFormat, share: float) -> None:
    table = new_table(jet)
    for row in rows_of(["memo" * 200] * 30):
        table.rows.add(table.row(row))
    content = finish(table)
    path = tmp_path / "truncated.mdb"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(PipelineError, match=r"truncated\.mdb"):
        read_bounded(path)


@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("page", [2, PAGE_OF_TABLE])
def test_a_cyclic_definition_is_rejected_at_once_in_a_large_file(tmp_path: Path, jet: JetFormat, page: int) -> None:
    """The time must not depend on the size of the file: a reader that stops after its number of pages is too slow."""
    table = new_table(jet)
    table.rows.add(table.row((1, "a", None, None)))
    path = tmp_path / "cyclic.mdb"
    last = SPARSE_BYTES // jet.page_size - 1
    path.write_bytes(finish(table, change=lambda pages: set_number(pages, page, 4, last)))
    with path.open("r+b") as file:
        file.seek(last * jet.page_size)
        file.write(struct.pack("<HHI", 0x102, 0, page).ljust(jet.page_size, b"\0"))
    with pytest.raises(PipelineError, match=f"page {page}|page {last}"):
        read_bounded(path, seconds=2)


def test_a_long_chain_of_definition_pages_is_read_in_linear_time(tmp_path: Path) -> None:
    """20,000 pages that all continue; the last one ends the chain, so that no cycle limits the work."""
    table = new_table(JET4)
    first, count = 5000, 20_000
    path = tmp_path / "long.mdb"
    path.write_bytes(finish(table, change=lambda pages: set_number(pages, PAGE_OF_TABLE, 4, first)))
    with path.open("r+b") as file:
        for number in range(first, first + count):
            file.seek(number * JET4.page_size)
            following = number + 1 if number + 1 < first + count else 0
            file.write(struct.pack("<HHI", 0x102, 0, following).ljust(JET4.page_size, b"\0"))
    try:
        assert [table.rows for table in read_bounded(path, seconds=3)] == [[]]
    except PipelineError as error:
        assert len(str(error)) < 1000


def test_a_chained_memo_that_many_rows_share_does_not_multiply_its_size(tmp_path: Path) -> None:
    table = new_table(JET4)
    memo = table.long_values["m"]
    following = bytes(4)
    for _ in range(100):
        page, slot = memo.add(following + b"x\0" * 2000)
        following = struct.pack("<I", page << 8 | slot)
    for row in rows_of([chained(400_000, (page, slot))] * 400):
        table.rows.add(table.row(row))
    content = finish(table)
    path = tmp_path / "shared.mdb"
    path.write_bytes(content)
    try:
        (loaded,) = read_bounded(path)
    except PipelineError as error:
        assert "shared.mdb" in str(error)
    else:
        assert sum(len(row[2] or "") for row in loaded.rows) <= len(content)
        assert len(loaded.unreadable) >= 399


def test_the_pages_of_a_table_may_need_several_bitmap_pages(tmp_path: Path) -> None:
    table = new_table(JET3, COLUMNS[:2])
    pages_per_bitmap = (JET3.page_size - 4) * 8
    rows = []
    for number in range(1, 7):
        table.rows.add(table.row((number, f"row {number}")), new_page=True)
        rows.append((str(number), f"row {number}"))
        table.pages.next_number += pages_per_bitmap // 2
    path = tmp_path / "far.mdb"
    path.write_bytes(finish(table))
    assert read_bounded(path)[0].rows == rows


def test_a_table_of_many_columns_with_long_names_is_read(tmp_path: Path) -> None:
    columns = [column(f"{number:03}" + "x" * 61, "boolean", number) for number in range(255)]
    table = new_table(JET4, columns)
    table.rows.add(table.row([number % 3 == 0 for number in range(255)]))
    path = tmp_path / "wide.mdb"
    path.write_bytes(finish(table))
    (loaded,) = read_bounded(path)
    assert loaded.columns == tuple(column.name for column in columns)
    assert loaded.rows == [tuple(str(int(number % 3 == 0)) for number in range(255))]
