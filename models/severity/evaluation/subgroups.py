"""Metrics on test by FAR part, aircraft category, region and weather."""

from typing import Any

import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.evaluation import bootstrap, metrics
from models.severity.evaluation.bootstrap import FATAL, BooleanArray

COLUMNS = ("far_part", "acft_category", "region", "wx_cond_basic")
# Smaller groups are combined, because their metrics would be mostly noise.
MIN_GROUP_SIZE = 50
MISSING, OTHER = "not recorded", f"other (groups below {MIN_GROUP_SIZE} events)"


def subgroup_metrics(
    test: pd.DataFrame, probabilities: Matrix, baseline: Matrix, settings: StudySettings
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return {column: {group: metrics of the model on it, with intervals}}; the largest group first, OTHER last."""
    evaluations = {}
    for column in COLUMNS:
        groups = test[column].astype(object).where(test[column].notna(), MISSING).astype(str)
        sizes = groups.value_counts()
        groups = groups.where(groups.map(sizes) >= MIN_GROUP_SIZE, OTHER)
        order = sorted(groups.unique(), key=lambda name: (name == OTHER, -int((groups == name).sum()), name))
        evaluations[column] = {
            name: _evaluate_group(test, probabilities, baseline, (groups == name).to_numpy(), settings)
            for name in order
        }
    return evaluations


def _evaluate_group(
    test: pd.DataFrame, probabilities: Matrix, baseline: Matrix, rows: BooleanArray, settings: StudySettings
) -> dict[str, Any]:
    """Return metrics of the events in `rows`, with their observed and predicted share of fatal events."""
    truth, n_bootstrap, seed = labels(test[rows]), settings.n_bootstrap, settings.seed
    evaluation = metrics.evaluate(truth, probabilities[rows], n_bootstrap, seed, baseline=baseline[rows])
    del evaluation["confusion"]
    values = {"fatal_share": (truth == FATAL).astype(float), "mean_predicted_fatal": probabilities[rows][:, FATAL]}
    for name, samples in bootstrap.bootstrap_means(values, n_bootstrap, seed).items():
        evaluation["intervals"][name] = bootstrap.percentile_interval(samples)
    means = {name: float(array.mean()) for name, array in values.items()}
    return evaluation | means | {"fatal": int((truth == FATAL).sum())}
