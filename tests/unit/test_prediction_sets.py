"""Prediction sets contain the true class of 90 % of the events of each class."""

import numpy as np
import pytest

from models.severity.data.population import CLASSES
from models.severity.prediction_sets import LEVEL, class_thresholds, prediction_sets


def sample(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([2.0, 0.7, 0.5, 0.8], count)
    truth = (rng.random((count, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(0, 3)
    return truth, probabilities


def test_each_class_is_covered_in_new_events_also_rare_ones() -> None:
    thresholds = class_thresholds(*sample(40_000, 1))
    truth, probabilities = sample(40_000, 2)
    sets = prediction_sets(probabilities, thresholds)
    for index, name in enumerate(CLASSES):
        covered = [name in chosen.split(",") for chosen, actual in zip(sets, truth, strict=True) if actual == index]
        assert np.mean(covered) == pytest.approx(LEVEL, abs=0.03), name


def test_a_class_with_too_few_events_is_in_every_set() -> None:
    truth, probabilities = sample(500, 1)
    kept = truth != 3
    assert class_thresholds(truth[kept], probabilities[kept])["FATL"] == 0


def test_no_set_is_empty_and_classes_are_in_order() -> None:
    assert prediction_sets(np.array([[0.4, 0.3, 0.2, 0.1]]), dict.fromkeys(CLASSES, 0.9)) == ["NONE"]
    assert prediction_sets(np.array([[0.4, 0.3, 0.2, 0.1]]), {}) == ["NONE,MINR,SERS,FATL"]
