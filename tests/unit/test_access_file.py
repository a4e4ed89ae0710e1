"""Access files: every value is read exactly or named, rows keep their places, other and damaged files are rejected."""

import math
import struct
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ExtractionError, printable
from pipeline.ingest import access_file, jet_values
from pipeline.ingest.jet_text import unpack_text
from samples import jet4_tables
from samples.jet4 import Column, write_access
from samples.jet4_pages import rc4
from tests.access import read_table, read_tables

PAGE = 4096
COLUMNS = [Column("a", "TEXT", 60), Column("flag", "BOOLEAN"), Column("m", "MEMO"), Column("n", "LONG")]
MASK = bytes((0xC7, 0xDA, 0x39, 0x6B))
Content = bytearray


def write(path: Path, rows: Sequence[Any], columns: Sequence[Column] = COLUMNS) -> Path:
    write_access(path, {"t": columns}, {"t": rows})
    return path


def edit(path: Path, change: Callable[[Content, int], None]) -> Path:
    """Changes the bytes of a file; the function gets the offset of the first page with rows of its table."""
    content = bytearray(path.read_bytes())
    change(content, int(access_file.open_database(path).definitions["t"].pages[0]) * PAGE)
    path.write_bytes(content)
    return path


def unreadable(path: Path) -> list[tuple[int, str, str]]:
    database = access_file.open_database(path)
    return [cell for block in access_file.read_rows(database, database.tables[0]) for cell in block.unreadable]


def numbers(path: Path) -> list[str | None]:
    return [row["n"] for row in read_table(path, "t")]


def flag_rows(flags: dict[int, int]) -> Callable[[Content, int], None]:
    """Sets flags of rows on the first page, as Access does when it deletes or moves a row."""

    def change(content: Content, page: int) -> None:
        for row, bits in flags.items():
            offset = page + 14 + 2 * row
            struct.pack_into("<H", content, offset, struct.unpack_from("<H", content, offset)[0] | bits)

    return change


def test_the_content_is_described_in_the_terms_of_access(tmp_path: Path) -> None:
    (table,) = access_file.open_database(write(tmp_path / "a.mdb", [("x", True, None, 1)])).tables
    assert (table.name, table.rows) == ("t", 1)
    assert [(column.name, column.type) for column in table.columns] == [
        ("a", "Text"), ("flag", "Yes/No"), ("m", "Memo"), ("n", "Long"),
    ]  # fmt: skip


