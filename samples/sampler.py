"""Seeded chance in plain Python values: the only source of randomness of the samples."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Sampler:
    """numpy's default generator behind few words; the same seed gives the same draws."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(list(seed))

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return bool(self.rng.random() < share)

    def choice(self, values: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of the values; weights need not sum to one."""
        if weights is None:
            return values[int(self.rng.integers(len(values)))]
        heights = np.cumsum(np.asarray(weights, float))
        return values[int(np.searchsorted(heights, self.rng.random() * heights[-1], side="right"))]

    def optional(self, share: float, value: T) -> T | None:
        """The value in `share` of the cases, else None."""
        return value if self.chance(share) else None

    def subset(self, values: Sequence[T], count: int) -> list[T]:
        """`count` different values, in the order in which they stand."""
        return [values[int(i)] for i in np.sort(self.rng.choice(len(values), count, replace=False))]

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def normal(self, mean: float, spread: float) -> float:
        """A draw from the bell curve."""
        return float(self.rng.normal(mean, spread))

    def lognormal(self, middle: float, spread: float) -> float:
        """A draw from the log-normal curve with the given median."""
        return float(middle * np.exp(self.rng.normal(0, spread)))
