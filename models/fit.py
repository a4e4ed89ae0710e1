"""Class shares, logistic regression, XGBoost; more in forest.py and ordinal.py. All give rows x 4 probabilities."""

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xgboost
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.encode import Dense, Encoder, Matrix, labels
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
        return sound(self.booster.predict(dmatrix(self.encoder, events)).astype(float))

    def contributions(self, events: pd.DataFrame) -> Matrix:
        """Rows x classes x (features + bias), in units of log odds; sums to the margin of each class."""
        return np.asarray(self.booster.predict(dmatrix(self.encoder, events), pred_contribs=True), dtype=float)


def dmatrix(encoder: Encoder, events: pd.DataFrame, label: Matrix | None = None) -> xgboost.DMatrix:
    """XGBoost's matrix of the encoded features, with `label`, else severity where the events have it."""
    return xgboost.DMatrix(
        encoder.matrix(events).to_numpy(),
        label=labels(events) if label is None and "severity" in events else label,
        feature_names=encoder.names,
        feature_types=encoder.types,
        enable_categorical=True,
        nthread=1,
    )


def parameters(knobs: Knobs) -> dict[str, Any]:
    """XGBoost's parameters. One thread: predictable time, and the same bytes again."""
    return {"objective": "multi:softprob", "num_class": len(CLASSES), "eval_metric": "mlogloss"} | trees(knobs)


def trees(knobs: Knobs) -> dict[str, Any]:
    """XGBoost's parameters that do not depend on what is predicted."""
    return {
        "tree_method": "hist",
        "device": knobs.device,
        "nthread": 1,
        "verbosity": 0,
        "seed": knobs.seed,
        "max_depth": knobs.max_depth,
        "learning_rate": knobs.learning_rate,
        "subsample": knobs.subsample,
        "colsample_bytree": knobs.colsample_bytree,
        "min_child_weight": knobs.min_child_weight,
        "lambda": knobs.reg_lambda,
    }


def choose_rounds(train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, knobs: Knobs) -> Boosted:
    """Train with early stopping on validation; the trees beyond the best round are cut off."""
    booster = xgboost.train(
        parameters(knobs),
        dmatrix(encoder, train),
        num_boost_round=knobs.rounds,
        evals=[(dmatrix(encoder, validation), "validation")],
        early_stopping_rounds=knobs.early_stopping_rounds,
        verbose_eval=False,
    )
    rounds = booster.best_iteration + 1
    return Boosted(encoder, booster[:rounds], rounds)


def fit_boosted(
    events: pd.DataFrame, encoder: Encoder, knobs: Knobs, rounds: int, weights: Matrix | None = None
) -> Boosted:
    """Train for a number of rounds that was chosen before. `weights`: what each event counts, 1 if None."""
    matrix = dmatrix(encoder, events)
    if weights is not None:
        matrix.set_weight(weights)
    return Boosted(encoder, xgboost.train(parameters(knobs), matrix, num_boost_round=rounds), rounds)


def sound(found: Matrix) -> Matrix:
    """Rows that sum to 1 with no probability of exactly 0."""
    shares = found / found.sum(axis=1, keepdims=True)
    shares = np.clip(shares, SMALLEST_PROBABILITY, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
