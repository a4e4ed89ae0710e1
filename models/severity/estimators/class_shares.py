"""Baselines that ignore the features: class shares of the training data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import ComparedModel, Model, normalize


@dataclass(frozen=True)
class ClassShares(ComparedModel):
    """Predicts the class shares of the training data (shape (4,)) for every event."""

    shares: Matrix

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        return fit_class_shares(train)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        return np.tile(self.shares, (len(events), 1))


class RecentClassShares(ClassShares):
    """Predicts the class shares of the last years of training, because severity drifts over decades."""

    hyperparameters = ("recent_years",)

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        return fit_recent_class_shares(train, settings.recent_years)


def fit_class_shares(train: pd.DataFrame) -> ClassShares:
    """Return the class shares of `train`."""
    return ClassShares(normalize(np.bincount(labels(train), minlength=len(CLASSES))[None, :].astype(float))[0])


def fit_recent_class_shares(train: pd.DataFrame, years: int) -> ClassShares:
    """Return the class shares of the last years of `train`, so many."""
    year = pd.to_datetime(train["ev_date"]).dt.year
    return fit_class_shares(train[year > year.max() - years])
