"""Prose of made-up files of NTSB's size: as long as NTSB's, the same every time, and none where there was none."""

import statistics

import pytest

from samples.narrative_lengths import LENGTHS, LONGEST, lengthen
from samples.sampler import Sampler

COUNT = 1000


def narratives() -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = [{"narr_accp": "Short.", "narr_accf": "Full.", "narr_cause": "Why."}] * COUNT
    return [dict(row) for row in rows] + [{"narr_accp": None, "narr_accf": None, "narr_cause": None}]


@pytest.mark.parametrize("source", LENGTHS)
def test_lengths_are_those_of_the_source(source: str) -> None:
    rows = narratives()
    lengthen(Sampler(1), source, rows)
    for column, (median, _) in LENGTHS[source].items():
        lengths = [len(row[column] or "") for row in rows[:COUNT]]
        # A text ends with a whole sentence.
        assert statistics.median(lengths) == pytest.approx(median + 60, rel=0.1)
        assert max(lengths) < LONGEST + 500


def test_what_is_there_stays_and_what_is_missing_stays_so() -> None:
    rows = narratives()
    lengthen(Sampler(1), "avall", rows)
    *there, missing = rows
    assert all(str(row["narr_accf"]).startswith("Full.") and row["narr_cause"] == "Why." for row in there)
    assert set(missing.values()) == {None}
    assert len({row["narr_accf"] for row in there}) > COUNT * 0.95


def test_the_same_seed_gives_the_same_prose() -> None:
    one, other = narratives(), narratives()
    lengthen(Sampler(1), "avall", one)
    lengthen(Sampler(1), "avall", other)
    assert one == other
