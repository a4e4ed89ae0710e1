"""Split by the date of the event: train before, validate next, test last. Never at random, never within an event."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.severity.errors import InvalidStudy

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """The three parts, each in order of ev_id. Choices are made on `validation`; `test` is for judging only."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Events per part."""
        return {part: len(getattr(self, part)) for part in PARTS}

    def id(self) -> str:
        """16 hex digits over the events of each part: two studies with one id were judged on the same frozen test."""
        return digest_lines([f"{part} {ev_id}" for part in PARTS for ev_id in getattr(self, part)["ev_id"]])

    def before(self) -> pd.DataFrame:
        """Train and validation together, in order of ev_id: all that may be learned from before the test."""
        return pd.concat([self.train, self.validation]).sort_values("ev_id", ignore_index=True)


def digest_lines(lines: Iterable[str]) -> str:
    """16 hex digits over lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


class EmptyPartition(InvalidStudy):
    """A part of the split has no events; the message has the events of each year."""


def split_by_year(events: pd.DataFrame, validation_year: int, test_year: int) -> Split:
    """Train < validation_year <= validation < test_year <= test, by the year of ev_date."""
    if validation_year >= test_year:
        raise ValueError(f"[Severity]: validation_year < test_year expected, {validation_year} and {test_year} found")
    year = pd.to_datetime(events["ev_date"]).dt.year
    parts = {
        "train": events[year < validation_year],
        "validation": events[(year >= validation_year) & (year < test_year)],
        "test": events[year >= test_year],
    }
    empty = [part for part, rows in parts.items() if rows.empty]
    if empty:
        years, counts = np.unique(year, return_counts=True)
        per_year = dict(zip(years.tolist(), counts.tolist(), strict=True))
        raise EmptyPartition(
            f"No events to {' and no events to '.join(empty)} with validation from {validation_year} and test from "
            f"{test_year}. Events per year: {per_year}. Move [Severity] validation_year and test_year."
        )
    split = Split(**{part: rows.sort_values("ev_id", ignore_index=True) for part, rows in parts.items()})
    assert_disjoint(split)
    return split


def assert_disjoint(split: Split) -> None:
    """ValueError where an event lies in two parts."""
    seen: set[str] = set()
    for part in PARTS:
        ids = set(getattr(split, part)["ev_id"])
        both = sorted(seen & ids)
        if both:
            raise ValueError(f"split: no event in two parts expected, {len(both)} found, the first is {both[0]}")
        seen |= ids


def rolling_windows(events: pd.DataFrame, count: int, years: int, end: int) -> list[Split]:
    """Rolling origins, the earliest first: each judges `years` years, and the last of them ends before year `end`.

    Of each origin, `test` is judged, `validation` (as many years before) stops training, `train` is all that is
    earlier. Judged windows do not overlap. Origins with an empty part are left out.
    """
    year = pd.to_datetime(events["ev_date"]).dt.year
    found = []
    for at in range(count, 0, -1):
        first = end - at * years
        window = events[year < first + years]
        try:
            found.append(split_by_year(window, first - years, first))
        except EmptyPartition:
            continue
    return found


def split_at_random(events: pd.DataFrame, seed: int, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(learned from, judged on): what most published studies do, kept to show how much it flatters. By event."""
    ordered = events.sort_values("ev_id", ignore_index=True)
    judged = np.random.default_rng(seed).random(len(ordered)) < share
    return ordered[~judged].reset_index(drop=True), ordered[judged].reset_index(drop=True)
