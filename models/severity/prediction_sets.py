"""Class-conditional conformal prediction sets (Vovk 2012): the classes that are plausible for an event.

A set contains every class whose probability is at least the threshold of the class. The threshold is a quantile of the
probabilities that events of this class had on validation, so that at least LEVEL of the events of each class have it in
their set, if later events are like those of validation.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES

LEVEL = 0.9
# Decimals of published probabilities.
DIGITS = 6
Labels = np.ndarray[tuple[int], np.dtype[np.int64]]
BooleanMatrix = np.ndarray[Any, np.dtype[np.bool_]]


def class_thresholds(truth: Labels, probabilities: Matrix) -> dict[str, float]:
    """Return {class: smallest probability with which it is in a set}; 0 with too few events of the class.

    With n events of a class, it is the k-th smallest of their probabilities, k = floor((n + 1) (1 - LEVEL)).
    """
    thresholds = {}
    for index, name in enumerate(CLASSES):
        scores = np.sort(probabilities[truth == index, index])
        rank = math.floor((len(scores) + 1) * (1 - LEVEL) + 1e-9)
        # Rounded down, as scores are rounded: a score that equals its threshold stays in the set.
        thresholds[name] = math.floor(float(scores[rank - 1]) * 1e6) / 1e6 if rank else 0.0
    return thresholds


def is_in_set(probabilities: Matrix, thresholds: Mapping[str, float]) -> BooleanMatrix:
    """Return which classes are in the set of each event, shape (events, 4); the likeliest if no other is."""
    included = probabilities >= np.array([thresholds.get(name, 0) for name in CLASSES])
    included[np.arange(len(included)), probabilities.argmax(axis=1)] |= ~included.any(axis=1)
    return included


def prediction_sets(probabilities: Matrix, thresholds: Mapping[str, float]) -> list[str]:
    """Return the classes in the set of each event, in the order of CLASSES and separated by commas."""
    return [",".join(np.array(CLASSES)[row].tolist()) for row in is_in_set(probabilities, thresholds)]
