"""Random forest on the encoded features."""

from dataclasses import dataclass
from typing import Self

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.estimators.base import TRAINING_DATA, ComparedModel, all_class_probabilities, training_events


@dataclass(frozen=True)
class RandomForestModel(ComparedModel):
    """Random forest. Categories are split by their codes as if ordered; splits send missing values to one side."""

    hyperparameters = ("trees", "min_samples_leaf", "max_samples", *TRAINING_DATA)

    encoder: Encoder
    model: RandomForestClassifier

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Self:
        model = RandomForestClassifier(
            n_estimators=settings.trees,
            min_samples_leaf=settings.min_samples_leaf,
            max_samples=settings.max_samples,
            random_state=settings.boosting.seed,
            # With several threads, sums over trees differ in the last bit from run to run.
            n_jobs=1,
        )
        events = training_events(encoder, train, settings.boosting)
        return cls(encoder, model.fit(events.values, labels(train), sample_weight=events.weights))

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        return all_class_probabilities(self.model, self.encoder.matrix(events).to_numpy())
