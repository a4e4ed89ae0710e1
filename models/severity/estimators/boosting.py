"""Train gradient boosted trees with XGBoost, on this machine or on the connected Dask cluster (dask_cluster.py).

XGBoost's native interface is used because XGBClassifier cannot fit data without an event of one of the classes, which
happens in small training windows, and encodes the events again in every fit, which tuning would repeat in each trial.
"""

import json
from typing import Any

import numpy as np
import xgboost

from models.severity.config import BoostingSettings
from models.severity.data.encoding import EncodedEvents
from models.severity.errors import InvalidStudy
from models.severity.estimators import dask_cluster
from models.severity.estimators.base import masking


class DeviceUnavailable(InvalidStudy):
    """The requested device is absent, or this build of XGBoost does not support it."""


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
    objective: dict[str, Any],
    train: EncodedEvents,
    boosting: BoostingSettings,
    validation: EncodedEvents | None = None,
    rounds: int = 0,
) -> xgboost.Booster:
    """Return a booster of `rounds` rounds; with `validation` instead, it stops early and is cut to the best round.

    Both are given records as in training: late features are missing in a part of the events. Only training is weighted
    by age.
    """
    train = train.for_training(masking(boosting), boosting.recency_half_life_y, boosting.seed)
    if validation is not None:
        validation = validation.for_training(masking(boosting), 0, boosting.seed)
    parameters = objective | tree_parameters(boosting)
    options: dict[str, Any] = {"num_boost_round": rounds, "verbose_eval": False}
    if validation is not None:
        options |= {"num_boost_round": boosting.rounds, "early_stopping_rounds": boosting.early_stopping_rounds}
    if boosting.dask_workers:
        booster = dask_cluster.train_on_cluster(parameters, train, validation, options, boosting.dask_workers)
    else:
        evals = [(validation.matrix, "watched")] if validation is not None else []
        booster = xgboost.train(parameters, train.matrix, evals=evals, **options)
    return booster if validation is None else booster[: booster.best_iteration + 1]


def require_device(device: str) -> None:
    """Raise DeviceUnavailable unless XGBoost can train on `device`; it would fall back to the CPU without an error."""
    if device == "cpu":
        return
    sample = xgboost.DMatrix(np.eye(4), label=np.arange(4) % 2, nthread=1)
    booster = xgboost.train({"device": device, "tree_method": "hist", "verbosity": 0, "nthread": 1}, sample, 1)
    actual = json.loads(booster.save_config())["learner"]["generic_param"]["device"]
    if actual.partition(":")[0] != device:
        built = "with" if xgboost.build_info().get("USE_CUDA") else "without"
        raise DeviceUnavailable(
            f"[Training] device = {device}: expected training on {device}, found {actual} (XGBoost is built {built} "
            "CUDA); install `xgboost` instead of `xgboost-cpu` on a machine with a GPU, or set device = cpu."
        )
