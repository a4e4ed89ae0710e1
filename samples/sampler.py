"""Seeded random values as plain Python types: the only source of randomness of the samples."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Sampler:
    """numpy's default generator; the same seed gives the same values."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(list(seed))

    def chance(self, share: float) -> bool:
        """Return True with probability `share`."""
        return bool(self.rng.random() < share)

    def choice(self, values: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Return one element of `values`; the weights need not sum to 1."""
        if weights is None:
            return values[int(self.rng.integers(len(values)))]
        cumulative = np.cumsum(np.asarray(weights, float))
        return values[int(np.searchsorted(cumulative, self.rng.random() * cumulative[-1], side="right"))]

    def optional(self, share: float, value: T) -> T | None:
        """Return `value` with probability `share`, else None."""
        return value if self.chance(share) else None

    def subset(self, values: Sequence[T], count: int) -> list[T]:
        """Return `count` distinct elements of `values`, in their order."""
        return [values[int(i)] for i in np.sort(self.rng.choice(len(values), count, replace=False))]

    def integer(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def normal(self, mean: float, spread: float) -> float:
        """Return a value of the normal distribution."""
        return float(self.rng.normal(mean, spread))

    def lognormal(self, median: float, spread: float) -> float:
        """Return a value of the log-normal distribution; `spread` is the standard deviation of the logarithm."""
        return float(median * np.exp(self.rng.normal(0, spread)))
