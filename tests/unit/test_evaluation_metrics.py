"""Metrics, against scikit-learn and against values computed by hand."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from models.severity.evaluation import metrics
from models.severity.plots import confusion_png

TRUTH = np.array([0, 0, 1, 2, 3, 3, 0, 1])
PROBABILITIES = np.random.default_rng(7).dirichlet([2, 1, 1, 1], len(TRUTH))
PREDICTED = PROBABILITIES.argmax(axis=1)


def test_metrics_equal_those_of_scikit_learn() -> None:
    values = metrics.compute_metrics(TRUTH, PROBABILITIES)
    assert values["log_loss"] == pytest.approx(-np.log(PROBABILITIES[range(8), TRUTH]).mean())
    assert values["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(TRUTH, PREDICTED))
    assert values["balanced_accuracy"] == pytest.approx(sklearn_metrics.balanced_accuracy_score(TRUTH, PREDICTED))
    assert values["weighted_f1"] == pytest.approx(
        sklearn_metrics.f1_score(TRUTH, PREDICTED, average="weighted", zero_division=0)
    )
    assert values["fatal_roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(TRUTH == 3, PROBABILITIES[:, 3]))


def test_brier_score_and_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1]])
    values = metrics.compute_metrics(np.array([0, 1]), probabilities)
    # Correct: 0.09 + 3 x 0.01; wrong: 0.49 + 0.81 + 2 x 0.01. Confidence 0.7, accuracy 0.5.
    assert values["brier"] == pytest.approx((0.12 + 1.32) / 2)
    assert values["expected_calibration_error"] == pytest.approx(0.2)
    assert values["log_loss"] == pytest.approx(-(np.log(0.7) + np.log(0.1)) / 2)
    assert metrics.confusion_matrix(np.array([0, 1]), probabilities.argmax(axis=1))[1] == [1, 0, 0, 0]


def test_undefined_metrics_are_none() -> None:
    values = metrics.compute_metrics(np.array([0, 1]), PROBABILITIES[:2])
    assert values["fatal_roc_auc"] is None
    assert values["fatal_pr_auc"] is None


def test_intervals_contain_the_value_and_depend_only_on_the_seed() -> None:
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 4, 400)
    probabilities = generator.dirichlet([1, 1, 1, 1], 400)
    intervals = metrics.evaluate(truth, probabilities, 60, seed=5)["intervals"]
    without = metrics.evaluate(truth, probabilities, 0, seed=5)
    for name, (low, high) in intervals.items():
        assert low < without[name] < high
    assert metrics.evaluate(truth, probabilities, 60, seed=5)["intervals"] == intervals
    assert metrics.evaluate(truth, probabilities, 60, seed=6)["intervals"] != intervals


def test_the_calibration_error_does_not_depend_on_the_decision_rule() -> None:
    generator = np.random.default_rng(2)
    probabilities = generator.dirichlet([1, 1, 1, 1], 500)
    truth = np.array([generator.choice(4, p=shares) for shares in probabilities])
    by_argmax = metrics.evaluate(truth, probabilities, 40, 3)
    by_rule = metrics.evaluate(truth, probabilities, 40, 3, np.full(500, 2), "always serious")
    for name in ("expected_calibration_error", "calibration_error_null"):
        assert by_rule[name] == by_argmax[name]
    assert by_rule["intervals"]["accuracy"] != by_argmax["intervals"]["accuracy"]


def test_log_loss_skill_is_one_minus_the_ratio_of_the_losses() -> None:
    assert metrics.log_loss_skill(0.9, 1.2) == pytest.approx(0.25)
    assert metrics.log_loss_skill(1.2, 1.2) == 0
    assert metrics.log_loss_skill(None, 1.2) is None


def test_the_interval_of_the_skill_uses_paired_samples() -> None:
    truth = np.random.default_rng(8).integers(0, 4, 300)
    probabilities = np.random.default_rng(7).dirichlet([2, 1, 1, 1], 300)
    baseline = np.tile([0.4, 0.2, 0.2, 0.2], (300, 1))
    evaluation = metrics.evaluate(truth, probabilities, 200, 3, baseline=baseline)
    low, high = evaluation["intervals"]["log_loss_skill"]
    assert low < evaluation["log_loss_skill"] < high
    assert metrics.evaluate(truth, baseline, 50, 3, baseline=baseline)["intervals"]["log_loss_skill"] == [0, 0]
    rows = np.random.default_rng(3).integers(0, 300, 300)
    one_sample = metrics.evaluate(truth, probabilities, 1, 3, baseline=baseline)["intervals"]["log_loss_skill"][0]
    losses = [metrics.compute_metrics(truth[rows], matrix[rows])["log_loss"] for matrix in (probabilities, baseline)]
    assert one_sample == pytest.approx(metrics.log_loss_skill(*losses))


def test_binary_metrics_by_hand() -> None:
    fatal, probability = np.array([True, False, True, False]), np.array([0.9, 0.6, 0.4, 0.1])
    evaluation = metrics.evaluate_fatal(fatal, probability, 0.5, 0, 1, np.full(4, 0.5))
    assert (evaluation["precision"], evaluation["recall"], evaluation["accuracy"]) == (0.5, 0.5, 0.5)
    assert evaluation["roc_auc"] == 0.75
    assert evaluation["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert evaluation["intervals"] == {}
    assert metrics.choose_threshold(fatal, probability) == pytest.approx(0.11)


def test_binary_metrics_without_fatal_events_are_none() -> None:
    probability = np.array([0.9, 0.6])
    evaluation = metrics.evaluate_fatal(np.array([False, False]), probability, 0.5, 5, 1, probability)
    assert evaluation["roc_auc"] is None and evaluation["recall"] is None
    assert metrics.choose_threshold(np.array([False, False]), probability) == 0.5


def test_equal_counts_give_equal_png_bytes() -> None:
    counts = [[5, 1, 0, 0], [2, 2, 0, 0], [0, 0, 0, 0], [0, 1, 0, 9]]
    png = confusion_png(counts, "xgboost")
    assert png.startswith(b"\x89PNG")
    assert png == confusion_png(counts, "xgboost")
    assert b"Software" not in png