def test_empty_text_differs_from_null(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdb", [("", True, "", 1), (None, True, None, 2), ("x", False, "y" * 5000, 3)])
    assert [(row["a"], row["m"]) for row in read_table(path, "t")] == [("", ""), (None, None), ("x", "y" * 5000)]


def test_rows_of_many_blocks_have_their_order(tmp_path: Path) -> None:
    rows = ((f"{n:020}", False, "" if n % 1000 == 7 else None, n) for n in range(100_000))
    assert numbers(write(tmp_path / "a.mdb", list(rows))) == [str(n) for n in range(100_000)]


def test_deleted_rows_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdb", [("x", False, None, n) for n in range(6)])
    assert numbers(edit(path, flag_rows({1: 0xC000, 4: 0xC000}))) == ["0", "2", "3", "5"]


def test_a_relocated_row_keeps_its_place(tmp_path: Path) -> None:
    """Its directory entry leads to the last row, which is hidden from scans."""
    path = write(tmp_path / "a.mdb", [("x", False, None, n) for n in range(6)])

    def relocate(content: Content, page: int) -> None:
        flag_rows({1: 0x4000, 5: 0x8000})(content, page)
        start = struct.unpack_from("<H", content, page + 14 + 2)[0] & 0x1FFF
        struct.pack_into("<I", content, page + start, page // PAGE << 8 | 5)

    assert numbers(edit(path, relocate)) == ["0", "5", "2", "3", "4"]


def test_a_row_to_which_several_pointers_lead_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdb", [("x", False, None, n) for n in range(6)])

    def relocate(content: Content, page: int) -> None:
        flag_rows({1: 0x4000, 2: 0x4000, 5: 0x8000})(content, page)
        for slot in (1, 2):
            start = struct.unpack_from("<H", content, page + 14 + 2 * slot)[0] & 0x1FFF
            struct.pack_into("<I", content, page + start, page // PAGE << 8 | 5)

    with pytest.raises(ExtractionError, match="expected one pointer to each relocated row, found several"):
        numbers(edit(path, relocate))


def test_overlapping_rows_are_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdb", [("x" * 50, False, None, n) for n in range(30)])

    def overlap(content: Content, page: int) -> None:
        first, second = struct.unpack_from("<2H", content, page + 14)
        for slot in range(2, 30):
            struct.pack_into("<H", content, page + 14 + 2 * slot, (first, second)[slot % 2])

    with pytest.raises(ExtractionError, match=r"a\.mdb: expected an intact Access file, found: table t: page"):
        numbers(edit(path, overlap))


def test_rows_older_than_a_column_have_no_value_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = jet4_tables.Table.add

    def add_older(self: jet4_tables.Table, values: Sequence[Any]) -> None:
        whole = self.columns
        if self.name == "t" and self.rows % 2:
            self.columns, values = whole[:1], values[:1]
        add(self, values)
        self.columns = whole

    monkeypatch.setattr(jet4_tables.Table, "add", add_older)
    path = write(tmp_path / "a.mdb", [("x", True, "m", 1), ("y", True, "m", 2)])
    assert [tuple(row.values()) for row in read_table(path, "t")] == [("x", "1", "m", "1"), ("y", "0", None, None)]


def test_an_encoded_file_is_decoded(tmp_path: Path) -> None:
    rows = [("é€", True, "y" * 9000, 3)]
    content = bytearray(write(tmp_path / "plain.mdb", rows).read_bytes())
    head = bytearray(rc4(MASK, bytes(content[0x18:0x98])))
    struct.pack_into("<I", head, 0x3E - 0x18, 0x1234ABCD)
    content[0x18:0x98] = rc4(MASK, bytes(head))
    for number in range(1, len(content) // PAGE):
        page = slice(number * PAGE, (number + 1) * PAGE)
        content[page] = rc4(struct.pack("<I", 0x1234ABCD ^ number), bytes(content[page]))
    (tmp_path / "encoded.mdb").write_bytes(content)
    assert read_tables(tmp_path / "encoded.mdb") == read_tables(tmp_path / "plain.mdb")


def test_an_accdb_is_read_and_one_with_a_password_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.accdb", [("x", True, None, 1)])
    content = bytearray(path.read_bytes())
    content[:21] = b"\0\1\0\0Standard ACE DB\0\3"
    path.write_bytes(content)
    assert numbers(path) == ["1"]
    head = bytearray(rc4(MASK, bytes(content[0x18:0x98])))
    struct.pack_into("<I", head, 0x3E - 0x18, 7)
    content[0x18:0x98] = rc4(MASK, bytes(head))
    content[0x299:0x29B] = b"\x10\0"
    path.write_bytes(content)
    with pytest.raises(ExtractionError, match=r"a\.accdb: .* found one that is encrypted with a password; decrypt it"):
        access_file.open_database(path)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffBOM first",
        "\ufeff",
        "\ufeffa",
        "\U0001f6e9 plane",
        "\u2019" * 3000,
        "é" * 2000,
        "a\u0100b",
        "x" * 250_018,
    ],
    ids=ascii,
)
def test_any_text_is_read_exactly(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.mdb", [(text[:30], True, text, 1), ("plain", True, "plain", 2)])
    assert [(row["a"], row["m"]) for row in read_table(path, "t")] == [(text[:30], text), ("plain", "plain")]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9", "café"),
        (b"ab\0\x19\x20\0cd", "ab\u2019cd"),
        (b"\0\x19\x20\x1c\x20\0", "\u2019\u201c"),
        (b"\0\x3d\xd8\xe9\xde\0 x", "\U0001f6e9 x"),
        (b"a\0b\0", "\ufeffab"),
    ],
)
def test_compressed_text_switches_to_utf16(data: bytes, text: str) -> None:
    assert unpack_text(data) == text


def test_text_that_cannot_be_stored_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jet4_tables, "encode", lambda text: text.encode("utf-16-le", "surrogatepass"))
    rows = [("\ud83d", True, "a\0b", 1), ("\ude00", True, "\U0001f600", 2), ("ok", True, "x\udc00" * 3000, 3)]
    path = write(tmp_path / "a.mdb", rows)
    surrogate = "it contains an unpaired surrogate"
    assert unreadable(path) == [
        (1, "a", surrogate), (1, "m", "it contains U+0000"), (2, "a", surrogate), (3, "m", surrogate),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2024, 3, 15, 23, 59, 59, 997000), "2024-03-15 23:59:59.997"),
        (datetime(2024, 3, 15, 23, 59, 59, 999999), "2024-03-15 23:59:59.999999"),
        (datetime(1887, 5, 5, 6), "1887-05-05 06:00:00"),
        (datetime(100, 1, 1), "0100-01-01 00:00:00"),
        (datetime(9999, 12, 31, 23, 59, 59), "9999-12-31 23:59:59"),
        (datetime(1899, 12, 30), "1899-12-30 00:00:00"),
        (datetime(1899, 12, 30, 10, 30), "1899-12-30 10:30:00"),
    ],
)
def test_dates_are_read_with_their_fractions(moment: datetime, text: str) -> None:
    array, problems = jet_values.format_dates(np.array([jet4_tables.days(moment)]))
    assert (array.to_pylist(), problems) == ([text], {})


