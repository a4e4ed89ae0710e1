"""Gradient boosted trees for the four classes."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import EncodedEvents, Encoder, Matrix, dmatrix, encode_events
from models.severity.data.population import CLASSES
from models.severity.estimators.base import BOOSTING, ComparedModel, normalize
from models.severity.estimators.boosting import train_booster

OBJECTIVE = {"objective": "multi:softprob", "num_class": len(CLASSES), "eval_metric": "mlogloss"}


@dataclass(frozen=True)
class BoostedModel(ComparedModel):
    """XGBoost trees with native categories; missing values follow the default direction learned for each split."""

    hyperparameters = BOOSTING

    encoder: Encoder
    booster: xgboost.Booster
    rounds: int

    @classmethod
    def fit_encoded(
        cls, train: EncodedEvents, boosting: BoostingSettings, validation: EncodedEvents | None = None, rounds: int = 0
    ) -> Self:
        """Return a model of `rounds` rounds; with `validation` instead, of those up to the lowest log loss on it."""
        booster = train_booster(OBJECTIVE, train, boosting, validation, rounds)
        return cls(train.encoder, booster, booster.num_boosted_rounds())

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        held_out = encode_events(encoder, validation)
        return cls.fit_encoded(encode_events(encoder, train), settings.boosting, held_out)

    @classmethod
    def refit(cls, fitted: Self, events: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        return cls.fit_encoded(encode_events(encoder, events), settings.boosting, rounds=fitted.rounds)

    def first_rounds(self, rounds: int) -> Self:
        """Return the model of the first `rounds` rounds: the one that training for so many rounds would give."""
        return replace(self, booster=self.booster[:rounds], rounds=rounds)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        shares = self.booster.predict(dmatrix(self.encoder, events)).astype(float)
        # For zero events XGBoost returns an array without the class dimension.
        return normalize(shares.reshape(len(events), len(CLASSES)))

    def contributions(self, events: pd.DataFrame) -> Matrix:
        """Return SHAP values in log odds, shape (events, classes, features + bias); they sum to the margin."""
        return np.asarray(self.booster.predict(dmatrix(self.encoder, events), pred_contribs=True), dtype=float)
