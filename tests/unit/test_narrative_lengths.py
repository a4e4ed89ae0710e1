"""Narratives of generated files: NTSB's lengths, reproducible, and missing values unchanged."""

import statistics

import pytest

from samples.narrative_lengths import LENGTHS, LONGEST, lengthen
from samples.sampler import Sampler

COUNT = 1000  # Enough for medians within ten percent.


def narratives(count: int = 100) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = [{"narr_accp": "Short.", "narr_accf": "Full.", "narr_cause": "Why."}] * count
    return [dict(row) for row in rows] + [{"narr_accp": None, "narr_accf": None, "narr_cause": None}]


@pytest.mark.parametrize("source", LENGTHS)
def test_median_lengths_match_the_source(source: str) -> None:
    rows = narratives(COUNT)
    lengthen(Sampler(1), source, rows)
    for column, (median, _) in LENGTHS[source].items():
        lengths = [len(row[column] or "") for row in rows[:COUNT]]
        # Texts end with a complete sentence.
        assert statistics.median(lengths) == pytest.approx(median + 60, rel=0.1)
        assert max(lengths) < LONGEST + 500


def test_existing_text_and_missing_values_are_kept() -> None:
    rows = narratives()
    lengthen(Sampler(1), "avall", rows)
    *lengthened, missing = rows
    assert all(str(row["narr_accf"]).startswith("Full.") and row["narr_cause"] == "Why." for row in lengthened)
    assert set(missing.values()) == {None}
    assert len({row["narr_accf"] for row in lengthened}) > len(lengthened) * 0.95


def test_the_same_seed_gives_the_same_narratives() -> None:
    one, other = narratives(), narratives()
    lengthen(Sampler(1), "avall", one)
    lengthen(Sampler(1), "avall", other)
    assert one == other
