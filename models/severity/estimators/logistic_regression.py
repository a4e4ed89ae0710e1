"""Multinomial logistic regression."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, QuantileTransformer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # The package has no type hints.

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.estimators.base import (
    TRAINING_DATA,
    ComparedModel,
    Model,
    all_class_probabilities,
    training_events,
)
from models.severity.estimators.class_shares import fit_class_shares


@dataclass(frozen=True)
class LogisticModel(ComparedModel):
    """L2-regularized multinomial logistic regression on quantiles of numbers and one-hot encoded categories."""

    hyperparameters = (
        *("inverse_regularization", "n_quantiles", "n_powers", "max_categories"),
        *TRAINING_DATA,
    )

    encoder: Encoder
    model: Pipeline

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        """Return a model fitted in one thread, for reproducible sums; class shares if `train` has a single class."""
        if len(np.unique(labels(train))) < 2:
            return fit_class_shares(train)
        regression = LogisticRegression(C=settings.inverse_regularization, max_iter=500)
        model = make_pipeline(dense_transformer(encoder, settings), regression)
        events = training_events(encoder, train, settings.boosting)
        with threadpool_limits(limits=1), warnings.catch_warnings():
            # Of the iterations, and of fewer events than quantiles.
            warnings.simplefilter("ignore", UserWarning)
            values = pd.DataFrame(events.values, columns=encoder.names)
            model.fit(values, labels(train), logisticregression__sample_weight=events.weights)
        return cls(encoder, model)

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        with threadpool_limits(limits=1):
            return all_class_probabilities(self.model, self.encoder.matrix(events))


def dense_transformer(encoder: Encoder, settings: ModelSettings) -> ColumnTransformer:
    """Return an unfitted transformer of the encoded features: numbers imputed with the median and replaced by powers of
    their quantile, booleans imputed with the mode, categories as well and one-hot encoded.

    Missing values have no indicator column: which fields are blank depends on the outcome of the accident.
    """
    numbers, booleans, categories = (
        [feature.column for feature in encoder.features if feature.kind == kind]
        for kind in ("number", "boolean", "category")
    )
    scale = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=settings.n_quantiles, subsample=None),
        FunctionTransformer(_powers, kw_args={"n_powers": settings.n_powers}),
    )
    mode = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    one_hot = make_pipeline(
        SimpleImputer(strategy="most_frequent", keep_empty_features=True),
        OneHotEncoder(
            max_categories=settings.max_categories, handle_unknown="infrequent_if_exist", sparse_output=False
        ),
    )
    transformers = [("numbers", scale, numbers), ("booleans", mode, booleans), ("categories", one_hot, categories)]
    return ColumnTransformer(transformers)


def _powers(quantiles: Matrix, n_powers: int) -> Matrix:
    """Return powers of quantiles around the median, each between -1 and 1, so that effects need not be linear."""
    centered = 2 * quantiles - 1
    return np.hstack([centered**power for power in range(1, n_powers + 1)])
