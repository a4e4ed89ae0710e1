"""Ordinal regression with XGBoost, by reduction to three binary models (Frank and Hall 2001).

Model k predicts whether severity is above class k; differences of neighboring predictions are the class probabilities.
The last one predicts fatal injury.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import MIN_PROBABILITY, ComparedModel, normalize
from models.severity.estimators.boosting import train_booster, tree_parameters
from models.severity.estimators.encoded_events import dmatrix, encode_events
from models.severity.parallel import run_all

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
    """Three threshold models, in the order of the classes."""

    thresholds: tuple[ThresholdModel, ...]

    @classmethod
    def fit(
        cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings
    ) -> "OrdinalModel":
        """Return a model fitted on `train` with early stopping on `validation`."""
        return fit_ordinal_with_early_stopping(train, validation, encoder, settings.boosting)

    @classmethod
    def refit(
        cls, fitted: "OrdinalModel", events: pd.DataFrame, encoder: Encoder, settings: ModelSettings
    ) -> "OrdinalModel":
        """Return a model fitted on `events` for as many rounds as the thresholds of `fitted` have."""
        return fit_ordinal(events, encoder, settings.boosting, fitted)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities, shape (events, 4); exceedance probabilities are made non-increasing."""
        above = np.column_stack([model.probability(events) for model in self.thresholds])
        above = np.minimum.accumulate(above, axis=1)
        certain, impossible = np.ones((len(events), 1)), np.zeros((len(events), 1))
        return normalize(-np.diff(np.hstack([certain, above, impossible]), axis=1))

    def fatal(self, events: pd.DataFrame) -> Matrix:
        """Return the probability of fatal injury by the last threshold model, shape (events,)."""
        return self.thresholds[-1].probability(events)


def fit_ordinal_with_early_stopping(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, boosting: BoostingSettings
) -> OrdinalModel:
    """Return the three threshold models fitted on `train`; each stops early on `validation` independently."""
    jobs = [
        partial(_fit_threshold, train, encoder, boosting, index, validation=validation) for index in range(N_THRESHOLDS)
    ]
    return OrdinalModel(tuple(run_all(jobs)))


def fit_ordinal(
    events: pd.DataFrame, encoder: Encoder, boosting: BoostingSettings, fitted: OrdinalModel
) -> OrdinalModel:
    """Return the three threshold models fitted on `events` for as many rounds as those of `fitted`."""
    rounds = [max(model.rounds, 1) for model in fitted.thresholds]
    jobs = [
        partial(_fit_threshold, events, encoder, boosting, index, rounds=number) for index, number in enumerate(rounds)
    ]
    return OrdinalModel(tuple(run_all(jobs)))


def _fit_threshold(
    train: pd.DataFrame,
    encoder: Encoder,
    boosting: BoostingSettings,
    index: int,
    validation: pd.DataFrame | None = None,
    rounds: int = 0,
) -> ThresholdModel:
    is_above = (labels(train) > index).astype(float)
    share = float(is_above.mean())
    if share in (0.0, 1.0):
        return ThresholdModel(encoder, None, share, 0)
    parameters = {"objective": "binary:logistic", "eval_metric": "logloss"} | tree_parameters(boosting)
    encoded = encode_events(encoder, train, is_above)
    if validation is None:
        return ThresholdModel(encoder, train_booster(parameters, encoded, rounds, boosting), share, rounds)
    held_out = encode_events(encoder, validation, (labels(validation) > index).astype(float))
    booster = train_booster(parameters, encoded, boosting.rounds, boosting, held_out)
    return ThresholdModel(encoder, booster, share, booster.num_boosted_rounds())
