"""Reviewed mappings against NTSB's lists of codes: no code that a list explains lacks a line."""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipeline.sources import FOLDER
from samples.codes import codes
from tests.architecture.tree import REPOSITORY

# Columns that hold the codes of a field, in the files since 1982 and in PRE1982.
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
OLD = {
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
# Where NTSB's own lists and real files lie beside the repository; they are not copied.
REFERENCE = REPOSITORY.parent / "shared" / "reference" / "ntsb"
Line = dict[str, str]


def listed(path: Path) -> list[Line]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def lines() -> tuple[Line, ...]:
    return tuple(line for path in sorted((FOLDER / "mappings").glob("*.csv")) for line in listed(path))


def known(field: str, era: str) -> set[str]:
    return {line["code"] for line in lines() if (line["field"], line["era"]) == (field, era)}


def explained() -> Iterator[tuple[str, str, str]]:
    """(field, era, code) of every code since 1982 that the lists explain."""
    for each in codes():
        column = f"{each.table}.{each.column}"
        for field, place in COLUMNS.items():
            if column == place:
                yield from ((field, era, each.code.upper()) for era in ("pre2008", "avall"))
        if column == "Occurrences.Occurrence_Code":
            yield "occurrence", "pre2008", each.code
        if column == "Occurrences.Phase_of_Flight":
            yield "phase", "pre2008", each.code
        if column == "Events_Sequence.Occurrence_Code":
            part = each.code.strip("x")
            yield ("occurrence" if each.code.startswith("xxx") else "phase"), "avall", part


def test_every_code_since_1982_has_a_line() -> None:
    found = set(explained())
    assert len({field for field, _, _ in found}) == len(COLUMNS) + 2
    assert [each for each in sorted(found) if each[2] not in known(each[0], each[1])] == []


def said(field: str, meaning: str) -> Line | None:
    """The first line of 1962-1981 whose pattern fits the words."""
    mine = (line for line in lines() if (line["field"], line["era"]) == (field, "pre1982"))
    return next((line for line in mine if re.search(line["meaning"].replace(r"\m", r"\b"), meaning.upper())), None)


@pytest.mark.parametrize("field", sorted(OLD))
def test_all_words_of_1962_to_1981_have_a_line(field: str) -> None:
    own = listed(REPOSITORY / "samples" / "codes_pre1982.csv")
    words = [row["Meang"] for row in own if row["Name"] == OLD[field] and row["Code"] != "**"]
    assert words
    assert [each for each in words if said(field, each) is None] == []


@pytest.mark.parametrize(
    ("words", "value", "confidence"),
    [
        ("COLLISION WITH GROUND/WATER - CONTROLLED", "CFIT", "close"),
        ("COLLISION WITH GROUND/WATER - UNCONTROLLED", "LOC-I", "close"),
        ("COLLIDED WITH WIRES/POLES", "", "none"),
        ("GROUND-WATER LOOP-SWERVE", "LOC-G", "close"),
        ("UNCONTROLLED ALTITUDE DEVIATION", "NAV", "close"),
    ],
)
def test_collisions_of_1962_to_1981_are_told_apart_by_their_words(words: str, value: str, confidence: str) -> None:
    line = said("occurrence", words)
    assert line is not None
    assert (line["modern"], line["confidence"]) == (value, confidence)


def test_every_line_has_a_note() -> None:
    """Of a code, its words; of a pattern, that the words are the same; of what is close or has no counterpart, why."""
    assert [line for line in lines() if not line["note"]] == []
    loose = {line["note"] for line in lines() if line["confidence"] != "exact"}
    assert loose & {"its words", "its name"} == set()


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="NTSB's lists do not lie beside this repository")
def test_every_code_of_ntsbs_own_list_of_occurrences_has_a_line() -> None:
    every = {
        row["code"] for row in listed(REFERENCE / "lookups" / "ct_seqevt.csv") if re.fullmatch(r"\d{3}", row["code"])
    }
    occurrences = {code for code in every if code < "500"}
    assert len(occurrences) > 50
    assert occurrences - known("occurrence", "pre2008") == set()
    assert every - occurrences - known("phase", "pre2008") == set()
