"""The Access writer, read back."""

import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.jet4 import AccessWriteError, Column, write_access, zip_access
from tests.access import read_table, read_tables

ALL_TYPES = [
    Column("text", "TEXT", 60),
    Column("memo", "MEMO"),
    Column("byte", "BYTE"),
    Column("int", "INT"),
    Column("long", "LONG"),
    Column("single", "SINGLE"),
    Column("double", "DOUBLE"),
    Column("moment", "DATETIME"),
    Column("yes", "BOOLEAN"),
    Column("late", "TEXT", 60),
]
# A zero character cannot be stored in PostgreSQL.
LETTERS = st.characters(min_codepoint=1, exclude_categories=["Cs"])
SHORT = st.text(LETTERS, max_size=30)
PLAIN = st.text("abcäöü€\r\n\"', ", max_size=60)
MEMO = st.builds(lambda text, times: text * times, SHORT | PLAIN, st.sampled_from([1, 1, 7, 40, 170]))
FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
MOMENT = st.datetimes(datetime(100, 1, 1), datetime(9999, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


ROW = st.tuples(
    nullable(SHORT | PLAIN),
    nullable(MEMO),
    nullable(st.integers(0, 255)),
    nullable(st.integers(-(2**15), 2**15 - 1)),
    nullable(st.integers(-(2**31), 2**31 - 1)),
    nullable(FLOAT),
    nullable(st.floats(-1e300, 1e300, allow_subnormal=False)),
    nullable(MOMENT),
    st.booleans(),
    nullable(SHORT | PLAIN),
)


def format_value(column: Column, value: Any) -> str | None:
    """A value as the reader writes it; numbers with a fraction are compared as numbers."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
    if column.type == "BOOLEAN":
        return str(int(value or 0))
    return value if value is None or isinstance(value, str) else str(value)


def parse_float(column: Column, text: str) -> float:
    return struct.unpack("f", struct.pack("f", float(text)))[0] if column.type == "SINGLE" else float(text)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=12))
def test_any_row_round_trips(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "any.mdb"
    write_access(path, {"all_types": ALL_TYPES}, {"all_types": rows})
    read = read_table(path, "all_types")
    assert len(read) == len(rows)
    for row, texts in zip(rows, read, strict=True):
        for column, value in zip(ALL_TYPES, row, strict=True):
            text = texts[column.name]
            if column.type in ("SINGLE", "DOUBLE") and text is not None:
                assert parse_float(column, text) == value, column.name
            else:
                assert text == format_value(column, value), column.name


@pytest.mark.parametrize("size", [0, 1, 32, 33, 1024, 1025, 2038, 2039, 4074, 4075, 4076, 8152, 8153, 60000])
@pytest.mark.parametrize("letter", ["x", "é", "€"])
def test_a_memo_of_any_length_round_trips(tmp_path: Path, size: int, letter: str) -> None:
    text = (letter * size)[: max(0, size - 1)] + "." * (size > 0)
    path = tmp_path / "memo.mdb"
    write_access(path, {"t": [Column("m", "MEMO"), Column("n", "LONG")]}, {"t": [(text, 1), (None, 2), (text, 3)]})
    assert [tuple(row.values()) for row in read_table(path, "t")] == [(text, "1"), (None, "2"), (text, "3")]


def test_many_rows_many_columns_and_empty_tables(tmp_path: Path) -> None:
    path = tmp_path / "big.mdb"
    wide = [Column(f"c{number}", "TEXT", 10) for number in range(250)]
    schema = {"Wide One": wide, "Nothing": wide[:3], "many": [Column("n", "LONG"), Column("t", "TEXT", 20)]}
    many = ({"n": number, "t": f"row {number}"} for number in range(10000))
    write_access(path, schema, {"Wide One": [[str(n) for n in range(250)]] * 40, "many": many})
    tables = read_tables(path)
    assert list(tables) == ["Wide One", "Nothing", "many"]
    assert tables["Wide One"] == [{f"c{n}": str(n) for n in range(250)}] * 40
    assert tables["Nothing"] == []
    assert tables["many"] == [{"n": str(n), "t": f"row {n}"} for n in range(10000)]


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        write_access(folder / "a.mdb", {"t": ALL_TYPES}, {"t": [{"text": "x", "memo": "y" * 999}]}, date(2020, 2, 2))
        zip_access(folder / "a.mdb", folder / "a.zip")
    assert (tmp_path / "one/a.mdb").read_bytes() == (tmp_path / "two/a.mdb").read_bytes()
    assert (tmp_path / "one/a.zip").read_bytes() == (tmp_path / "two/a.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one/a.zip") as archive:
        assert archive.namelist() == ["a.mdb"]
        assert archive.read("a.mdb") == (tmp_path / "one/a.mdb").read_bytes()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "x" * 61}, "t.text, row 2: .* has 61 characters, allowed are 60"),
        ({"byte": 256}, "t.byte, row 2: 256 does not fit into BYTE"),
        ({"moment": "2020"}, "t.moment, row 2: '2020' does not fit into DATETIME"),
        ({"colour": 1}, "columns that the table lacks: colour"),
        ((1, 2), "a row of 2 values, the table has 10 columns"),
    ],
)
def test_an_invalid_value_is_reported(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(AccessWriteError, match=message):
        write_access(tmp_path / "a.mdb", {"t": ALL_TYPES}, {"t": [{}, row]})


def test_unknown_types_and_tables_are_reported(tmp_path: Path) -> None:
    with pytest.raises(AccessWriteError, match="a is MONEY"):
        write_access(tmp_path / "a.mdb", {"t": [Column("a", "MONEY")]}, {})
    with pytest.raises(AccessWriteError, match="the schema lacks: u"):
        write_access(tmp_path / "a.mdb", {"t": ALL_TYPES}, {"u": []})
