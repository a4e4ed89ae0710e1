"""Ordinal regression with XGBoost, by reduction to three binary models (Frank and Hall 2001).

Model k predicts whether severity is above class k; differences of neighboring predictions are the class probabilities.
The last one predicts fatal injury.
"""

from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import Encoder, Matrix, dmatrix, encode_events, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import MIN_PROBABILITY, ComparedModel, normalize
from models.severity.estimators.boosting import train_booster
from models.severity.parallel import run_all

OBJECTIVE = {"objective": "binary:logistic", "eval_metric": "logloss"}
N_THRESHOLDS = len(CLASSES) - 1


@dataclass(frozen=True)
class ThresholdModel:
    """Binary model of "severity above a class". `booster` is None if training has a single label, with share 0 or 1."""

    encoder: Encoder
    booster: xgboost.Booster | None
    share: float
    rounds: int

    def probability(self, events: pd.DataFrame) -> Matrix:
        """Return probabilities, shape (events,), within MIN_PROBABILITY of 0 and 1."""
        if self.booster is None:
            shares = np.full(len(events), self.share)
        else:
            shares = np.asarray(self.booster.predict(dmatrix(self.encoder, events)), dtype=float)
        return np.clip(shares, MIN_PROBABILITY, 1 - MIN_PROBABILITY)


@dataclass(frozen=True)
class OrdinalModel(ComparedModel):
    """Three threshold models, in the order of the classes; each stops early on validation independently."""

    thresholds: tuple[ThresholdModel, ...]

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        fit = partial(_fit_threshold, train, encoder, settings.boosting, validation=validation)
        return cls(tuple(run_all([partial(fit, index) for index in range(N_THRESHOLDS)])))

    @classmethod
    def refit(cls, fitted: Self, events: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        fit = partial(_fit_threshold, events, encoder, settings.boosting)
        rounds = [max(model.rounds, 1) for model in fitted.thresholds]
        return cls(tuple(run_all([partial(fit, index, rounds=count) for index, count in enumerate(rounds)])))

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities, shape (events, 4); exceedance probabilities are made non-increasing."""
        above = np.column_stack([model.probability(events) for model in self.thresholds])
        above = np.minimum.accumulate(above, axis=1)
        certain, impossible = np.ones((len(events), 1)), np.zeros((len(events), 1))
        return normalize(-np.diff(np.hstack([certain, above, impossible]), axis=1))

    def fatal(self, events: pd.DataFrame) -> Matrix:
        """Return the probability of fatal injury by the last threshold model, shape (events,)."""
        return self.thresholds[-1].probability(events)


def _fit_threshold(
    train: pd.DataFrame,
    encoder: Encoder,
    boosting: BoostingSettings,
    index: int,
    validation: pd.DataFrame | None = None,
    rounds: int = 0,
) -> ThresholdModel:
    """Return a model of "severity above class `index`", of `rounds` rounds or stopped early on `validation`."""
    is_above = (labels(train) > index).astype(float)
    share = float(is_above.mean())
    if share in (0.0, 1.0):
        return ThresholdModel(encoder, None, share, 0)
    held_out = None
    if validation is not None:
        held_out = encode_events(encoder, validation, (labels(validation) > index).astype(float))
    booster = train_booster(OBJECTIVE, encode_events(encoder, train, is_above), boosting, held_out, rounds)
    return ThresholdModel(encoder, booster, share, booster.num_boosted_rounds())
