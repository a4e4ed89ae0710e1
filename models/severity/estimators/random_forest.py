"""Random forest on the encoded features."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import ComparedModel, normalize

# Class shares of smaller leaves are too noisy to be used as probabilities.
MIN_SAMPLES_LEAF = 10
# Share of the events sampled for each tree: as accurate here as all events, in half the time.
MAX_SAMPLES = 0.5


@dataclass(frozen=True)
class RandomForestModel(ComparedModel):
    """Random forest. Categories are split by their codes as if ordered; splits send missing values to one side."""

    encoder: Encoder
    model: RandomForestClassifier

    @classmethod
    def fit(
        cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings
    ) -> "RandomForestModel":
        """Return a forest of `settings.trees` trees fitted on `train`."""
        return fit_forest(train, encoder, settings.trees, settings.boosting.seed)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return mean class shares of the trees' leaves; classes absent from training get MIN_PROBABILITY."""
        shares = np.zeros((len(events), len(CLASSES)))
        shares[:, self.model.classes_] = self.model.predict_proba(self.encoder.matrix(events).to_numpy())
        return normalize(shares)


def fit_forest(train: pd.DataFrame, encoder: Encoder, trees: int, seed: int) -> RandomForestModel:
    """Return a forest fitted in one thread: with several, sums over trees differ in the last bit from run to run."""
    model = RandomForestClassifier(
        n_estimators=trees,
        min_samples_leaf=MIN_SAMPLES_LEAF,
        max_samples=MAX_SAMPLES,
        random_state=seed,
        n_jobs=1,
    )
    return RandomForestModel(encoder, model.fit(encoder.matrix(train).to_numpy(), labels(train)))