def test_every_second_of_a_day_has_no_fraction() -> None:
    start = datetime(2031, 2, 28)
    moments = [start + timedelta(seconds=second) for second in range(86400)]
    array, _ = jet_values.format_dates(np.array([jet4_tables.days(moment) for moment in moments]))
    assert array.to_pylist() == [moment.isoformat(" ") for moment in moments]


@pytest.mark.parametrize("days", [math.nan, math.inf, -657_435.0, 2_958_466.0, 1e300, -1e18])
def test_other_dates_are_named(days: float) -> None:
    array, problems = jet_values.format_dates(np.array([days]))
    assert (array.to_pylist(), problems) == ([None], {0: "it is not a date between the years 100 and 9999"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7.0, "7"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        (1e15, "1000000000000000"),
        (123456789.0, "123456789"),
        (2.0**53 + 2, "9007199254740994"),
        (1e300, "1e+300"),
        (1 / 3, "0.3333333333333333"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_doubles_are_exact(value: float, text: str) -> None:
    assert jet_values.format_floats(np.array([value])).to_pylist() == [text]


def test_singles_are_as_short_as_possible() -> None:
    values = np.array([34.1, 1e-7, 16777216.0, 3.4e38], np.float32)
    assert jet_values.format_floats(values).to_pylist() == ["34.1", "1e-07", "16777216", "3.4e+38"]


def test_other_types_have_all_their_digits() -> None:
    assert [jet_values.format_decimal(*value) for value in ((12345, 4), (-5, 4), (-123, 0), (0, 2))] == [
        "1.2345", "-0.0005", "-123", "0.00",
    ]  # fmt: skip
    data = b"\x80" + b"".join(word.to_bytes(4, "little") for word in (0, 0, 1, 5))
    assert jet_values.format_stored_decimal(data, 3) == f"-{(2**32 + 5) // 1000}.{(2**32 + 5) % 1000:03}"
    assert jet_values.format_guid(bytes(range(16))) == "{03020100-0504-0706-0809-0A0B0C0D0E0F}"
    extended = f"{737525:019}:{42453:012}1234500:7\0".encode()
    assert jet_values.format_extended_date(extended) == "2020-04-11 11:47:33.12345"


def damage_reference(row: int, position: int, value: int) -> Callable[[Content, int], None]:
    """Changes a number in the reference to the memo of a row, which precedes the three offsets of the row's end."""

    def change(content: Content, page: int) -> None:
        end = struct.unpack_from("<H", content, page + 14 + 2 * (row - 1))[0] & 0x1FFF if row else PAGE
        struct.pack_into("<I", content, page + end - 1 - 2 - 3 * 2 - 12 + position, value)

    return change


@pytest.mark.parametrize(
    ("text", "position", "value", "reason"),
    [
        ("y" * 2000, 4, 99999 << 8, "its pointer leads outside the file"),
        ("y" * 2000, 4, 2 << 8 | 200, "its pointer leads to no record"),
        ("y" * 2000, 4, 1 << 8, "its pointer leads to a page of another kind"),
        ("y" * 2000, 0, 4040 | 0x40 << 24, "its records are shorter than its length"),
        ("y" * 2000, 0, 4000 | 0xC0 << 24, "its reference is of an unknown kind"),
        ("z" * 9000, 0, 18100, "its records are shorter than its length"),
        ("z" * 9000, 0, 17900, "its records are longer than its length"),
    ],
)
def test_damaged_references_are_named(tmp_path: Path, text: str, position: int, value: int, reason: str) -> None:
    path = edit(write(tmp_path / "a.mdb", [("x", True, text, 1)]), damage_reference(0, position, value))
    assert unreadable(path) == [(1, "m", reason)]


def test_two_values_in_the_same_record_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdb", [("x", True, "y" * 1900, 1), ("x", True, "z" * 2038, 2)])
    address = 0

    def share(content: Content, page: int) -> None:
        nonlocal address
        (address,) = struct.unpack_from("<I", content, page + PAGE - 1 - 2 - 3 * 2 - 12 + 4)
        damage_reference(1, 4, address)(content, page)
        damage_reference(1, 0, 3800 | 0x40 << 24)(content, page)

    assert unreadable(edit(path, share)) == [(2, "m", "its record is part of another value or of a cycle")]


def test_a_row_without_valid_columns_is_named(tmp_path: Path) -> None:
    def damage(content: Content, page: int) -> None:
        start = struct.unpack_from("<H", content, page + 14)[0]
        struct.pack_into("<H", content, page + start, 77)

    path = edit(write(tmp_path / "a.mdb", [("x", True, None, 1), ("y", True, None, 2)]), damage)
    assert unreadable(path) == [(1, "*", "its directory of columns is invalid")]


def test_a_cyclic_definition_is_rejected(tmp_path: Path) -> None:
    def damage(content: Content, page: int) -> None:
        (owner,) = struct.unpack_from("<I", content, page + 4)
        struct.pack_into("<I", content, owner * PAGE + 4, owner)

    path = edit(write(tmp_path / "a.mdb", [("x", True, None, 1)]), damage)
    with pytest.raises(ExtractionError, match=r"table t: page .*: expected a table definition on at most 256 pages"):
        access_file.open_database(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>" + bytes(20000), r"a\.mdb: expected an Access database, found a file that starts with b'<html>"),
        (b"", "expected an Access database, found a file that starts with b''"),
        (b"\0\1\0\0Standard Jet DB\0\x77" + bytes(9000), "found version 119 of the format"),
        (b"\0\1\0\0Standard Jet DB\0\1" + bytes(3000), "catalog: page 2: expected a table definition, found the end"),
    ],
)
def test_other_files_are_rejected(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.mdb"
    path.write_bytes(content)
    with pytest.raises(ExtractionError, match=message):
        access_file.open_database(path)


def test_names_in_messages_are_printable(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    name = "\x1b[2J\n\u202e" + "x" * 200
    write_access(path, {name: COLUMNS}, {name: [("x", True, None, 1)]})
    content = bytearray(path.read_bytes())
    page = int(access_file.open_database(path).definitions[name].pages[0]) * PAGE
    struct.pack_into("<H", content, page + 12, 5000)
    path.write_bytes(content)
    with pytest.raises(ExtractionError) as raised:
        read_tables(path)
    assert str(raised.value).isprintable() and r"table \x1b[2J\n\u202exxx" in str(raised.value)
    assert printable("\ud83d" * 1000, 50) == r"\ud83d" * 7 + r"\ud83"[:5] + "..."
