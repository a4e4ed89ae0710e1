"""Reviewed mappings cover every code that NTSB's code lists explain."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipeline.sources import FOLDER
from samples.codes import codes
from tests.architecture.tree import REPOSITORY

# Columns with the codes of a field: in files since 1982, and in PRE1982.
COLUMNS = {
    "category": "aircraft.acft_category",
    "damage": "aircraft.damage",
    "operation": "aircraft.far_part",
    "purpose": "aircraft.type_fly",
    "engine": "engines.eng_type",
    "light": "events.light_cond",
    "weather": "events.wx_cond_basic",
    "severity": "events.ev_highest_injury",
}
PRE1982_COLUMNS = {
    "category": "TYPE_CRAFT",
    "damage": "ACFT_ADAMG",
    "operation": "TYPE_OPERATOR",
    "operation_by_purpose": "KIND_FLY_GENA",
    "purpose": "KIND_FLY_GENA",
    "engine": "TYPE_POWER",
    "light": "LIGHT_COND",
    "weather": "TYPE_WEATHR",
    "severity": "INJURY_INDEX",
    "phase": "OPERATION_PHASE",
    "occurrence": "ACCIDENT_TYPE",
    "state": "LOCAT_STATE_TERR",
}
# NTSB's code lists, which are not part of the repository.
REFERENCE = REPOSITORY.parent / "shared" / "reference" / "ntsb"
Row = dict[str, str]


def read_csv(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def mapping_rows() -> tuple[Row, ...]:
    return tuple(row for path in sorted((FOLDER / "mappings").glob("*.csv")) for row in read_csv(path))


def mapped_codes(field: str, era: str) -> set[str]:
    return {row["code"] for row in mapping_rows() if (row["field"], row["era"]) == (field, era)}


def explained_codes() -> Iterator[tuple[str, str, str]]:
    """(field, era, code) of every code since 1982 that NTSB's lists explain."""
    for entry in codes():
        column = f"{entry.table}.{entry.column}"
        for field, code_column in COLUMNS.items():
            if column == code_column:
                yield from ((field, era, entry.code.upper()) for era in ("pre2008", "avall"))
        if column == "Occurrences.Occurrence_Code":
            yield "occurrence", "pre2008", entry.code
        if column == "Occurrences.Phase_of_Flight":
            yield "phase", "pre2008", entry.code
        if column == "Events_Sequence.Occurrence_Code":
            part = entry.code.strip("x")
            yield ("occurrence" if entry.code.startswith("xxx") else "phase"), "avall", part


def test_every_code_since_1982_is_mapped() -> None:
    explained = set(explained_codes())
    assert len({field for field, _, _ in explained}) == len(COLUMNS) + 2
    assert [(field, era, code) for field, era, code in sorted(explained) if code not in mapped_codes(field, era)] == []


def matching_row(field: str, meaning: str) -> Row | None:
    """The first row of 1962-1981 whose pattern matches the meaning."""
    patterns = (row for row in mapping_rows() if (row["field"], row["era"]) == (field, "pre1982"))
    return next((row for row in patterns if re.search(row["meaning"].replace(r"\m", r"\b"), meaning.upper())), None)


@pytest.mark.parametrize("field", sorted(PRE1982_COLUMNS))
def test_every_meaning_of_1962_to_1981_is_mapped(field: str) -> None:
    code_list = read_csv(REPOSITORY / "samples" / "codes_pre1982.csv")
    meanings = [row["Meang"] for row in code_list if row["Name"] == PRE1982_COLUMNS[field] and row["Code"] != "**"]
    assert meanings
    assert [meaning for meaning in meanings if matching_row(field, meaning) is None] == []


@pytest.mark.parametrize(
    ("meaning", "value", "confidence"),
    [
        ("COLLISION WITH GROUND/WATER - CONTROLLED", "CFIT", "close"),
        ("COLLISION WITH GROUND/WATER - UNCONTROLLED", "LOC-I", "close"),
        ("COLLIDED WITH WIRES/POLES", "", "none"),
        ("GROUND-WATER LOOP-SWERVE", "LOC-G", "close"),
        ("UNCONTROLLED ALTITUDE DEVIATION", "NAV", "close"),
    ],
)
def test_collisions_of_1962_to_1981_are_mapped_by_their_meaning(meaning: str, value: str, confidence: str) -> None:
    row = matching_row("occurrence", meaning)
    assert row is not None
    assert (row["modern"], row["confidence"]) == (value, confidence)


def test_every_mapping_has_a_note() -> None:
    """The note is the meaning of a code, or the reason of a mapping that is close or has no counterpart."""
    assert [row for row in mapping_rows() if not row["note"]] == []
    inexact_notes = {row["note"] for row in mapping_rows() if row["confidence"] != "exact"}
    assert inexact_notes & {"its words", "its name"} == set()


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs NTSB's code lists in ../shared")
def test_every_code_of_ntsbs_occurrence_list_is_mapped() -> None:
    all_codes = {
        row["code"] for row in read_csv(REFERENCE / "lookups" / "ct_seqevt.csv") if re.fullmatch(r"\d{3}", row["code"])
    }
    occurrences = {code for code in all_codes if code < "500"}
    assert len(occurrences) > 50
    assert occurrences - mapped_codes("occurrence", "pre2008") == set()
    assert all_codes - occurrences - mapped_codes("phase", "pre2008") == set()
