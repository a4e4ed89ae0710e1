"""Class shares, logistic regression, XGBoost; more in forest.py and ordinal.py. All give rows x 4 probabilities."""

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xgboost
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # It has no types.

from models.encode import Dense, Encoder, Matrix, labels
from models.growing import Encoded, dmatrix, encoded, grow, trees
from models.knobs import Knobs
from models.population import CLASSES

# A probability of exactly 0 makes the log loss infinite for one surprise.
SMALLEST_PROBABILITY = 1e-6
# "Recent" shares are those of the last so many years of training.
RECENT_YEARS = 3
# Inverse strength of the logistic regression's penalty: with a column per make, little is learned of most columns.
STRENGTH = 0.1


class Model(Protocol):
    """What judges and explains need of a model."""

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Rows x 4, in the order of CLASSES; each row sums to 1."""
        ...


@dataclass(frozen=True)
class ClassShares:
    """The baseline that knows nothing: every event has the shares of the training part."""

    shares: Matrix

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """The same row for every event."""
        return np.tile(self.shares, (len(events), 1))


def fit_shares(train: pd.DataFrame) -> ClassShares:
    """Shares of the four classes in training."""
    return ClassShares(sound(np.bincount(labels(train), minlength=len(CLASSES))[None, :].astype(float))[0])


def fit_recent_shares(train: pd.DataFrame) -> ClassShares:
    """Shares of the four classes in the last three years of training: severity drifts over decades."""
    year = pd.to_datetime(train["ev_date"]).dt.year
    return fit_shares(train[year > year.max() - RECENT_YEARS])


@dataclass(frozen=True)
class Logistic:
    """Multinomial logistic regression over the dense matrix."""

    dense: Dense
    model: LogisticRegression

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Classes that training never saw get next to nothing."""
        found = np.zeros((len(events), len(CLASSES)))
        with threadpool_limits(limits=1):
            found[:, self.model.classes_] = self.model.predict_proba(self.dense.matrix(events))
        return sound(found)


def fit_logistic(train: pd.DataFrame, encoder: Encoder) -> Logistic | ClassShares:
    """L2. One thread: the sums then always run in the same order. With one class only: its share."""
    if len(np.unique(labels(train))) < 2:
        return fit_shares(train)
    dense = Dense(encoder).fit(train)
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(dense.matrix(train), labels(train))
    return Logistic(dense, model)


@dataclass(frozen=True)
class Boosted:
    """XGBoost trees with native categories; missing values go where training sent them."""

    encoder: Encoder
    booster: xgboost.Booster
    rounds: int

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Softmax over the classes."""
        found = self.booster.predict(dmatrix(self.encoder, events)).astype(float)
        # Of no events at all XGBoost gives no classes either.
        return sound(found.reshape(len(events), len(CLASSES)))

    def contributions(self, events: pd.DataFrame) -> Matrix:
        """Rows x classes x (features + bias), in units of log odds; sums to the margin of each class."""
        return np.asarray(self.booster.predict(dmatrix(self.encoder, events), pred_contribs=True), dtype=float)


def parameters(knobs: Knobs) -> dict[str, Any]:
    """XGBoost's parameters for the four classes."""
    return {"objective": "multi:softprob", "num_class": len(CLASSES), "eval_metric": "mlogloss"} | trees(knobs)


def choose_rounds(train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, knobs: Knobs) -> Boosted:
    """Train with early stopping on validation; the trees beyond the best round are cut off."""
    return stop_early(encoded(encoder, train), encoded(encoder, validation), encoder, knobs)


def stop_early(train: Encoded, validation: Encoded, encoder: Encoder, knobs: Knobs) -> Boosted:
    """`choose_rounds` of what is encoded already."""
    booster = grow(parameters(knobs), train, knobs.rounds, knobs, validation)
    return Boosted(encoder, booster, booster.num_boosted_rounds())


def fit_boosted(
    events: pd.DataFrame, encoder: Encoder, knobs: Knobs, rounds: int, weights: Matrix | None = None
) -> Boosted:
    """Train for a number of rounds that was chosen before. `weights`: what each event counts, 1 if None."""
    given = encoded(encoder, events, weights=weights)
    return Boosted(encoder, grow(parameters(knobs), given, rounds, knobs), rounds)


def sound(found: Matrix) -> Matrix:
    """Rows that sum to 1 with no probability of exactly 0."""
    shares = found / found.sum(axis=1, keepdims=True)
    shares = np.clip(shares, SMALLEST_PROBABILITY, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
