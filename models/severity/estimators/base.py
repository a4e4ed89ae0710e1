"""Interfaces of models: `Model` predicts, `ComparedModel` can also be fitted by name (compared.py)."""

from abc import ABC, abstractmethod
from copy import copy
from dataclasses import fields, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import EncodedEvents, Encoder, Matrix, encode_events
from models.severity.data.population import CLASSES
from models.severity.data.records import Masking

# A predicted probability of exactly 0 would make the log loss infinite for a single event.
MIN_PROBABILITY = 1e-6
# Settings with which every model is given its training data (training_events), and those of boosted trees.
TRAINING_DATA = ("masked_share", "masked_block_share", "masked_judgment_share", "recency_half_life_y", "seed")
BOOSTING = tuple(sorted(field.name for field in fields(BoostingSettings)))


class Model(Protocol):
    """A fitted model."""

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities, shape (events, 4) in the order of CLASSES; rows sum to 1."""
        ...

    def on_record(self, record: str) -> Self:
        """Return the same model, which is given events as the record shows them."""
        ...


class ComparedModel(ABC):
    """A model family that can be listed in MODELS. `hyperparameters`: the settings that `fit` reads, for MLflow."""

    hyperparameters: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        """Return a model fitted on `train`; `validation` may only be used to choose hyperparameters."""

    @classmethod
    def refit(cls, fitted: Any, events: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        """Return a model fitted on `events` with the hyperparameters that `fitted` chose; by default it chose none."""
        return cls.fit(events, events.head(0), encoder, settings)

    def on_record(self, record: str) -> Self:
        """Return the same model, which is given events as the record shows them (records.py)."""
        encoder = getattr(self, "encoder", None)
        if encoder is None:
            return self
        model = copy(self)
        # As a frozen dataclass is changed by its own constructor; a model need not be a dataclass.
        object.__setattr__(model, "encoder", replace(encoder, record=record))
        return model


def training_events(encoder: Encoder, train: pd.DataFrame, boosting: BoostingSettings) -> EncodedEvents:
    """Return the events as every model is fitted on them: late features masked, older events with lower weights."""
    events = encode_events(encoder, train)
    return events.for_training(masking(boosting), boosting.recency_half_life_y, boosting.seed)


def masking(boosting: BoostingSettings) -> Masking:
    """Return how much of the training events is missing at random."""
    return Masking(boosting.masked_share, boosting.masked_block_share, boosting.masked_judgment_share)


def all_class_probabilities(model: Any, features: Any) -> Matrix:
    """Return the probabilities of a scikit-learn model; classes absent from its training get MIN_PROBABILITY."""
    shares = np.zeros((len(features), len(CLASSES)))
    shares[:, model.classes_] = model.predict_proba(features)
    return normalize(shares)


def normalize(scores: Matrix) -> Matrix:
    """Return rows scaled to sum 1, with probabilities below MIN_PROBABILITY raised to it."""
    shares = scores / scores.sum(axis=1, keepdims=True)
    shares = np.clip(shares, MIN_PROBABILITY, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
