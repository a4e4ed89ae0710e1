"""Evaluation of the class-conditional conformal prediction sets (prediction_sets.py): their size and coverage.

The thresholds are those of the model fitted on train; the probabilities are those that are published, of the model
fitted on train and validation. The coverage is measured on test, because no theorem covers this combination.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.evaluation.bootstrap import BooleanArray, Labels
from models.severity.evaluation.calibration import Z, wilson_interval
from models.severity.prediction_sets import DIGITS, LEVEL, class_thresholds, is_in_set


def evaluate_sets(validation: tuple[Labels, Matrix], test: pd.DataFrame, probabilities: Matrix) -> dict[str, Any]:
    """Return thresholds, mean size of the sets, how many have 0 to 4 classes, and coverage: overall, by class, by year.

    `validation`: labels, and probabilities of the model fitted on train. `probabilities`: on test, of the model in use.
    """
    truth, year = labels(test), pd.to_datetime(test["ev_date"]).dt.year.to_numpy()
    thresholds = class_thresholds(*validation)
    sets = is_in_set(probabilities.round(DIGITS), thresholds)
    sizes, covered = sets.sum(axis=1), sets[np.arange(len(truth)), truth]
    half = Z * float(sizes.std()) / math.sqrt(len(sizes))
    mean = float(sizes.mean())
    return {
        "level": LEVEL,
        "thresholds": thresholds,
        "mean_size": mean,
        "intervals": {"mean_size": [mean - half, mean + half]},
        "sizes": np.bincount(sizes, minlength=len(CLASSES) + 1).tolist(),
        "coverage": _coverage(covered),
        "coverage_by_class": {name: _coverage(covered[truth == index]) for index, name in enumerate(CLASSES)},
        "coverage_by_year": {str(value): _coverage(covered[year == value]) for value in np.unique(year)},
    }


def _coverage(covered: BooleanArray) -> dict[str, Any]:
    """Return events, observed share of covered ones, and its 95 % Wilson interval."""
    count, events = int(covered.sum()), len(covered)
    share = count / events if events else None
    return {"events": events, "observed_share": share, "interval": wilson_interval(count, events)}
