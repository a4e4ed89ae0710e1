"""What every fitted model offers: class probabilities of events."""

from typing import Protocol

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix

# A probability of exactly 0 makes the log loss infinite for one surprise.
MIN_PROBABILITY = 1e-6


class Model(Protocol):
    """What judges and explains need of a model."""

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Rows x 4, in the order of CLASSES; each row sums to 1."""
        ...


def normalize(found: Matrix) -> Matrix:
    """Rows that sum to 1 with no probability of exactly 0."""
    shares = found / found.sum(axis=1, keepdims=True)
    shares = np.clip(shares, MIN_PROBABILITY, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
