"""Safe SQL names for tables and columns of an Access file."""

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.sources import eras
from pipeline.warehouse import raw_names
from pipeline.warehouse.raw_names import fold, recorded_name, safe_names

SYSTEM_COLUMNS = ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "TableOID")
OWN = (
    "source_row",
    "Source Row",
    "inventory",
    "unreadable_cell",
    "Unreadable_Cell_pkey",
    "events_source_row_seq",
    "x_SOURCE_ROW_SEQ1",
)
HOSTILE = (
    "x\"(a/**/int);copy(select/**/1)to/**/program'...';--",
    'Height 6" AGL',
    "Lat, Long",
    "Power %",
    "%s",
    "-H",
    "",
    " ",
    "_",
    "a\nb",
    "a\x1b[31mb",
    "a\0b",
    "\ud800",
    "2024",
    "1st pilot",
    "Größe",
    "😀",
    "😁",
    "\u212aelvin",
    "x" * 63,
    "x" * 64,
    "x" * 63 + "y",
)


def test_names_of_ntsb_are_only_folded() -> None:
    names = ["RecNum", "ev_id", "Flight_Crew", "eADMSPUB_DataDictionary", "Pilot Name", *eras()[-1].tables]
    assert safe_names(names) == {name: name.lower().replace(" ", "_") for name in names}


@pytest.mark.parametrize("names", [SYSTEM_COLUMNS, OWN, HOSTILE, (*SYSTEM_COLUMNS, *OWN, *HOSTILE)])
def test_every_name_has_a_safe_name_that_postgresql_and_the_pipeline_do_not_use(names: tuple[str, ...]) -> None:
    safe = safe_names(names)
    assert list(map(safe.__contains__, names)) == [True] * len(names)
    assert not {name for name in safe.values() if raw_names.RESERVED.fullmatch(name)}
    assert all(re.fullmatch("[a-z_][a-z0-9_]{0,62}", name) for name in safe.values())
    assert len(set(safe.values())) == len(safe)


@pytest.mark.parametrize(
    ("names", "kept"),
    [(("ev id", "ev_id"), "ev_id"), (("ev id", "Ev_Id", "EV_ID"), "EV_ID"), (("A B", "A_B"), "A B")],
)
def test_of_names_that_are_equal_when_folded_one_keeps_the_folded_name(names: tuple[str, ...], kept: str) -> None:
    safe = safe_names(names)
    assert [name for name in names if safe[name] == fold(name)] == [kept]


def test_a_name_that_equals_the_safe_name_of_another_does_not_displace_it() -> None:
    hashed = safe_names(["Lat, Long"])["Lat, Long"]
    safe = safe_names(["Lat, Long", hashed])
    assert safe[hashed] == hashed and safe["Lat, Long"] != hashed


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.text(st.characters(codec=None), max_size=70), max_size=8), st.randoms(use_true_random=False))
@example(list(HOSTILE), random.Random(1))
def test_safe_names_are_unique_and_independent_of_order(names: list[str], shuffler: random.Random) -> None:
    safe = safe_names(names)
    assert all(re.fullmatch("[a-z_][a-z0-9_]{0,62}", name) for name in safe.values())
    assert len(set(safe.values())) == len(set(names))
    shuffled = names.copy()
    shuffler.shuffle(shuffled)
    assert safe_names(shuffled) == safe
    assert list(safe_names(shuffled)) == list(dict.fromkeys(shuffled))


def test_the_recorded_name_is_the_original_unless_postgresql_cannot_store_it() -> None:
    assert recorded_name('Größe "6" 😀\n') == 'Größe "6" 😀\n'
    assert recorded_name("a\0b\ud800") == "a\\x00b\\ud800"
    assert recorded_name("C:\\x") == "C:\\x"


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.text("\0\ud800\\x0ud8", max_size=8), unique=True))
@example(["\0", "\\x00"])
@example(["\\\0", "\\\\x00", "\\x00"])
def test_different_names_are_recorded_differently(names: list[str]) -> None:
    assert len({recorded_name(name) for name in names}) == len(names)
