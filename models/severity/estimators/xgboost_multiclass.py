"""Gradient boosted trees for the four classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import Encoder, Matrix
from models.severity.data.population import CLASSES
from models.severity.estimators.base import ComparedModel, normalize
from models.severity.estimators.boosting import train_booster, tree_parameters
from models.severity.estimators.encoded_events import EncodedEvents, dmatrix, encode_events


@dataclass(frozen=True)
class BoostedModel(ComparedModel):
    """XGBoost trees with native categories; missing values follow the default direction learned for each split."""

    encoder: Encoder
    booster: xgboost.Booster
    rounds: int

    @classmethod
    def fit(
        cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings
    ) -> "BoostedModel":
        """Return a model fitted on `train` with early stopping on `validation`."""
        return fit_with_early_stopping(train, validation, encoder, settings.boosting)

    @classmethod
    def refit(
        cls, fitted: "BoostedModel", events: pd.DataFrame, encoder: Encoder, settings: ModelSettings
    ) -> "BoostedModel":
        """Return a model fitted on `events` for as many rounds as `fitted` has."""
        return fit_boosted(events, encoder, settings.boosting, fitted.rounds)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities, shape (events, 4)."""
        shares = self.booster.predict(dmatrix(self.encoder, events)).astype(float)
        # For zero events XGBoost returns an array without the class dimension.
        return normalize(shares.reshape(len(events), len(CLASSES)))

    def contributions(self, events: pd.DataFrame) -> Matrix:
        """Return SHAP values in log odds, shape (events, classes, features + bias); they sum to the margin."""
        return np.asarray(self.booster.predict(dmatrix(self.encoder, events), pred_contribs=True), dtype=float)


def booster_parameters(boosting: BoostingSettings) -> dict[str, Any]:
    """Return XGBoost's parameters for the four classes."""
    objective = {"objective": "multi:softprob", "num_class": len(CLASSES), "eval_metric": "mlogloss"}
    return objective | tree_parameters(boosting)


def fit_with_early_stopping(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, boosting: BoostingSettings
) -> BoostedModel:
    """Return a model fitted on `train`, with the rounds up to the lowest log loss on `validation`."""
    return fit_encoded_with_early_stopping(
        encode_events(encoder, train), encode_events(encoder, validation), encoder, boosting
    )


def fit_encoded_with_early_stopping(
    train: EncodedEvents, validation: EncodedEvents, encoder: Encoder, boosting: BoostingSettings
) -> BoostedModel:
    """Return the same as `fit_with_early_stopping`, for events that are already encoded."""
    booster = train_booster(booster_parameters(boosting), train, boosting.rounds, boosting, validation)
    return BoostedModel(encoder, booster, booster.num_boosted_rounds())


def fit_boosted(
    events: pd.DataFrame, encoder: Encoder, boosting: BoostingSettings, rounds: int, weights: Matrix | None = None
) -> BoostedModel:
    """Return a model fitted for a fixed number of rounds. `weights`: one per event, 1 if None."""
    train = encode_events(encoder, events, weights=weights)
    return BoostedModel(encoder, train_booster(booster_parameters(boosting), train, rounds, boosting), rounds)
