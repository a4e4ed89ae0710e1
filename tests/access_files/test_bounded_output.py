"""The values of an Access file have no more bytes than the file: a small file cannot fill the memory or the disk."""

import shutil
import struct
from pathlib import Path

import pytest

from pipeline.errors import ExtractionError, InsufficientDiskSpace
from pipeline.ingest import access_file
from pipeline.ingest.access_file import MAX_UNREADABLE
from tests.access_files.access_formats import JET3, JET4, JetFormat, JetPages
from tests.access_files.access_tables import TableWriter
from tests.access_files.bounded import read_bounded
from tests.access_files.small_files import COLUMNS, KEY, PAGE_OF_TABLE, chained, column, finish, new_table, set_number

FORMATS = pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)


@FORMATS
def test_columns_of_fixed_width_that_share_bytes_are_rejected(tmp_path: Path, jet: JetFormat) -> None:
    table = new_table(jet, (column("a", "long", 0), column("b", "long", 1)))
    table.rows.add(table.row((1, 2)))
    second = 43 + 18 + 14 if jet.is_jet3 else 63 + 25 + 21
    path = tmp_path / "shared.mdb"
    path.write_bytes(finish(table, change=lambda pages: set_number(pages, PAGE_OF_TABLE, second, 2, "<H")))
    with pytest.raises(ExtractionError, match="expected valid column definitions, found b within another"):
        read_bounded(path)


@FORMATS
def test_of_values_of_a_row_that_share_bytes_only_the_first_is_read(tmp_path: Path, jet: JetFormat) -> None:
    columns = [column(f"c{number}", "text", number) for number in range(8)]
    table = new_table(jet, columns)
    width = 1 if jet.is_jet3 else 2
    text = b"abcd" if jet.is_jet3 else b"\xff\xfeabcd"
    numbers = [
        width + len(text),
        *[width + len(text), width] * 4,
        8,
    ]  # end of the last value to the first; their number
    pack = struct.Struct(f"<{len(numbers)}{jet.count}").pack
    table.rows.add(struct.pack(f"<{jet.count}", 8) + text + pack(*numbers) + b"\xff")
    path = tmp_path / "shared.mdb"
    path.write_bytes(finish(table))
    (loaded,) = read_bounded(path)
    assert loaded.rows == [("abcd", *[None] * 6, "")]
    assert set(loaded.unreadable) == {(1, f"c{number}") for number in range(1, 7)}


def test_tables_that_share_a_memo_are_rejected(tmp_path: Path) -> None:
    first = new_table(JET4)
    memo, address = first.long_values["m"], (0, 0)
    for _ in range(20):
        address = memo.add(struct.pack("<I", address[0] << 8 | address[1]) + b"x\0" * 2000)
    tables = [first, *(TableWriter(first.pages, COLUMNS, 1252, first.pages.reserve()) for _ in range(60))]
    for table in tables:
        table.rows.add(table.row((1, "a", chained(80_000, address), None)))
    for table in tables[1:]:
        table.close(1, range(4), by_reference=False, index_count=0)
    path = tmp_path / "shared.mdb"
    path.write_bytes(finish(first, more_objects=[(table.page, f"t{table.page}") for table in tables[1:]]))
    with pytest.raises(ExtractionError, match=r"shared\.mdb.*long values that do not overlap, found more bytes"):
        read_bounded(path)


def test_a_table_of_rows_without_content_is_rejected(tmp_path: Path) -> None:
    table = new_table(JET4)
    rows = 2000
    pages_needed = MAX_UNREADABLE // rows + 1
    for number in range(pages_needed):
        table.rows.add(table.row((number, None, None, None)), new_page=True)

    def empty_rows(pages: JetPages) -> None:
        for page in table.rows.records:
            entries = struct.pack(f"<{rows + 1}H", rows, *[JET4.page_size] * rows)
            pages.put(page, pages.content[page][: JET4.page_head - 2] + entries)
        set_number(pages, PAGE_OF_TABLE, 16, pages_needed * rows)

    path = tmp_path / "empty.mdb"
    path.write_bytes(finish(table, change=empty_rows))
    with pytest.raises(ExtractionError, match=r"table t: expected at most 100000 cells that cannot be read"):
        read_bounded(path)


def test_any_number_of_calculated_values_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_file, "MAX_UNREADABLE", 3)
    table = new_table(JET4)
    for number in range(20):
        table.rows.add(table.row((number, f"row {number}", None, None)))
    flags_of_name = 63 + 25 + 16
    path = tmp_path / "calculated.accdb"
    path.write_bytes(finish(table, change=lambda pages: set_number(pages, PAGE_OF_TABLE, flags_of_name, 0xC0, "<B")))
    (loaded,) = read_bounded(path)
    assert set(loaded.unreadable) == {(number, "name") for number in range(1, 21)}


def test_a_row_with_more_columns_than_access_allows_is_damaged(tmp_path: Path) -> None:
    table = new_table(JET4)
    table.rows.add(struct.pack("<H", 30_000) + b"\xff" * 3800)
    table.rows.add(table.row((2, "row 2", "memo", None)))
    path = tmp_path / "wide.mdb"
    path.write_bytes(finish(table, change=lambda pages: set_number(pages, PAGE_OF_TABLE, 41, 32_000, "<H")))
    (loaded,) = read_bounded(path)
    assert loaded.rows == [(None,) * 4, ("2", "row 2", "memo", None)]
    assert list(loaded.unreadable) == [(1, "*")]


def test_an_encoded_file_needs_space_for_its_decoded_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "encoded.mdb"
    path.write_bytes(finish(new_table(JET4), key=KEY))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5000))
    with pytest.raises(InsufficientDiskSpace, match=r"encoded\.mdb: expected \d+ free bytes in .*, found 5000"):
        read_bounded(path)
