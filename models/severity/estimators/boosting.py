"""Train gradient boosted trees with XGBoost, on this machine or on the connected Dask cluster (dask_cluster.py).

XGBoost's native interface is used because XGBClassifier cannot fit data without an event of one of the classes, which
happens in small training windows, and encodes the events again in every fit, which tuning would repeat in each trial.
"""

from typing import Any

import xgboost

from models.severity.config import BoostingSettings
from models.severity.estimators import dask_cluster
from models.severity.estimators.encoded_events import EncodedEvents


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
    """Return a booster of `rounds` rounds; with `validation`, it stops early and is cut to the best round."""
    options: dict[str, Any] = {"num_boost_round": rounds, "verbose_eval": False}
    if validation is not None:
        options["early_stopping_rounds"] = boosting.early_stopping_rounds
    if boosting.dask_workers:
        booster = dask_cluster.train_on_cluster(parameters, train, validation, options, boosting.dask_workers)
    else:
        evals = [(validation.matrix, "watched")] if validation is not None else []
        booster = xgboost.train(parameters, train.matrix, evals=evals, **options)
    return booster if validation is None else booster[: booster.best_iteration + 1]
