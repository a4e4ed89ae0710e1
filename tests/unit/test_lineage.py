"""Lineage of a value: the reason of its flag, and the correction that emptied it."""

import re
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.sources import Era, eras
from pipeline.warehouse import corrections, lineage
from pipeline.warehouse.lineage import RawRow
from pipeline.warehouse.quality import flags
from pipeline.warehouse.table_schema import Column
from samples import jet4


@pytest.mark.parametrize("era", eras(), ids=lambda era: era.name)
def test_a_flag_has_the_reason_of_its_rule(era: Era) -> None:
    rules = flags.rules(era.name)
    assert rules
    for rule in rules:
        reason = lineage.flag_reason(era, rule.table, rule.flag)
        assert f"-- flags: {rule.table}.{rule.column} {reason}" in rule.path.read_text().splitlines()


def test_a_flag_without_a_rule_has_the_reason_of_the_cast() -> None:
    (era,) = [era for era in eras() if era.name == "avall"]
    assert lineage.flag_reason(era, "events", "latitude_out_of_range") == "the raw text has no typed value"
    assert lineage.flag_reason(era, "events", "event_in_both_files") == ""


@pytest.mark.parametrize("name", ["events", "EVENTS", "Events"])
def test_a_row_is_read_whatever_case_the_file_spells_its_table_in(tmp_path: Path, name: str) -> None:
    jet4.write_access(path := tmp_path / "a.mdb", {name: [jet4.Column("ev_id", "TEXT", 14)]}, {name: [("1",), ("2",)]})
    assert lineage.read_row(path, "events", 2).texts == {"ev_id": "2"}
    with pytest.raises(PipelineError, match="expected row 3"):
        lineage.read_row(path, "events", 3)


@pytest.mark.parametrize("path", corrections.files(), ids=lambda path: path.stem)
def test_a_correction_lists_the_columns_that_it_empties(path: Path) -> None:
    (table, emptied) = re.findall(r"^update (\w+) set (.+)$", path.read_text(), re.MULTILINE)[0]
    expected = tuple(f"{table}.{assignment.removesuffix(' = null')}" for assignment in emptied.split(", "))
    assert corrections.corrected_columns(path) == expected
    assert path.stem in {rule.flag for era in eras() for rule in flags.rules(era.name)}


def test_a_correction_without_its_columns_is_an_error(tmp_path: Path) -> None:
    (path := tmp_path / "city_lost.sql").write_text(
        "-- needs: events\n-- corrects: no city\nupdate events set a = null"
    )
    with pytest.raises(ValueError, match=r"city_lost\.sql: expected a header line `-- corrects:"):
        corrections.corrected_columns(path)


@pytest.mark.parametrize(
    ("name", "text", "typed", "rule"),
    [
        ("ev_date", "2099-12-31 00:00:00", "2099-12-31", "correction ev_date_in_future"),
        ("dec_latitude", "0.0", "0", "correction coordinates_zero"),
        ("ev_city", "Nome", "Nome", "modified after the cast"),
    ],
)
def test_each_column_has_its_own_correction(name: str, text: str, typed: str, rule: str) -> None:
    flagged = [{"flag": "coordinates_zero"}, {"flag": "ev_date_in_future"}]
    raw = RawRow("events", 1, {name: text}, "raw_avall")
    value = lineage.explain_source_value(
        "events", Column(name, "text", False), {name: None}, raw, {name: typed}, flagged, {}
    )
    assert value.rule == rule
