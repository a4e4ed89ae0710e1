"""Class shares, logistic regression, XGBoost; more in forest.py and ordinal.py. All give rows x 4 probabilities."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings
from models.severity.data.encoding import Encoder, Matrix
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize
from models.severity.estimators.boosting import EncodedEvents, dmatrix, encode_events, train_booster, tree_parameters


@dataclass(frozen=True)
class BoostedModel:
    """XGBoost trees with native categories; missing values go where training sent them."""

    encoder: Encoder
    booster: xgboost.Booster
    rounds: int

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Softmax over the classes."""
        found = self.booster.predict(dmatrix(self.encoder, events)).astype(float)
        # Of no events at all XGBoost gives no classes either.
        return normalize(found.reshape(len(events), len(CLASSES)))

    def contributions(self, events: pd.DataFrame) -> Matrix:
        """Rows x classes x (features + bias), in units of log odds; sums to the margin of each class."""
        return np.asarray(self.booster.predict(dmatrix(self.encoder, events), pred_contribs=True), dtype=float)


def booster_parameters(knobs: BoostingSettings) -> dict[str, Any]:
    """XGBoost's parameters for the four classes."""
    return {"objective": "multi:softprob", "num_class": len(CLASSES), "eval_metric": "mlogloss"} | tree_parameters(
        knobs
    )


def fit_with_early_stopping(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, knobs: BoostingSettings
) -> BoostedModel:
    """Train with early stopping on validation; the trees beyond the best round are cut off."""
    return fit_encoded_with_early_stopping(
        encode_events(encoder, train), encode_events(encoder, validation), encoder, knobs
    )


def fit_encoded_with_early_stopping(
    train: EncodedEvents, validation: EncodedEvents, encoder: Encoder, knobs: BoostingSettings
) -> BoostedModel:
    """`choose_rounds` of what is encoded already."""
    booster = train_booster(booster_parameters(knobs), train, knobs.rounds, knobs, validation)
    return BoostedModel(encoder, booster, booster.num_boosted_rounds())


def fit_boosted(
    events: pd.DataFrame, encoder: Encoder, knobs: BoostingSettings, rounds: int, weights: Matrix | None = None
) -> BoostedModel:
    """Train for a number of rounds that was chosen before. `weights`: what each event counts, 1 if None."""
    given = encode_events(encoder, events, weights=weights)
    return BoostedModel(encoder, train_booster(booster_parameters(knobs), given, rounds, knobs), rounds)
