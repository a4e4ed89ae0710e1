"""Class-conditional conformal prediction sets (Vovk 2012; Sadinle et al. 2019).

A set contains every class whose probability is at least the threshold of the class. The threshold is the quantile of
the probabilities that events of this class had on validation, so that 90 % of the events of each class have it in
their set.
The model must be the same on validation and test: it is the one fitted on train only.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.evaluation.bootstrap import BooleanArray, Labels
from models.severity.evaluation.calibration import Z, wilson_interval

LEVEL = 0.9


def class_thresholds(truth: Labels, probabilities: Matrix, level: float = LEVEL) -> Matrix:
    """Return the smallest probability of each class, shape (4,), with which it is in a set; 0 with too few events.

    With n events of a class, the threshold is the k-th smallest of their probabilities, k = floor((n + 1)(1 - level)).
    """
    thresholds = np.zeros(len(CLASSES))
    for index in range(len(CLASSES)):
        scores = np.sort(probabilities[truth == index, index])
        rank = math.floor((len(scores) + 1) * (1 - level) + 1e-9)
        thresholds[index] = scores[rank - 1] if rank else 0.0
    return thresholds


def evaluate_sets(
    validation: tuple[Labels, Matrix], test: pd.DataFrame, probabilities: Matrix, level: float = LEVEL
) -> dict[str, Any]:
    """Return thresholds, mean size of the sets, how many have 0 to 4 classes, and coverage: in all, by class, by year.

    `validation`: labels and probabilities of the model whose `probabilities` on test are evaluated.
    """
    truth, year = labels(test), pd.to_datetime(test["ev_date"]).dt.year.to_numpy()
    thresholds = class_thresholds(*validation, level)
    sets = probabilities >= thresholds
    sizes, covered = sets.sum(axis=1), sets[np.arange(len(truth)), truth]
    half = Z * float(sizes.std()) / math.sqrt(len(sizes))
    mean = float(sizes.mean())
    return {
        "level": level,
        "thresholds": dict(zip(CLASSES, thresholds.tolist(), strict=True)),
        "mean_size": mean,
        "intervals": {"mean_size": [mean - half, mean + half]},
        "sizes": np.bincount(sizes, minlength=len(CLASSES) + 1).tolist(),
        "coverage": _coverage(covered),
        "coverage_by_class": {name: _coverage(covered[truth == index]) for index, name in enumerate(CLASSES)},
        "coverage_by_year": {str(value): _coverage(covered[year == value]) for value in np.unique(year)},
    }


def _coverage(covered: BooleanArray) -> dict[str, Any]:
    count, events = int(covered.sum()), len(covered)
    share = count / events if events else None
    return {"events": events, "observed_share": share, "interval": wilson_interval(count, events)}
