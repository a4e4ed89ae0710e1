"""Fairness: is the probability of a fatal injury as well calibrated, and as good a ranking, in every group?

Among many groups some differ by chance. The intervals of a table are simultaneous (Sidak 1967): all of them together
contain the true values with a probability of 95 %.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.evaluation import bootstrap, recalibration
from models.severity.evaluation.bootstrap import FATAL, BooleanArray, Interval
from models.severity.evaluation.groups import dimensions_of, group_rows

# Pilot, place, and who operates the aircraft: the attributes by which a model may treat people differently.
ATTRIBUTES = ("age_band", "sex", "region", "is_homebuilt", "far_part")
LEVEL = 0.95
# Of a group: observed/expected, intercept, slope and AUC.
N_INTERVALS = 4


def fairness_table(test: pd.DataFrame, probabilities: Matrix, settings: StudySettings) -> dict[str, Any]:
    """Return {groups: {column: {group: calibration and AUC}}, number of groups, confidence of each interval}.

    `differs` of a group: the simultaneous interval of its intercept, calibration in the large, excludes 0; None with
    too few events. Intervals are those of `recalibration.calibration_of` and, for the AUC, of the bootstrap's standard
    error.
    """
    rows = {dimension: group_rows(test, dimension) for dimension in dimensions_of(test) if dimension in ATTRIBUTES}
    count = sum(map(len, rows.values()))
    confidence = LEVEL ** (1 / (count * N_INTERVALS))
    z = float(norm.isf((1 - confidence) / 2))
    outcome, stated = labels(test) == FATAL, probabilities[:, FATAL]
    groups = {
        dimension: {name: _evaluate_group(outcome[of], stated[of], z, settings) for name, of in by_name.items()}
        for dimension, by_name in rows.items()
    }
    return {"groups": groups, "n_groups": count, "confidence": confidence}


def _evaluate_group(outcome: BooleanArray, stated: Matrix, z: float, settings: StudySettings) -> dict[str, Any]:
    """Return calibration and `roc_auc` of a group, their intervals of half-width `z`, and `differs`."""
    values = recalibration.calibration_of(outcome, stated, z)
    low, high = values["intervals"].get("intercept", (None, None))
    area, interval = _auc(outcome, stated, z, settings)
    intervals = values["intervals"] | ({"roc_auc": interval} if interval else {})
    differs = None if low is None or high is None else not low <= 0 <= high
    return values | {"roc_auc": area, "intervals": intervals, "differs": differs}


def _auc(
    outcome: BooleanArray, stated: Matrix, z: float, settings: StudySettings
) -> tuple[float | None, Interval | None]:
    """Return (area under the ROC curve, its interval); None with too few events, and without bootstrap samples."""
    if min(outcome.sum(), (~outcome).sum()) < recalibration.MIN_EVENTS:
        return None, None
    area = float(bootstrap.ranking_metrics(outcome, stated, np.ones((1, len(outcome))))[0][0])
    samples = bootstrap.auc_samples(outcome, stated, settings.n_bootstrap, settings.seed)
    if not len(samples):
        return area, None
    half = z * float(np.nanstd(samples))
    return area, [max(area - half, 0.0), min(area + half, 1.0)]
