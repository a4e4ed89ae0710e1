"""Split events by date: training first, then validation, then test. Never at random and never within an event."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.severity.errors import InvalidStudy

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Three partitions sorted by ev_id. `validation` is for choices between models, `test` for evaluation only."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Return the number of events per partition."""
        return {part: len(getattr(self, part)) for part in PARTS}

    def id(self) -> str:
        """Return 16 hex digits over the ev_ids of each partition."""
        return digest_lines([f"{part} {ev_id}" for part in PARTS for ev_id in getattr(self, part)["ev_id"]])

    def test_id(self) -> str:
        """Return `events_id` of test, whatever a model is trained on."""
        return events_id(self.test)

    def before(self) -> pd.DataFrame:
        """Return train and validation together, sorted by ev_id: all events before the test set."""
        return pd.concat([self.train, self.validation]).sort_values("ev_id", ignore_index=True)


def digest_lines(lines: Iterable[str]) -> str:
    """Return the first 16 hex digits of the sha256 of the lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def events_id(events: pd.DataFrame) -> str:
    """Return 16 hex digits over events and their labels."""
    return digest_lines(f"{ev_id} {severity}" for ev_id, severity in events[["ev_id", "severity"]].to_numpy())


class EmptyPartition(InvalidStudy):
    """A partition of the split has no events; the message has the number of events per year."""


def split_by_year(events: pd.DataFrame, validation_year: int, test_year: int) -> Split:
    """Return a split by the year of `ev_date`: train < validation_year <= validation < test_year <= test.

    Raises ValueError if the years are not in order, and EmptyPartition.
    """
    if validation_year >= test_year:
        raise ValueError(
            f"[Severity]: expected validation_year < test_year, found {validation_year} and {test_year}; "
            "correct them in luigi.cfg"
        )
    year = pd.to_datetime(events["ev_date"]).dt.year
    partitions = {
        "train": events[year < validation_year],
        "validation": events[(year >= validation_year) & (year < test_year)],
        "test": events[year >= test_year],
    }
    empty = [name for name, rows in partitions.items() if rows.empty]
    if empty:
        years, counts = np.unique(year, return_counts=True)
        per_year = dict(zip(years.tolist(), counts.tolist(), strict=True))
        raise EmptyPartition(
            f"split with validation_year = {validation_year} and test_year = {test_year}: expected events in each "
            f"partition, found none in {' and '.join(empty)} (events per year: {per_year}); "
            + (
                f"set [Severity] validation_year and test_year to, for example, {years[-2]} and {years[-1]}"
                if len(years) > 2
                else "include three years or more with [Severity] first_year, last_year and min_case_age_days"
            )
        )
    split = Split(**{name: rows.sort_values("ev_id", ignore_index=True) for name, rows in partitions.items()})
    assert_disjoint(split)
    return split


def assert_disjoint(split: Split) -> None:
    """Raise ValueError if an event is in two partitions."""
    seen: set[str] = set()
    for part in PARTS:
        ids = set(getattr(split, part)["ev_id"])
        repeated = sorted(seen & ids)
        if repeated:
            raise ValueError(
                f"split: expected no event in two partitions, found {len(repeated)}, such as {repeated[0]}; "
                "check that ev_id is unique"
            )
        seen |= ids


def rolling_windows(events: pd.DataFrame, count: int, years: int, end: int) -> list[Split]:
    """Return splits with a rolling origin, earliest first; the last one's test years end before year `end`.

    In each window, `test` has `years` years, `validation` the same number of years before it, and `train` everything
    earlier. Test years of different windows do not overlap. Windows with an empty partition are omitted.
    """
    year = pd.to_datetime(events["ev_date"]).dt.year
    windows = []
    for offset in range(count, 0, -1):
        test_year = end - offset * years
        try:
            windows.append(split_by_year(events[year < test_year + years], test_year - years, test_year))
        except EmptyPartition:
            continue
    return windows
