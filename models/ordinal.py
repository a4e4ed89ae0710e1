"""An ordinal XGBoost: is it worse than none, worse than minor, worse than serious? The last one is fatal yes or no.

Three yes-no models over the order of the classes (Frank and Hall, 2001); the shares of the classes are the steps
between their answers.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xgboost

from models.encode import Encoder, Matrix, labels
from models.fit import SMALLEST_PROBABILITY, sound
from models.growing import dmatrix, encoded, grow, trees
from models.jobs import together
from models.knobs import Knobs
from models.population import CLASSES

STEPS = len(CLASSES) - 1


@dataclass(frozen=True)
class YesNo:
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
        return np.clip(found, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)


@dataclass(frozen=True)
class Ordinal:
    """Of each step between neighbouring classes, whether it is passed."""

    steps: tuple[YesNo, ...]

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Rows x 4. A step is never likelier passed than the one below it."""
        passed = np.column_stack([step.probability(events) for step in self.steps])
        passed = np.minimum.accumulate(passed, axis=1)
        ends = np.ones((len(events), 1)), np.zeros((len(events), 1))
        return sound(-np.diff(np.hstack([ends[0], passed, ends[1]]), axis=1))

    def fatal(self, events: pd.DataFrame) -> Matrix:
        """Probability of a fatal injury, from the model that was asked nothing else."""
        return self.steps[-1].probability(events)


def choose_ordinal(train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, knobs: Knobs) -> Ordinal:
    """Each step stops early on validation by itself."""
    steps = [partial(_step, train, encoder, knobs, at, validation=validation) for at in range(STEPS)]
    return Ordinal(tuple(together(steps)))


def fit_ordinal(events: pd.DataFrame, encoder: Encoder, knobs: Knobs, tried: Ordinal) -> Ordinal:
    """Train each step for the rounds that were chosen before."""
    rounds = [max(step.rounds, 1) for step in tried.steps]
    steps = [partial(_step, events, encoder, knobs, at, rounds=number) for at, number in enumerate(rounds)]
    return Ordinal(tuple(together(steps)))


def _step(
    train: pd.DataFrame,
    encoder: Encoder,
    knobs: Knobs,
    at: int,
    validation: pd.DataFrame | None = None,
    rounds: int = 0,
) -> YesNo:
    passed = (labels(train) > at).astype(float)
    share = float(passed.mean())
    if share in (0.0, 1.0):
        return YesNo(encoder, None, share, 0)
    parameters = {"objective": "binary:logistic", "eval_metric": "logloss"} | trees(knobs)
    given = encoded(encoder, train, passed)
    if validation is None:
        return YesNo(encoder, grow(parameters, given, rounds, knobs), share, rounds)
    watched = encoded(encoder, validation, (labels(validation) > at).astype(float))
    booster = grow(parameters, given, knobs.rounds, knobs, watched)
    return YesNo(encoder, booster, share, booster.num_boosted_rounds())
