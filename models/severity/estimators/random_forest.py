"""Random forest over the encoded features; missing values go where each split sends them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize

# A leaf of fewer events states shares it cannot know.
MIN_SAMPLES_LEAF = 10
# Each tree sees this share of the events: as good here as all, and half the time.
MAX_SAMPLES = 0.5


@dataclass(frozen=True)
class RandomForestModel:
    """Mean of the trees' class shares. Categories are their places, which a tree cuts as if they were ordered."""

    encoder: Encoder
    model: RandomForestClassifier

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Classes that training never saw get next to nothing."""
        found = np.zeros((len(events), len(CLASSES)))
        found[:, self.model.classes_] = self.model.predict_proba(self.encoder.matrix(events).to_numpy())
        return normalize(found)


def fit_forest(train: pd.DataFrame, encoder: Encoder, trees: int, seed: int) -> RandomForestModel:
    """One thread: sums over trees in several threads differ in the last bit from run to run."""
    model = RandomForestClassifier(
        n_estimators=trees,
        min_samples_leaf=MIN_SAMPLES_LEAF,
        max_samples=MAX_SAMPLES,
        random_state=seed,
        n_jobs=1,
    )
    return RandomForestModel(encoder, model.fit(encoder.matrix(train).to_numpy(), labels(train)))
