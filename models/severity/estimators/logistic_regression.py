"""Multinomial logistic regression."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # It has no types.

from models.severity.data.encoding import DenseEncoder, Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize
from models.severity.estimators.class_shares import ClassShares, fit_class_shares

# Inverse strength of the logistic regression's penalty: with a column per make, little is learned of most columns.
INVERSE_REGULARIZATION = 0.1


@dataclass(frozen=True)
class LogisticModel:
    """Multinomial logistic regression over the dense matrix."""

    dense: DenseEncoder
    model: LogisticRegression

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Classes that training never saw get next to nothing."""
        found = np.zeros((len(events), len(CLASSES)))
        with threadpool_limits(limits=1):
            found[:, self.model.classes_] = self.model.predict_proba(self.dense.matrix(events))
        return normalize(found)


def fit_logistic(train: pd.DataFrame, encoder: Encoder) -> LogisticModel | ClassShares:
    """L2. One thread: the sums then always run in the same order. With one class only: its share."""
    if len(np.unique(labels(train))) < 2:
        return fit_class_shares(train)
    dense = DenseEncoder(encoder).fit(train)
    model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=500)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(dense.matrix(train), labels(train))
    return LogisticModel(dense, model)
