"""Multinomial logistic regression."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # The package has no type hints.

from models.severity.config import ModelSettings
from models.severity.data.encoding import DenseEncoder, Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import ComparedModel, Model, normalize
from models.severity.estimators.class_shares import fit_class_shares

# Strong regularization: with a column per make, most columns have few events.
INVERSE_REGULARIZATION = 0.1


@dataclass(frozen=True)
class LogisticModel(ComparedModel):
    """L2-regularized multinomial logistic regression on the dense matrix."""

    dense: DenseEncoder
    model: LogisticRegression

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        """Fit on `train`, in one thread for reproducible sums; class shares if `train` has a single class."""
        if len(np.unique(labels(train))) < 2:
            return fit_class_shares(train)
        dense = DenseEncoder(encoder).fit(train)
        model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=500)
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(dense.matrix(train), labels(train))
        return cls(dense, model)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        """Return class probabilities; classes absent from training get MIN_PROBABILITY."""
        shares = np.zeros((len(events), len(CLASSES)))
        with threadpool_limits(limits=1):
            shares[:, self.model.classes_] = self.model.predict_proba(self.dense.matrix(events))
        return normalize(shares)
