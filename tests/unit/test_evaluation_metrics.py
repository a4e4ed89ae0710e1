"""Judgement, against scikit-learn and against numbers worked out by hand."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from models.severity.evaluation import leakage, metrics
from models.severity.plots import confusion_png

TRUTH = np.array([0, 0, 1, 2, 3, 3, 0, 1])
SHARES = np.random.default_rng(7).dirichlet([2, 1, 1, 1], len(TRUTH))
CHOSEN = SHARES.argmax(axis=1)


def test_figures_agree_with_scikit_learn() -> None:
    found = metrics.compute_metrics(TRUTH, SHARES)
    assert found["log_loss"] == pytest.approx(-np.log(SHARES[range(8), TRUTH]).mean())
    assert found["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(TRUTH, CHOSEN))
    assert found["balanced_accuracy"] == pytest.approx(sklearn_metrics.balanced_accuracy_score(TRUTH, CHOSEN))
    assert found["weighted_f1"] == pytest.approx(
        sklearn_metrics.f1_score(TRUTH, CHOSEN, average="weighted", zero_division=0)
    )
    assert found["fatal_roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(TRUTH == 3, SHARES[:, 3]))


def test_brier_and_calibration_by_hand() -> None:
    shares = np.array([[0.7, 0.1, 0.1, 0.1], [0.7, 0.1, 0.1, 0.1]])
    found = metrics.compute_metrics(np.array([0, 1]), shares)
    # Right once: 0.09 + 3 x 0.01; wrong once: 0.49 + 0.81 + 2 x 0.01. Said 0.7, right half the time.
    assert found["brier"] == pytest.approx((0.12 + 1.32) / 2)
    assert found["expected_calibration_error"] == pytest.approx(0.2)
    assert found["log_loss"] == pytest.approx(-(np.log(0.7) + np.log(0.1)) / 2)
    assert metrics.confusion_matrix(np.array([0, 1]), shares.argmax(axis=1))[1] == [1, 0, 0, 0]


def test_what_cannot_be_had_is_none() -> None:
    found = metrics.compute_metrics(np.array([0, 1]), SHARES[:2])
    assert found["fatal_roc_auc"] is None
    assert found["fatal_pr_auc"] is None


def test_intervals_hold_the_figure_and_are_the_same_again() -> None:
    dice = np.random.default_rng(1)
    truth = dice.integers(0, 4, 400)
    shares = dice.dirichlet([1, 1, 1, 1], 400)
    bounds = metrics.evaluate(truth, shares, 60, seed=5)["intervals"]
    for name, (low, high) in bounds.items():
        value = metrics.evaluate(truth, shares, 0, seed=5)[name]
        assert low is not None and high is not None and value is not None
        assert low < value < high
    assert metrics.evaluate(truth, shares, 60, seed=5)["intervals"] == bounds
    assert metrics.evaluate(truth, shares, 60, seed=6)["intervals"] != bounds


def test_skill_is_the_share_of_the_loss_taken_away() -> None:
    assert metrics.log_loss_skill(0.9, 1.2) == pytest.approx(0.25)
    assert metrics.log_loss_skill(1.2, 1.2) == 0
    assert metrics.log_loss_skill(None, 1.2) is None


def test_alarms_need_enough_events_and_a_figure_above_its_limit() -> None:
    good = {"weighted_f1": 0.55, "fatal_roc_auc": 0.85, "events": 400, "per_class": {"FATL": {"events": 60.0}}}
    assert leakage.check_metrics("xgboost", good) == []
    raised = leakage.check_metrics("xgboost", good | {"weighted_f1": 0.66, "fatal_roc_auc": 0.91})
    assert [alarm.gate for alarm in raised] == ["xgboost: weighted_f1", "xgboost: fatal_roc_auc"]
    assert leakage.check_metrics("xgboost", good | {"weighted_f1": 0.66, "events": 70}) == []


def test_the_picture_is_the_same_bytes_again() -> None:
    counts = [[5, 1, 0, 0], [2, 2, 0, 0], [0, 0, 0, 0], [0, 1, 0, 9]]
    png = confusion_png(counts, "xgboost")
    assert png.startswith(b"\x89PNG")
    assert png == confusion_png(counts, "xgboost")
    assert b"Software" not in png
