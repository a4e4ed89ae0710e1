"""The Access writer, read back by mdbtools."""

import csv
import io
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.jet4 import empty_strings
from samples.jet4 import AccessWriteError, Column, write_access, zip_access

WHEN = "%Y-%m-%d %H:%M:%S"
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
# What mdbtools can convert: the basic multilingual plane, without surrogates and NUL.
LETTERS = st.characters(min_codepoint=1, max_codepoint=0xFFFD, exclude_categories=["Cs"])
SHORT = st.text(LETTERS, max_size=60)
PLAIN = st.text("abcäöü€\r\n\"', ", max_size=60)
MEMO = st.builds(lambda text, times: text * times, SHORT | PLAIN, st.sampled_from([1, 1, 7, 40, 170]))
FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2120, 12, 31)).map(lambda m: m.replace(microsecond=0))


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


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


def export(path: Path, table: str) -> list[list[str]]:
    csv.field_size_limit(10**7)
    text = run("mdb-export", "-T", WHEN, "-D", WHEN, path, table)
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def format_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=12))
def test_any_row_round_trips(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "any.mdb"
    write_access(path, {"all_types": ALL_TYPES}, {"all_types": rows})
    exported = export(path, "all_types")
    assert len(exported) == len(rows)
    empty = empty_strings(path, "all_types")
    for number, (row, texts) in enumerate(zip(rows, exported, strict=True), 1):
        for column, value, text in zip(ALL_TYPES, row, texts, strict=True):
            if column.type in ("SINGLE", "DOUBLE") and value is not None:
                assert float(text) == pytest.approx(value, rel=1e-7 if column.type == "SINGLE" else 1e-14)
            else:
                assert text == format_value(value), column.name
            if column.type in ("TEXT", "MEMO"):
                assert (number in empty[column.name]) == (value == ""), column.name


@pytest.mark.parametrize("size", [0, 1, 32, 33, 1024, 1025, 2038, 2039, 4074, 4075, 4076, 8152, 8153, 60000])
@pytest.mark.parametrize("letter", ["x", "é", "€"])
def test_a_memo_of_any_length_round_trips(tmp_path: Path, size: int, letter: str) -> None:
    text = (letter * size)[: max(0, size - 1)] + "." * (size > 0)
    path = tmp_path / "memo.mdb"
    write_access(path, {"t": [Column("m", "MEMO"), Column("n", "LONG")]}, {"t": [(text, 1), (None, 2), (text, 3)]})
    assert export(path, "t") == [[text, "1"], ["", "2"], [text, "3"]]


def test_many_rows_many_columns_and_empty_tables(tmp_path: Path) -> None:
    path = tmp_path / "big.mdb"
    wide = [Column(f"c{number}", "TEXT", 10) for number in range(250)]
    schema = {"Wide One": wide, "Nothing": wide[:3], "many": [Column("n", "LONG"), Column("t", "TEXT", 20)]}
    many = ({"n": number, "t": f"row {number}"} for number in range(10000))
    write_access(path, schema, {"Wide One": [[str(n) for n in range(250)]] * 40, "many": many})
    assert run("mdb-tables", "-1", path).splitlines() == ["Wide One", "Nothing", "many"]
    assert [run("mdb-count", path, table).strip() for table in schema] == ["40", "0", "10000"]
    assert export(path, "Wide One") == [[str(n) for n in range(250)]] * 40
    assert export(path, "Nothing") == []
    assert export(path, "many") == [[str(n), f"row {n}"] for n in range(10000)]


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
