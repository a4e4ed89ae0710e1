"""Ordinal regression with XGBoost: a continuation-ratio model (Fienberg 1980) from the most severe class downward.

Each of three binary models predicts whether severity is a class, given that it is not above. The first one predicts
fatal injury. Products of their predictions are the class probabilities, so no class can get a negative or clipped one.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
import pandas as pd
import xgboost

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import Encoder, Matrix, dmatrix, encode_events, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import BOOSTING, MIN_PROBABILITY, ComparedModel, normalize
from models.severity.estimators.boosting import train_booster
from models.severity.parallel import run_all

OBJECTIVE = {"objective": "binary:logistic", "eval_metric": "logloss"}
# Classes in the order in which they are split off; what remains is the least severe one.
STEPS = tuple(range(len(CLASSES) - 1, 0, -1))


@dataclass(frozen=True)
class StepModel:
    """Binary model of a class against those below. `booster` is None if training has one label, with share 0 or 1."""

    encoder: Encoder
    booster: xgboost.Booster | None
    share: float
    rounds: int

    def on_record(self, record: str) -> Self:
        """Return the same model, which is given events as the record shows them."""
        return replace(self, encoder=replace(self.encoder, record=record))

    def probability(self, events: pd.DataFrame) -> Matrix:
        """Return probabilities, shape (events,), within MIN_PROBABILITY of 0 and 1."""
        if self.booster is None:
            shares = np.full(len(events), self.share)
        else:
            shares = np.asarray(self.booster.predict(dmatrix(self.encoder, events)), dtype=float)
        return np.clip(shares, MIN_PROBABILITY, 1 - MIN_PROBABILITY)


@dataclass(frozen=True)
class OrdinalModel(ComparedModel):
    """Three binary models, in the order of STEPS; each stops early on validation independently."""

    hyperparameters = BOOSTING

    steps: tuple[StepModel, ...]

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        fit = partial(_fit_step, train, encoder, settings.boosting, validation=validation)
        return cls(tuple(run_all([partial(fit, severity) for severity in STEPS])))

    @classmethod
    def refit(cls, fitted: Self, events: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        fit = partial(_fit_step, events, encoder, settings.boosting)
        jobs = [
            partial(fit, severity, rounds=max(step.rounds, 1))
            for severity, step in zip(STEPS, fitted.steps, strict=True)
        ]
        return cls(tuple(run_all(jobs)))

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities, shape (events, 4)."""
        shares, remaining = np.empty((len(events), len(CLASSES))), np.ones(len(events))
        for severity, step in zip(STEPS, self.steps, strict=True):
            probability = step.probability(events)
            shares[:, severity] = remaining * probability
            remaining = remaining * (1 - probability)
        shares[:, 0] = remaining
        return normalize(shares)

    def on_record(self, record: str) -> Self:
        return replace(self, steps=tuple(step.on_record(record) for step in self.steps))

    def fatal(self, events: pd.DataFrame) -> Matrix:
        """Return the probability of fatal injury by the first binary model, shape (events,)."""
        return self.steps[0].probability(events)


def _fit_step(
    train: pd.DataFrame,
    encoder: Encoder,
    boosting: BoostingSettings,
    severity: int,
    validation: pd.DataFrame | None = None,
    rounds: int = 0,
) -> StepModel:
    """Return a model of "is `severity`, given that it is not above", of `rounds` rounds or stopped early."""
    train, is_class = _up_to(train, severity)
    share = float(is_class.mean()) if len(train) else 0.0
    if share in (0.0, 1.0):
        return StepModel(encoder, None, share, 0)
    held_out = None
    if validation is not None:
        validation, is_held_out_class = _up_to(validation, severity)
        # Without such an event in validation, its log loss is 0 for any model.
        held_out = encode_events(encoder, validation, is_held_out_class) if len(validation) else None
        rounds = rounds or boosting.early_stopping_rounds
    booster = train_booster(OBJECTIVE, encode_events(encoder, train, is_class), boosting, held_out, rounds)
    return StepModel(encoder, booster, share, booster.num_boosted_rounds())


def _up_to(events: pd.DataFrame, severity: int) -> tuple[pd.DataFrame, Matrix]:
    """Return the events whose severity is not above the class, and 1 for those of the class, 0 for the others."""
    included = events[labels(events) <= severity]
    return included, (labels(included) == severity).astype(float)
