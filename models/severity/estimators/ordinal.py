"""An ordinal XGBoost: is it worse than none, worse than minor, worse than serious? The last one is fatal yes or no.

Three yes-no models over the order of the classes (Frank and Hall, 2001); the shares of the classes are the steps
between their answers.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import MIN_PROBABILITY, normalize
from models.severity.estimators.boosting import dmatrix, encode_events, train_booster, tree_parameters
from models.severity.parallel import run_all

N_THRESHOLDS = len(CLASSES) - 1


@dataclass(frozen=True)
class ThresholdModel:
    """Probability of yes. Without a booster (training saw one answer only) it is that answer's share."""

    encoder: Encoder
    booster: xgboost.Booster | None
    share: float
    rounds: int

    def probability(self, events: pd.DataFrame) -> Matrix:
        """One number per event, never quite 0 or 1."""
        if self.booster is None:
            found = np.full(len(events), self.share)
        else:
            found = np.asarray(self.booster.predict(dmatrix(self.encoder, events)), dtype=float)
        return np.clip(found, MIN_PROBABILITY, 1 - MIN_PROBABILITY)


@dataclass(frozen=True)
class OrdinalModel:
    """Of each step between neighbouring classes, whether it is passed."""

    steps: tuple[ThresholdModel, ...]

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Rows x 4. A step is never likelier passed than the one below it."""
        passed = np.column_stack([step.probability(events) for step in self.steps])
        passed = np.minimum.accumulate(passed, axis=1)
        ends = np.ones((len(events), 1)), np.zeros((len(events), 1))
        return normalize(-np.diff(np.hstack([ends[0], passed, ends[1]]), axis=1))

    def fatal(self, events: pd.DataFrame) -> Matrix:
        """Probability of a fatal injury, from the model that was asked nothing else."""
        return self.steps[-1].probability(events)


def fit_ordinal_with_early_stopping(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, knobs: BoostingSettings
) -> OrdinalModel:
    """Each step stops early on validation by itself."""
    steps = [partial(_fit_threshold, train, encoder, knobs, at, validation=validation) for at in range(N_THRESHOLDS)]
    return OrdinalModel(tuple(run_all(steps)))


def fit_ordinal(events: pd.DataFrame, encoder: Encoder, knobs: BoostingSettings, tried: OrdinalModel) -> OrdinalModel:
    """Train each step for the rounds that were chosen before."""
    rounds = [max(step.rounds, 1) for step in tried.steps]
    steps = [partial(_fit_threshold, events, encoder, knobs, at, rounds=number) for at, number in enumerate(rounds)]
    return OrdinalModel(tuple(run_all(steps)))


def _fit_threshold(
    train: pd.DataFrame,
    encoder: Encoder,
    knobs: BoostingSettings,
    at: int,
    validation: pd.DataFrame | None = None,
    rounds: int = 0,
) -> ThresholdModel:
    passed = (labels(train) > at).astype(float)
    share = float(passed.mean())
    if share in (0.0, 1.0):
        return ThresholdModel(encoder, None, share, 0)
    parameters = {"objective": "binary:logistic", "eval_metric": "logloss"} | tree_parameters(knobs)
    given = encode_events(encoder, train, passed)
    if validation is None:
        return ThresholdModel(encoder, train_booster(parameters, given, rounds, knobs), share, rounds)
    watched = encode_events(encoder, validation, (labels(validation) > at).astype(float))
    booster = train_booster(parameters, given, knobs.rounds, knobs, watched)
    return ThresholdModel(encoder, booster, share, booster.num_boosted_rounds())
