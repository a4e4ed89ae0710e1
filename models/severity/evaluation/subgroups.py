"""Metrics and calibration on test by group of events."""

from typing import Any

import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.evaluation import bootstrap, metrics, recalibration
from models.severity.evaluation.bootstrap import FATAL, BooleanArray
from models.severity.evaluation.groups import dimensions_of, group_rows


def subgroup_metrics(
    test: pd.DataFrame, probabilities: Matrix, baseline: Matrix, settings: StudySettings
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return {column: {group: metrics of the model on it, with intervals}}; the largest group first."""
    return {
        dimension: {
            name: _evaluate_group(test, probabilities, baseline, rows, settings)
            for name, rows in group_rows(test, dimension).items()
        }
        for dimension in dimensions_of(test)
    }


def _evaluate_group(
    test: pd.DataFrame, probabilities: Matrix, baseline: Matrix, rows: BooleanArray, settings: StudySettings
) -> dict[str, Any]:
    """Return metrics of the events in `rows`, with observed and predicted fatal events, and calibration of fatal."""
    truth, n_bootstrap, seed = labels(test[rows]), settings.n_bootstrap, settings.seed
    evaluation = metrics.evaluate(truth, probabilities[rows], n_bootstrap, seed, baseline=baseline[rows])
    del evaluation["confusion"]
    values = {"fatal_share": (truth == FATAL).astype(float), "mean_predicted_fatal": probabilities[rows][:, FATAL]}
    for name, samples in bootstrap.bootstrap_means(values, n_bootstrap, seed).items():
        evaluation["intervals"][name] = bootstrap.percentile_interval(samples)
    means = {name: float(array.mean()) for name, array in values.items()}
    calibration = recalibration.calibration_of(truth == FATAL, probabilities[rows][:, FATAL])
    return evaluation | means | {"fatal": int((truth == FATAL).sum()), "fatal_calibration": calibration}
