"""How much the metrics of the primary model depend on the seed of its training."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from models.severity.config import BoostingSettings
from models.severity.data.encoding import encode_events, labels
from models.severity.data.split import Split
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation.metrics import compute_metrics
from models.severity.parallel import run_all


def metrics_by_seed(
    model: BoostedModel, split: Split, boosting: BoostingSettings, n_seeds: int
) -> dict[str, dict[str, Any]]:
    """Return {metric: {values, mean, standard_deviation}} on validation of the model and of refits with other seeds.

    `model` was fitted on train. Each refit would be another evaluation on test, so test is not used. Everything but the
    seed is the same, the number of rounds as well. `standard_deviation` is None for a single seed.
    """
    events = encode_events(model.encoder, split.train)
    refit = partial(BoostedModel.fit_encoded, events, rounds=model.rounds)
    seeds = [boosting.seed + number for number in range(1, n_seeds)]
    models = [model, *run_all([partial(refit, replace(boosting, seed=seed)) for seed in seeds])]
    rows = [compute_metrics(labels(split.validation), one.probabilities(split.validation)) for one in models]
    return {name: _summary([row[name] for row in rows]) for name in rows[0]}


def _summary(values: list[float | None]) -> dict[str, Any]:
    """Return the values with mean and standard deviation of those that are not None."""
    known = [value for value in values if value is not None]
    return {
        "values": values,
        "mean": float(np.mean(known)) if known else None,
        "standard_deviation": float(np.std(known, ddof=1)) if len(known) > 1 else None,
    }
