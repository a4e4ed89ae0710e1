"""Train gradient boosted trees with XGBoost, on this machine or on the connected Dask cluster (dask_cluster.py).

XGBoost's native interface is used because XGBClassifier cannot fit data without an event of one of the classes, which
happens in small training windows, and encodes the events again in every fit, which tuning would repeat in each trial.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import xgboost

from models.severity.config import BoostingSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.estimators import dask_cluster


@dataclass(frozen=True)
class EncodedEvents:
    """Encoded features (rows x features), labels and optional weights (1 if None), one per event."""

    encoder: Encoder
    values: Matrix
    label: Matrix
    weights: Matrix | None = None

    @cached_property
    def matrix(self) -> xgboost.DMatrix:
        """The events as XGBoost's own matrix, built once."""
        return _dmatrix(self.encoder, self.values, self.label, self.weights)


def encode_events(
    encoder: Encoder, events: pd.DataFrame, label: Matrix | None = None, weights: Matrix | None = None
) -> EncodedEvents:
    """Encode events for training or early stopping. `label` defaults to the severity codes 0 to 3."""
    target = labels(events).astype(float) if label is None else label
    return EncodedEvents(encoder, encoder.matrix(events).to_numpy(), target, weights)


def dmatrix(encoder: Encoder, events: pd.DataFrame) -> xgboost.DMatrix:
    """Encode events for prediction; the column `severity` is not read."""
    return _dmatrix(encoder, encoder.matrix(events).to_numpy())


def tree_parameters(boosting: BoostingSettings) -> dict[str, Any]:
    """Return XGBoost's parameters apart from the objective. A single thread makes training reproducible to the byte."""
    return {
        "tree_method": "hist",
        "device": boosting.device,
        "nthread": 1,
        "verbosity": 0,
        "seed": boosting.seed,
        "max_depth": boosting.max_depth,
        "learning_rate": boosting.learning_rate,
        "subsample": boosting.subsample,
        "colsample_bytree": boosting.colsample_bytree,
        "min_child_weight": boosting.min_child_weight,
        "lambda": boosting.reg_lambda,
    }


def train_booster(
    parameters: dict[str, Any],
    train: EncodedEvents,
    rounds: int,
    boosting: BoostingSettings,
    validation: EncodedEvents | None = None,
) -> xgboost.Booster:
    """Train `rounds` rounds; with `validation`, stop early and keep the trees up to the best round only."""
    options: dict[str, Any] = {"num_boost_round": rounds, "verbose_eval": False}
    if validation is not None:
        options["early_stopping_rounds"] = boosting.early_stopping_rounds
    if boosting.dask_workers:
        booster = dask_cluster.train_on_cluster(parameters, train, validation, options, boosting.dask_workers)
    else:
        evals = [(validation.matrix, "watched")] if validation is not None else []
        booster = xgboost.train(parameters, train.matrix, evals=evals, **options)
    return booster if validation is None else booster[: booster.best_iteration + 1]


def _dmatrix(
    encoder: Encoder, values: Matrix, label: Matrix | None = None, weights: Matrix | None = None
) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        values,
        label=label,
        weight=weights,
        feature_names=encoder.names,
        feature_types=encoder.types,
        enable_categorical=True,
        nthread=1,
    )
