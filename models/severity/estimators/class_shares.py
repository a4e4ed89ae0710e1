"""Baselines that ignore the features: class shares of the training set."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize

# "Recent" shares are those of the last so many years of training.
RECENT_YEARS = 3


@dataclass(frozen=True)
class ClassShares:
    """The baseline that knows nothing: every event has the shares of the training part."""

    shares: Matrix

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """The same row for every event."""
        return np.tile(self.shares, (len(events), 1))


def fit_class_shares(train: pd.DataFrame) -> ClassShares:
    """Shares of the four classes in training."""
    return ClassShares(normalize(np.bincount(labels(train), minlength=len(CLASSES))[None, :].astype(float))[0])


def fit_recent_class_shares(train: pd.DataFrame) -> ClassShares:
    """Shares of the four classes in the last three years of training: severity drifts over decades."""
    year = pd.to_datetime(train["ev_date"]).dt.year
    return fit_class_shares(train[year > year.max() - RECENT_YEARS])
