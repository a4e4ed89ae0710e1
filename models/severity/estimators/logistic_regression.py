"""Multinomial logistic regression."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # The package has no type hints.

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.estimators.base import ComparedModel, Model, all_class_probabilities
from models.severity.estimators.class_shares import fit_class_shares

# Columns per categorical feature: there are hundreds of aircraft models.
MAX_CATEGORIES = 40
# Strong regularization: with a column per make, most columns have few events.
INVERSE_REGULARIZATION = 0.1


@dataclass(frozen=True)
class LogisticModel(ComparedModel):
    """L2-regularized multinomial logistic regression on scaled numbers and one-hot encoded categories."""

    encoder: Encoder
    model: Pipeline

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        """Return a model fitted in one thread, for reproducible sums; class shares if `train` has a single class."""
        if len(np.unique(labels(train))) < 2:
            return fit_class_shares(train)
        model = make_pipeline(dense_transformer(encoder), LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=500))
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(encoder.matrix(train), labels(train))
        return cls(encoder, model)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        with threadpool_limits(limits=1):
            return all_class_probabilities(self.model, self.encoder.matrix(events))


def dense_transformer(encoder: Encoder) -> ColumnTransformer:
    """Return an unfitted transformer of the encoded features: numbers imputed with the median and scaled, categories
    imputed with the mode and one-hot encoded.

    Missing values have no indicator column: which fields are blank depends on the outcome of the accident.
    """
    numbers = [feature.column for feature in encoder.features if feature.kind != "category"]
    categories = [feature.column for feature in encoder.features if feature.kind == "category"]
    scale = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    one_hot = make_pipeline(
        SimpleImputer(strategy="most_frequent", keep_empty_features=True),
        OneHotEncoder(max_categories=MAX_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False),
    )
    return ColumnTransformer([("numbers", scale, numbers), ("categories", one_hot, categories)])
