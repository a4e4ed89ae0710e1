"""Split by the date of the event: train before, validate next, test last. Never at random, never within an event."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

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


class EmptyPart(ValueError):
    """A part of the split has no events; the message has the events of each year."""


def by_year(events: pd.DataFrame, validation_year: int, test_year: int) -> Split:
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
        raise EmptyPart(
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
