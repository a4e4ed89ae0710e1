"""Vector scaling, reliability bins with Wilson intervals, and tuned decision rules, on simulated probabilities."""

import numpy as np
import pytest

from models.severity.evaluation import calibration, calibration_error, decision_rules, metrics

GENERATOR = np.random.default_rng(5)
TRUTH = GENERATOR.integers(0, 4, 2000)
PROBABILITIES = GENERATOR.dirichlet([1, 1, 1, 1], 2000)


def test_scaling_corrects_overconfident_probabilities() -> None:
    truth = np.array([GENERATOR.choice(4, p=row) for row in PROBABILITIES])
    overconfident = calibration.VectorScaling(2.0, (0.0, 0.0, 0.0, 0.5)).apply(PROBABILITIES)
    scaling = calibration.fit_scaling(truth[:1000], overconfident[:1000])
    assert scaling.slope == pytest.approx(0.5, abs=0.1)
    before, after = overconfident[1000:], scaling.apply(overconfident[1000:])
    errors = [calibration_error.of_most_likely_class(truth[1000:], matrix) for matrix in (before, after)]
    assert errors[1] < errors[0] / 2


def test_scaling_by_one_is_the_identity() -> None:
    identity = calibration.VectorScaling(1.0, (0.0,) * 4)
    np.testing.assert_allclose(identity.apply(PROBABILITIES), PROBABILITIES, atol=1e-5)


def test_reliability_bins_by_hand() -> None:
    bins = calibration.reliability_bins(np.array([True, False, True, True]), np.array([0.05, 0.05, 1.0, 0.95]))
    assert [row["events"] for row in bins] == [2, *[0] * 8, 2]
    assert (bins[0]["mean_predicted"], bins[0]["observed_share"]) == (0.05, 0.5)
    assert bins[9]["observed_share"] == 1.0 and bins[9]["interval"] == pytest.approx([0.342, 1.0], abs=0.001)
    assert bins[4] == {
        "from": 0.4,
        "events": 0,
        "mean_predicted": None,
        "observed_share": None,
        "interval": [None, None],
    }


def test_tuned_class_weights_improve_macro_f1_of_rare_classes() -> None:
    probabilities = np.eye(4)[TRUTH] * 0.1 + PROBABILITIES * [0.75, 0.05, 0.05, 0.05]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weights = decision_rules.tune_class_weights(TRUTH, probabilities)
    assert weights[0] == 1 and weights[1:].min() > 1
    argmax, tuned = (
        metrics.compute_metrics(TRUTH, probabilities, (probabilities * factors).argmax(axis=1))["macro_f1"]
        for factors in (1, weights)
    )
    assert argmax is not None and tuned is not None and tuned > argmax + 0.1
