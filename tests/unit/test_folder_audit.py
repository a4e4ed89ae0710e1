"""Validation of a folder of tables: every kind of mismatch is reported, all at once, and nothing else."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from pipeline.__main__ import main
from pipeline.errors import InvalidSpecification, PipelineError
from pipeline.folders import render, specification
from pipeline.folders.audit import Audit, Mismatch, audit_folder
from pipeline.folders.infer import find_key, infer

SPECIFICATION = """
title = "Two tables"
[tables.events]
key = ["ev_id"]
[tables.events.columns]
ev_id = { type = "string", required = true }
ev_date = "date"
latitude = { type = "number", minimum = -90, maximum = 90 }
kind = { codes = ["ACC", "INC"] }
[tables.aircraft]
key = ["ev_id", "number"]
[[tables.aircraft.references]]
columns = ["ev_id"]
table = "events"
[tables.aircraft.columns]
ev_id = "string"
number = "integer"
"""
EVENTS = "ev_id,ev_date,latitude,kind\nA,2020-01-01,3.5,ACC\nB,,,\n"
KIND = ("events", "kind", "missing attribute", 1)
SORT = ("events", "sort", "unexpected column", 1)
AIRCRAFT = "ev_id,number\nA,1\nA,2\nB,1\n"


def audit(folder: Path, spec: str = SPECIFICATION, **files: str | None) -> Audit:
    """The audit of a folder with events.csv and aircraft.csv, or of other files; None leaves a file out."""
    tables = folder / "tables"
    tables.mkdir()
    for name, text in ({"events": EVENTS, "aircraft": AIRCRAFT} | files).items():
        if text is not None:
            (tables / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "spec.toml"
    path.write_text(spec, encoding="utf-8")
    return audit_folder(tables, specification.read(path))


def kinds(result: Audit) -> set[tuple[str, str, str, int]]:
    return {(item.table, item.column, item.kind, item.count) for item in result.mismatches}


def test_folder_that_matches_has_no_mismatch(tmp_path: Path) -> None:
    result = audit(tmp_path)
    assert result.mismatches == []
    assert result.rows == {"events": 2, "aircraft": 3}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"aircraft": None}, {("aircraft", "", "missing table", 1)}),
        ({"events": None}, {("events", "", "missing table", 1)}),
        ({"engines": "a\n1\n"}, {("engines.csv", "", "unexpected file", 1)}),
        ({"events": EVENTS.replace("kind", "sort")}, {KIND, SORT}),
        ({"events": EVENTS.replace("2020-01-01", "01/01/2020")}, {("events", "ev_date", "wrong type", 1)}),
        ({"events": EVENTS.replace("3.5", "x")}, {("events", "latitude", "wrong type", 1)}),
        ({"events": EVENTS.replace("ACC", "ACC,1")}, {("events", "", "wrong number of cells", 1)}),
        ({"events": EVENTS.replace("3.5", "91")}, {("events", "latitude", "value out of range", 1)}),
        ({"events": EVENTS.replace("ACC", "FOO")}, {("events", "kind", "unknown code", 1)}),
        ({"events": EVENTS + ",,,ACC\n"}, {("events", "ev_id", "missing value", 1), ("events", "", "wrong key", 1)}),
        ({"events": EVENTS + "B,,,ACC\n"}, {("events", "", "wrong key", 1)}),
        ({"aircraft": AIRCRAFT + "Z,1\nZ,2\n"}, {("aircraft", "ev_id", "orphan", 2)}),
        ({"aircraft": AIRCRAFT + "A,\nB,\n"}, {("aircraft", "number", "missing value", 2)}),
        ({"events": ""}, {("events", "", "unreadable file", 1)}),
        ({"events": EVENTS.replace("kind", "ev_id")}, {("events", "ev_id", "duplicate column", 2), KIND}),
        ({"events": EVENTS.replace("kind", "")}, {("events", "", "column without a name", 1), KIND}),
    ],
    ids=lambda value: "" if isinstance(value, set) else ", ".join(value),
)
def test_each_kind_of_mismatch_is_reported(
    tmp_path: Path, files: dict[str, str], expected: set[tuple[str, str, str, int]]
) -> None:
    """A table that cannot be read has no keys; its references are not orphans."""
    assert kinds(audit(tmp_path, **files)) == expected


def test_all_mismatches_of_all_tables_are_reported_at_once(tmp_path: Path) -> None:
    events = EVENTS.replace("ACC", "FOO").replace("3.5", "x")
    result = audit(tmp_path, events=events, aircraft=AIRCRAFT + "Z,one\n")
    assert kinds(result) == {
        ("events", "kind", "unknown code", 1),
        ("events", "latitude", "wrong type", 1),
        ("aircraft", "number", "wrong type", 1),
        ("aircraft", "ev_id", "orphan", 1),
    }


def test_every_wrong_value_is_counted_and_the_first_ones_are_listed(tmp_path: Path) -> None:
    events = "ev_id,ev_date,latitude,kind\n" + "".join(f"{number},x,,\n" for number in range(2500))
    (mismatch,) = audit(tmp_path, events=events, aircraft="ev_id,number\n").mismatches
    assert (mismatch.kind, mismatch.count) == ("wrong type", 2500)
    assert mismatch.examples == tuple(f"row {number}: x" for number in range(2, 7))


def test_a_row_with_too_many_cells_is_one_mismatch(tmp_path: Path) -> None:
    """Frictionless keeps a copy of the row for each of its errors: with these cells, it would run out of memory."""
    events = EVENTS + "".join(f"{key},,,ACC{',x' * 300_000}\n" for key in "CD")
    assert kinds(audit(tmp_path, events=events)) == {("events", "", "wrong number of cells", 2)}


def test_long_text_and_unusual_characters_are_read(tmp_path: Path) -> None:
    text = "\U0001f6e9 é" * 100_000
    assert audit(tmp_path, events=f'ev_id,ev_date,latitude,kind\nA,,,\nB,,,\n"{text}",,,\n').mismatches == []


# {type: a value and none of it}, in Parquet files.
MISSING = {
    "integer": pd.array([2**53 + 1, None], dtype="Int64"),
    "datetime": pd.to_datetime([None, "2020-01-01"]),
    "date": [date(2020, 1, 1), None],
    "boolean": [True, None],
}


def test_parquet_files_are_validated(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    hours = {"ev_id": ["A", "A"], "hours": [1.5, None]} | MISSING
    pd.DataFrame(hours, index=[3, 7]).to_parquet(folder / "hours.parquet")
    path = tmp_path / "spec.toml"
    path.write_text(
        '[tables.hours]\nfile = "hours.parquet"\nkey = ["ev_id"]\n[tables.hours.columns]\nev_id = "string"\n'
        'hours = { type = "number", required = true }\n'
        + "".join(f'{name} = {{ type = "{name}", required = true }}\n' for name in MISSING)
    )
    result = audit_folder(folder, specification.read(path))
    expected = {("hours", name, "missing value", 1) for name in ("hours", *MISSING)}
    assert kinds(result) == {("hours", "", "wrong key", 1)} | expected


VALUES = """
[tables."Odd values"]
file = "values.csv"
[tables."Odd values".columns]
code = { pattern = "ACC|INC" }
moment = { type = "datetime", minimum = "2000-01-01T00:00:00" }
amount = { type = "number", maximum = 5 }
"""


def test_values_that_cannot_be_compared_are_mismatches_like_others(tmp_path: Path) -> None:
    """A pattern applies to all of a value, also if it has alternatives."""
    values = "code,moment,amount\nINC,2020-01-01T00:00:00,1\nACCX,2020-01-01T00:00:00Z,sNaN\nXINC,,\n"
    assert kinds(audit(tmp_path, VALUES, values=values, events=None, aircraft=None)) == {
        ("Odd values", "code", "value out of range", 2),
        ("Odd values", "moment", "wrong type", 1),
        ("Odd values", "amount", "wrong type", 1),
    }


def test_a_key_that_cannot_be_compared_makes_a_table_unreadable(tmp_path: Path) -> None:
    spec = '[tables.t]\nkey = ["a"]\n[tables.t.columns]\na = "number"'
    (mismatch,) = audit(tmp_path, spec, t="a\n1\nsNaN\n", events=None, aircraft=None).mismatches
    assert (mismatch.kind, mismatch.examples) == ("unreadable file", ("Cannot hash a signaling NaN value",))


def test_descriptor_of_a_data_package_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\nx\n")
    schema = {"fields": [{"name": "a", "type": "integer"}]}
    path = tmp_path / "datapackage.json"
    # With another format, Frictionless would not read the file, and find no mismatch.
    resource = {"name": "t", "path": "t.csv", "format": "any", "schema": schema}
    path.write_text(json.dumps({"resources": [resource]}))
    assert kinds(audit_folder(tmp_path, specification.read(path))) == {("t", "a", "wrong type", 1)}
    path.write_text(json.dumps({"resources": [resource | {"dialect": {"header": False}}]}))
    assert kinds(audit_folder(tmp_path, specification.read(path))) == {("t", "a", "wrong type", 2)}
    # In the part that is read first, and after it.
    for text in (b"a\n\xe9\n", b"a\n" + b"1\n" * 300 + b"\xe9\n"):
        (tmp_path / "t.csv").write_bytes(text)
        (mismatch,) = audit_folder(tmp_path, specification.read(path)).mismatches
        assert mismatch.kind == "unreadable file" and mismatch.examples[0].endswith("; set `encoding`")


def test_all_mistakes_of_a_specification_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(
        'color = 1\n[tables.a]\nfile = "../a.csv"\nkey = ["x"]\n'
        '[[tables.a.references]]\ncolumns = ["id"]\ntable = "b"\n[tables.a.columns]\nid = "text"\n'
        '[tables.c]\nfile = "http://host/c.csv"\n[tables.c.columns]\nx = {codes = "no.csv"}\n'
    )
    with pytest.raises(InvalidSpecification) as error:
        specification.read(path)
    for part in (
        "unknown keys color",
        "../a.csv",
        "key columns x",
        "unknown table b",
        "type text",
        "http://host",
        "no.csv",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("text", ["", "[tables", "[tables.a]\n", "\x00"])
def test_specification_without_tables_or_columns_is_rejected(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with pytest.raises(InvalidSpecification, match=r"expected .*, found"):
        specification.read(path)


def test_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "secret.csv").write_text(EVENTS)
    (tmp_path / "tables" / "events.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "tables" / "aircraft.csv").write_text("ev_id,number\n")
    (tmp_path / "spec.toml").write_text(SPECIFICATION)
    result = audit_folder(tmp_path / "tables", specification.read(tmp_path / "spec.toml"))
    assert kinds(result) == {("events", "", "missing table", 1)}


def test_inferred_specification_describes_the_folder_it_was_drafted_from(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "aircraft.csv").write_text(AIRCRAFT)
    values = {"ev_id": ["A", ""], 'a "quoted"\tname': [Decimal(10**37 + 1), None], "raw": [b"\xff", b""]}
    pd.DataFrame(values | MISSING).to_parquet(tmp_path / "Odd name.parquet")
    (tmp_path / "semicolon.csv").write_text("é\U0001f6e9\x7f;n\nA;1\nB;2\n", encoding="utf-8")
    for name in ("a_b.csv", "a/b.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(AIRCRAFT)
    draft = infer(tmp_path)
    (tmp_path / "spec.toml").write_text(draft, encoding="utf-8")
    spec = specification.read(tmp_path / "spec.toml")
    assert audit_folder(tmp_path, spec).mismatches == []
    (aircraft,) = (resource for resource in spec.resources if resource["name"] == "aircraft")
    assert aircraft["schema"]["primaryKey"] == ["ev_id", "number"]
    assert aircraft["schema"]["foreignKeys"][0]["reference"]["resource"] == "events"
    (odd,) = (resource for resource in spec.resources if resource["name"] == "Odd name")
    assert [field["type"] for field in odd["schema"]["fields"]][3:] == [*MISSING]


def test_all_files_without_a_usable_header_are_reported_at_once(tmp_path: Path) -> None:
    texts = {"a": "x,x\n1,2\n", "b": "x,\n1,2\n", "c": "", "d": "x\n\udce9\n", "\udce9": "x\n1\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(PipelineError) as error:
        infer(tmp_path)
    lines = str(error.value).splitlines()
    starts = [line.partition(", found")[0] for line in lines]
    assert starts == [f"{name}.csv: expected a readable table" for name in (*"abcd", "\\udce9")]
    assert "without a name of their own: 'x'" in lines[0] and "no columns" in lines[2] and "utf-8" in lines[3]
    assert "surrogates not allowed" in lines[4]


def test_key_is_the_smallest_complete_and_unique_combination() -> None:
    table = pd.DataFrame({"a": ["1", "1", "2"], "b": [None, "x", "y"], "c": ["1", "2", "1"]}, dtype="string")
    assert find_key(table) == ["a", "c"]
    assert find_key(table[["a"]]) == []
    assert find_key(table.head(0)) == []


def test_hostile_values_are_escaped_in_html() -> None:
    mismatch = Mismatch("<script>alert(1)</script>", "<b>", "wrong type", 1, ("row 2: <img src=x onerror=alert(1)>",))
    page = render.to_html(Audit("<title>", {"<i>": 1}, [mismatch]))
    for text in ("<script>alert", "<b>", "<img src=x", "<i>", "<title><title>"):
        assert text not in page


@pytest.mark.parametrize("name", ["text", "json", "html"])
def test_command_prints_the_audit_and_exits_with_1_for_mismatches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    audit(tmp_path, events=EVENTS.replace("ACC", "FOO"))
    arguments = ["audit-folder", str(tmp_path / "tables"), "--spec", str(tmp_path / "spec.toml"), "--format", name]
    assert main(arguments) == 1
    assert "FOO" in capsys.readouterr().out
    (tmp_path / "tables" / "events.csv").write_text(EVENTS)
    assert main(arguments) == 0


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPECIFICATION)
    with pytest.raises(PipelineError, match="expected a folder"):
        audit_folder(tmp_path / "absent", specification.read(tmp_path / "spec.toml"))
