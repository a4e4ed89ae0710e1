"""Growing trees with XGBoost: on this machine, or on the Dask cluster that was joined (models/cluster.py)."""

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
    """Encoded events with what is to be learned of each, and what each counts (1 if None)."""

    encoder: Encoder
    values: Matrix
    label: Matrix
    weights: Matrix | None = None

    @cached_property
    def matrix(self) -> xgboost.DMatrix:
        """The same as XGBoost's own matrix, made once."""
        return _dmatrix(self.encoder, self.values, self.label, self.weights)


def encode_events(
    encoder: Encoder, events: pd.DataFrame, label: Matrix | None = None, weights: Matrix | None = None
) -> EncodedEvents:
    """What a booster learns from or is watched on. `label`: severity, if None."""
    found = labels(events).astype(float) if label is None else label
    return EncodedEvents(encoder, encoder.matrix(events).to_numpy(), found, weights)


def dmatrix(encoder: Encoder, events: pd.DataFrame) -> xgboost.DMatrix:
    """Events to be judged: whatever is known of their outcome is not looked at."""
    return _dmatrix(encoder, encoder.matrix(events).to_numpy())


def tree_parameters(knobs: BoostingSettings) -> dict[str, Any]:
    """XGBoost's parameters that do not depend on what is predicted. One thread, and so the same bytes again."""
    return {
        "tree_method": "hist",
        "device": knobs.device,
        "nthread": 1,
        "verbosity": 0,
        "seed": knobs.seed,
        "max_depth": knobs.max_depth,
        "learning_rate": knobs.learning_rate,
        "subsample": knobs.subsample,
        "colsample_bytree": knobs.colsample_bytree,
        "min_child_weight": knobs.min_child_weight,
        "lambda": knobs.reg_lambda,
    }


def train_booster(
    parameters: dict[str, Any],
    given: EncodedEvents,
    rounds: int,
    knobs: BoostingSettings,
    watched: EncodedEvents | None = None,
) -> xgboost.Booster:
    """A booster of `rounds` rounds; with `watched` of the best round there, the trees beyond it cut off."""
    options: dict[str, Any] = {"num_boost_round": rounds, "verbose_eval": False}
    if watched is not None:
        options["early_stopping_rounds"] = knobs.early_stopping_rounds
    if knobs.dask_workers:
        booster = dask_cluster.train_on_cluster(parameters, given, watched, options, knobs.dask_workers)
    else:
        evals = [(watched.matrix, "watched")] if watched is not None else []
        booster = xgboost.train(parameters, given.matrix, evals=evals, **options)
    return booster if watched is None else booster[: booster.best_iteration + 1]


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
