"""Files of corrections: every mistake is reported with its file and line, and following the advice removes it."""

from pathlib import Path

import pytest

from pipeline.warehouse.overlay import definitions, files, values
from tests.tasks.corrections import HEADER, REVIEW

LINE = f"events,E1,ev_city,NOME,Nome,{REVIEW}"
RULE = """[[mapping]]
id = "r1"
table = "events"
column = "ev_city"
values = { NOME = "Nome" }
rows = 1
source = "manual"
reviewer = "me"
date = 2026-11-30
"""
COPY = RULE.replace("mapping", "copy").replace('column = "ev_city"\nvalues = { NOME = "Nome" }', 'from = "a"\nto = "b"')

CSV_MISTAKES = {
    "byte order mark": (f"\ufeff{HEADER}\n{LINE}\n".encode(), "c.csv:1: expected no byte order mark"),
    "encoding": (f"{HEADER}\n{LINE}é\n".encode("latin-1"), "c.csv: expected a text file in UTF-8, found another"),
    "quotes": (
        f'{HEADER}\n{LINE}\n"{LINE}\n'.encode(),
        "c.csv: expected CSV, found other text: line 3: unexpected end",
    ),
    "heading": (f"{HEADER},more\n{LINE},x\n".encode(), "c.csv:1: expected the columns table, key, column"),
    "cells": (f"{HEADER}\n{LINE}\n{LINE},x\n".encode(), "c.csv:3: expected 8 cells, found 9; quote"),
    "source": (f"{HEADER}\n{LINE.replace('docket 7', ' ')}\n".encode(), "c.csv:2: source: expected a text, found none"),
    "reviewer": (f"{HEADER}\n{LINE.replace('R. Viewer', '')}\n".encode(), "c.csv:2: reviewer: expected a text, found"),
    "two lines": (f"{HEADER}\n{LINE.replace('docket 7', chr(7))}\n".encode(), "c.csv:2: source: expected one line"),
    "date": (f"{HEADER}\n{LINE.replace('-11-', '-13-')}\n".encode(), "c.csv:2: date: expected a date such as"),
    "key": (f"{HEADER}\n{LINE.replace('E1', chr(39))}\n".encode(), "c.csv:2: key: expected words as for `why row`"),
    "table": (f"{HEADER}\n{LINE.replace('events', '')}\n".encode(), "c.csv:2: table: expected a name, found none"),
    "id": (f"{HEADER},id\n{LINE},a b\n".encode(), "c.csv:2: id: expected letters, digits"),
    "repeated": (f"{HEADER}\n{LINE}\n\n{LINE}\n".encode(), "c.csv:4: expected an id of its own, found"),
}
TOML_MISTAKES = {
    "nesting": ("a = " + "[" * 3000, "r.toml: expected TOML, found other text: maximum recursion depth"),
    "syntax": (RULE + "[", "r.toml: expected TOML, found other text"),
    "kind": (RULE + '[[maping]]\nid = "x"', "r.toml: expected [[mapping]] and [[copy]], found maping; remove it"),
    "brackets": ('[mapping]\nid = "x"', "r.toml: expected [[mapping]], found another form of mapping"),
    "field": ("\n" + RULE + "wehre = {}\n", "r.toml:2: wehre: expected one of id, table"),
    "missing": (
        RULE.replace("rows = 1\n", ""),
        "r.toml:1: rows: expected a whole number from 0 to 1000000000000, found none",
    ),
    "type": (
        RULE.replace("rows = 1", "rows = -1"),
        "r.toml:1: rows: expected a whole number from 0 to 1000000000000, found -1",
    ),
    "large": (RULE.replace("rows = 1", f"rows = {2**63}"), "r.toml:1: rows: expected a whole number from 0 to"),
    "empty": (RULE.replace('"events"', '""'), "r.toml:1: table: expected a text, found ''"),
    "truth": (COPY + "only_null = 1\n", "r.toml:1: only_null: expected true or false, found 1"),
    "where": (RULE + 'where = { a = "1", b = "2" }\n', "r.toml:1: where: expected one column and its value"),
    "values": (RULE.replace('{ NOME = "Nome" }', "{}"), "r.toml:1: values: expected old and new values, found none"),
    "nested": (RULE.replace('"Nome"', "[1]"), "r.toml:1: values, where: expected texts and numbers, found a list"),
    "review": (RULE.replace('"me"', '" "'), "r.toml:1: reviewer: expected a text, found none; add it"),
    "repeated": (RULE + "\n" + COPY, "r.toml:11: expected an id of its own, found r1, which r.toml:1 has"),
}


@pytest.mark.parametrize("mistake", CSV_MISTAKES)
def test_a_mistake_in_a_csv_file_has_its_line(tmp_path: Path, mistake: str) -> None:
    text, message = CSV_MISTAKES[mistake]
    (tmp_path / "c.csv").write_bytes(text)
    (tmp_path / "d.csv").write_text(f"{HEADER}\n,,,,,,,\n")
    _, mistakes = files.read_folder(tmp_path)
    assert [line for line in mistakes if line.startswith(message)], mistakes
    assert [line for line in mistakes if line.startswith("d.csv:2:")], "mistakes in all files are reported at once"


