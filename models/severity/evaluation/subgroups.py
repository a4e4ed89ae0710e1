"""Metrics and calibration on test by group of events.

The skill of a group is relative to the class shares of the group itself: relative to those of all events, a group with
other shares would have a high skill for a model that knows nothing but the group.
"""

from typing import Any

import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.estimators.class_shares import fit_class_shares
from models.severity.evaluation import bootstrap, metrics, recalibration
from models.severity.evaluation.bootstrap import FATAL
from models.severity.evaluation.groups import dimensions_of, group_rows


def subgroup_metrics(
    test: pd.DataFrame, probabilities: Matrix, settings: StudySettings
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return {column: {group: metrics of the model on it, with intervals}}; the largest group first."""
    return {
        dimension: {
            name: _evaluate_group(test[rows], probabilities[rows], settings)
            for name, rows in group_rows(test, dimension).items()
        }
        for dimension in dimensions_of(test)
    }


def _evaluate_group(events: pd.DataFrame, probabilities: Matrix, settings: StudySettings) -> dict[str, Any]:
    """Return metrics of a group, with observed and predicted fatal events, and calibration of fatal."""
    truth, n_bootstrap, seed = labels(events), settings.n_bootstrap, settings.seed
    baseline = fit_class_shares(events).probabilities(events)
    evaluation = metrics.evaluate(truth, probabilities, n_bootstrap, seed, baseline=baseline)
    del evaluation["confusion"]
    values = {"fatal_share": (truth == FATAL).astype(float), "mean_predicted_fatal": probabilities[:, FATAL]}
    for name, samples in bootstrap.bootstrap_means(values, n_bootstrap, seed).items():
        evaluation["intervals"][name] = bootstrap.percentile_interval(samples)
    means = {name: float(array.mean()) for name, array in values.items()}
    calibration = recalibration.calibration_of(truth == FATAL, probabilities[:, FATAL])
    return evaluation | means | {"fatal": int((truth == FATAL).sum()), "fatal_calibration": calibration}
