"""A damaged value of an Access file is reported by row and column; all other cells of the table are read."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.access_files.access_formats import ACE, DELETED, JET3, JET4, JetFormat, pointer
from tests.access_files.access_tables import INLINE, SINGLE_PAGE, StoredBytes, TableWriter
from tests.access_files.access_values import OutOfRange
from tests.access_files.pipeline_reader import load_file
from tests.access_files.small_files import KEY, chained, column, finish, new_table, reference, rows_of

Damage = Callable[[TableWriter], StoredBytes]
TEXT = b"\xff\xfe" + b"x" * 1500


def points_to_itself(table: TableWriter) -> StoredBytes:
    memo = table.long_values["m"]
    address = memo.add(bytes(4) + TEXT)
    memo.replace(address, pointer(address) + TEXT, 0)
    return chained(60_000, address)


def cyclic_chain(table: TableWriter) -> StoredBytes:
    memo = table.long_values["m"]
    first, second = (memo.add(bytes(4) + TEXT, new_page=True) for _ in range(2))
    memo.replace(first, pointer(second) + TEXT, 0)
    memo.replace(second, pointer(first) + TEXT, 0)
    return chained(0xFFFFFE, first)


def ends_early(table: TableWriter) -> StoredBytes:
    memo = table.long_values["m"]
    return chained(9000, memo.add(pointer(memo.add(bytes(4) + TEXT)) + TEXT))


def is_longer_than_recorded(table: TableWriter) -> StoredBytes:
    memo = table.long_values["m"]
    return chained(1600, memo.add(pointer(memo.add(bytes(4) + TEXT)) + TEXT))


def continues_outside_the_file(table: TableWriter) -> StoredBytes:
    return chained(9000, table.long_values["m"].add(struct.pack("<I", 500_000 << 8) + TEXT))


def continues_on_page_0(table: TableWriter) -> StoredBytes:
    return chained(9000, table.long_values["m"].add(struct.pack("<I", 1) + TEXT))


def record_is_shorter_than_recorded(table: TableWriter) -> StoredBytes:
    return reference(1700, SINGLE_PAGE, table.long_values["m"].add(TEXT))


def is_a_deleted_record(table: TableWriter) -> StoredBytes:
    return reference(len(TEXT), SINGLE_PAGE, table.long_values["m"].add(TEXT, DELETED))


def to_slot(slot: int) -> Damage:
    return lambda table: reference(len(TEXT), SINGLE_PAGE, (table.long_values["m"].add(TEXT)[0], slot))


def to_page(page: int, flag: int, length: int = 1500) -> Damage:
    return lambda table: reference(length, flag, (page, 0))


def to_rows_of_the_table(table: TableWriter) -> StoredBytes:
    return reference(4, SINGLE_PAGE, table.rows.add(table.row((0, "row of the table", None, None))))


def as_stored(data: bytes) -> Damage:
    return lambda _: StoredBytes(data)


DAMAGE: dict[str, Damage] = {
    "a record that refers to itself": points_to_itself,
    "a cyclic chain": cyclic_chain,
    "a chain that ends early": ends_early,
    "a chain that is longer than recorded": is_longer_than_recorded,
    "a chain that continues outside the file": continues_outside_the_file,
    "a chain that continues on page 0": continues_on_page_0,
    "a record that is shorter than recorded": record_is_shorter_than_recorded,
    "a deleted record": is_a_deleted_record,
    "a slot that the page lacks": to_slot(200),
    "the slot after the last one": to_slot(1),
    "a page outside the file": to_page(400_000, SINGLE_PAGE),
    "the header of the file": to_page(0, SINGLE_PAGE),
    "the definition of the catalog": to_page(2, SINGLE_PAGE),
    "a chain in the definition of the table": to_page(3, 0),
    "a chain outside the file": to_page(0xFFFFFF, 0, 0xFFFFFF),
    "a row of the table": to_rows_of_the_table,
    "an unknown flag": to_page(5, 0x23),
    "a value that ends before it begins": as_stored(struct.pack("<III", 100 | INLINE << 24, 0, 0) + b"\xff\xfeabc"),
    "a reference of five bytes": as_stored(b"\x05\0\0\x80\0"),
}
DAMAGED_TEXT: dict[str, tuple[JetFormat, bytes, int]] = {
    "half a character": (JET4, b"a\0b\0c", 1252),
    "compressed text that ends within a character": (JET4, b"\xff\xfea\0\x16\x04\x16", 1252),
    "an incomplete character of the code page": (JET3, b"ab\x83", 932),
}


def assert_only_second_memo_unreadable(path: Path, count: int) -> str:
    """Check that the memo of row 2 is the only cell not read, and return the reason."""
    (table,) = load_file(path)
    assert [row[:2] for row in table.rows[:count]] == [(str(n), f"row {n}") for n in range(1, count + 1)]
    memos = [row[2] for row in table.rows[:count]]
    assert memos == ["first", None, *["x" * 1500] * (count - 2)]
    assert all(row[3] == "\\x" + b"ole".hex() for row in table.rows[:count])
    assert list(table.unreadable) == [(2, "m")]
    return table.unreadable[2, "m"]


@pytest.mark.parametrize("key", [0, KEY], ids=["plain", "encoded"])
@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_memo_is_reported_and_all_other_cells_are_read(
    tmp_path: Path, name: str, jet: JetFormat, key: int
) -> None:
    table = new_table(jet)
    for row in rows_of(["first", DAMAGE[name](table), "x" * 1500, "x" * 1500]):
        table.rows.add(table.row(row))
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(table, key=key))
    if name == "a row of the table":
        assert (2 + 1, "m") in load_file(path)[0].unreadable
        return
    reason = assert_only_second_memo_unreadable(path, 4)
    assert reason.isprintable() and 0 < len(reason) < 300


@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("name", ["a cyclic chain", "a chain that ends early", "a slot that the page lacks"])
def test_a_damaged_ole_value_is_reported(tmp_path: Path, name: str, jet: JetFormat) -> None:
    table = new_table(jet)
    table.long_values["m"] = table.long_values["o"]
    value = DAMAGE[name](table)
    table.rows.add(table.row((1, "row 1", "memo", value)))
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(table))
    (loaded,) = load_file(path)
    assert loaded.rows == [("1", "row 1", "memo", None)]
    assert list(loaded.unreadable) == [(1, "o")]


@pytest.mark.parametrize("name", DAMAGED_TEXT)
def test_text_that_cannot_be_decoded_is_reported(tmp_path: Path, name: str) -> None:
    jet, data, code_page = DAMAGED_TEXT[name]
    table = new_table(jet, code_page=code_page)
    inline = StoredBytes(struct.pack("<III", len(data) | INLINE << 24, 0, 0) + data)
    for row in ((1, "row 1", "memo", None), (2, StoredBytes(data), "memo", None), (3, "row 3", inline, None)):
        table.rows.add(table.row(row))
    path = tmp_path / "damaged.mdb"
    path.write_bytes(finish(table))
    (loaded,) = load_file(path)
    assert loaded.rows == [("1", "row 1", "memo", None), ("2", None, "memo", None), ("3", "row 3", None, None)]
    assert set(loaded.unreadable) == {(2, "name"), (3, "m")}


@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize("value", ["nul \0 inside", OutOfRange(3e6), OutOfRange(float("nan"))], ids=repr)
def test_a_value_that_postgresql_cannot_store_is_reported(tmp_path: Path, jet: JetFormat, value: Any) -> None:
    columns = (column("id", "long", 0), column("d", "datetime", 1), column("name", "text", 2))
    table = new_table(jet, columns)
    is_text = isinstance(value, str)
    table.rows.add(table.row((1, None if is_text else value, value if is_text else "name")))
    path = tmp_path / "values.mdb"
    path.write_bytes(finish(table))
    (loaded,) = load_file(path)
    assert loaded.rows == [("1", None, None if is_text else "name")]
    assert list(loaded.unreadable) == [(1, "name" if is_text else "d")]


@pytest.mark.parametrize(
    "data",
    [
        b"0000000000000739000:0000000864000000000:7\0",
        b"0000000000000739_00:0000000000000000000:7\0",
        b"-000000000000739000:0000000000000000000:7\0",
        b" 000000000000739000:0000000000000000000:7\0",
        b"0000000000009999999:0000000000000000000:7\0",
        b"0000000000000739000:000000000000000000x:7\0",
        b"00000000000007390000000000000000000000:07\0",
    ],
)
def test_digits_that_are_no_date_and_time_are_reported(tmp_path: Path, data: bytes) -> None:
    table = new_table(ACE, (column("id", "long", 0), column("d", "datetime_extended", 1)))
    table.rows.add(table.row((1, data)))
    path = tmp_path / "values.accdb"
    path.write_bytes(finish(table))
    (loaded,) = load_file(path)
    assert loaded.rows == [("1", None)]
    assert list(loaded.unreadable) == [(1, "d")]


@pytest.mark.parametrize("jet", [JET3, JET4], ids=lambda jet: jet.name)
@pytest.mark.parametrize(("offset", "is_second"), [(0, True), (0, False), (255, True)])
def test_a_row_whose_offsets_are_damaged_is_never_read_differently(
    tmp_path: Path, jet: JetFormat, offset: int, is_second: bool
) -> None:
    """Either the cells are reported, or the file is rejected."""
    columns = (column("id", "long", 0), column("a", "text", 1), column("b", "text", 2))
    table = new_table(jet, columns)
    data = bytearray(table.row((1, "first", "second")))
    width = 1 if jet.is_jet3 else 2
    # From the end: mask, number of values, their offsets, the end of the last one.
    position = len(data) - 1 - width * (3 if is_second else 2)
    data[position : position + width] = offset.to_bytes(width, "little")
    table.rows.add(bytes(data))
    table.rows.add(table.row((2, "first", "second")))
    path = tmp_path / "offsets.mdb"
    path.write_bytes(finish(table))
    (loaded,) = load_file(path)
    assert loaded.rows[1] == ("2", "first", "second")
    assert {row for row, _ in loaded.unreadable} == {1}
    for name, cell, value in zip("ab", loaded.rows[0][1:], ("first", "second"), strict=True):
        assert (1, name) in loaded.unreadable if cell is None else cell == value