@pytest.mark.parametrize("mistake", TOML_MISTAKES)
def test_a_mistake_in_a_bulk_rule_has_its_line(tmp_path: Path, mistake: str) -> None:
    text, message = TOML_MISTAKES[mistake]
    (tmp_path / "r.toml").write_text(text)
    _, mistakes = files.read_folder(tmp_path)
    assert [line for line in mistakes if line.startswith(message)], mistakes


def test_following_the_advice_removes_the_mistakes(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"{HEADER}\n{LINE}\n")
    (tmp_path / "r.toml").write_text(RULE + COPY.replace("r1", "r2"))
    corrections, mistakes = files.read_folder(tmp_path)
    assert mistakes == [] and [item.kind for item in corrections] == ["value", "mapping", "copy"]


@pytest.mark.parametrize(
    ("name", "text"), [("A.CSV", f"{HEADER}\n{LINE}\n"), ("a.Csv", f"{HEADER}\n{LINE}\n"), ("R.TOML", RULE)]
)
def test_files_are_read_however_their_suffix_is_written(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    corrections, mistakes = files.read_folder(tmp_path)
    assert mistakes == [] and len(corrections) == 1


def test_files_without_lines_are_no_corrections(tmp_path: Path) -> None:
    assert definitions.digest(*files.read_folder(tmp_path / "absent")) == ""
    for name, text in {"a.csv": "", "b.csv": HEADER, "c.toml": "# nothing\n", ".d.csv": LINE, "e.md": LINE}.items():
        (tmp_path / name).write_text(text)
    assert definitions.digest(*files.read_folder(tmp_path)) == ""


def test_a_folder_that_cannot_be_listed_is_a_mistake(tmp_path: Path) -> None:
    """Otherwise a release without corrections would be published."""
    (tmp_path / "corrections").write_text("")
    _, (mistake,) = files.read_folder(tmp_path / "corrections")
    assert mistake == "corrections: expected a folder that can be listed, found: Not a directory; correct it"


def test_the_digest_depends_on_the_corrections_only(tmp_path: Path) -> None:
    other = LINE.replace("E1", "E2")
    digests = set()
    for texts in ({"a.csv": f"{LINE}\n{other}"}, {"b.csv": f"{other}\n\n{LINE}\n"}, {"c.csv": LINE, "d.csv": other}):
        for path in tmp_path.glob("*"):
            path.unlink()
        for name, text in texts.items():
            (tmp_path / name).write_text(f"{HEADER}\n{text}")
        digests.add(definitions.digest(*files.read_folder(tmp_path)))
    (tmp_path / "d.csv").write_text(f"{HEADER}\n{other.replace('docket 7', 'docket 8')}")
    assert len(digests) == 1 and definitions.digest(*files.read_folder(tmp_path)) not in digests


def test_cells_keep_line_breaks_and_distinguish_empty_text_from_no_value(tmp_path: Path) -> None:
    long = "x" * 200_000
    line = f'narratives,"E1 \'a b\' 2",narr_accp,"one,\r\ntwo ""x"" {long}",\'\',{REVIEW}'
    heading = HEADER.replace("_value", " value").title()
    (tmp_path / "c.csv").write_bytes(f"{heading}\r\n{line}\r\n{LINE.replace('Nome', '')}\r\n".encode())
    (first, second), mistakes = files.read_folder(tmp_path)
    assert mistakes == [] and first.key == ("E1", "a b", "2") and second.origin == "c.csv:4"
    assert first.changes == ((f'one,\r\ntwo "x" {long}', ""),) and second.changes == (("NOME", None),)


REJECTED = {
    "integer": ["", "1.0", "2147483648", "x", "1_0", "\u0661", " 1", "1e3"],
    "bigint": ["9223372036854775808"],
    "real": ["1e39", "1e-50", "nan", "inf", "0x1p3"],
    "double precision": ["1e400", "1e-400", "Infinity", "1,5"],
    "boolean": ["t", "1", "TRUE"],
    "date": ["2008-02-30", "20080201", "2008-W01-1", "0000-01-01"],
    "timestamp without time zone": ["2008-01-01", "2008-01-01 25:00", "2008-01-01 10:00+01:00"],
    "time without time zone": ["24:00", "9:30", "09:30Z"],
    "text": ["a\0b"],
}


@pytest.mark.parametrize("type_name", REJECTED)
def test_a_text_that_is_no_value_of_the_type_is_rejected(type_name: str) -> None:
    for text in REJECTED[type_name]:
        with pytest.raises(ValueError):
            values.parse_value(type_name, text)


def test_equal_values_are_equal_however_they_are_written() -> None:
    assert values.parse_value("integer", "007") == values.parse_value("integer", "+7")
    assert values.parse_value("real", "0.1") == values.parse_value("real", "1e-1") != 0.1
    assert values.parse_value("time without time zone", "14:05") == values.parse_value(
        "time without time zone", "14:05:00"
    )
    assert values.parse_value("text", None) is None and values.parse_value("text", "") == ""
