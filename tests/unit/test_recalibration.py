"""Slope, intercept, observed/expected and curve of a probability, against scikit-learn and planted miscalibration."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from models.severity.evaluation import recalibration

GENERATOR = np.random.default_rng(11)
STATED = expit(GENERATOR.normal(-1.5, 1.2, 4000))
OUTCOME = GENERATOR.random(4000) < STATED


def test_slope_and_intercept_are_those_of_an_unpenalized_logistic_regression() -> None:
    margin = logit(STATED)
    expected = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(margin[:, None], OUTCOME)
    fit = recalibration.fit_logistic(np.column_stack([np.ones(4000), margin]), OUTCOME)
    assert fit is not None
    assert fit[0] == pytest.approx([expected.intercept_[0], expected.coef_[0, 0]], abs=1e-4)


def test_a_calibrated_probability_has_slope_1_intercept_0_and_ratio_1_within_the_intervals() -> None:
    values = recalibration.calibration_of(OUTCOME, STATED)
    for name, perfect in {"slope": 1, "intercept": 0, "observed_expected": 1}.items():
        low, high = values["intervals"][name]
        assert low < perfect < high and low < values[name] < high


@pytest.mark.parametrize(("factor", "shift"), [(1.6, 0.0), (0.7, 0.0), (1.0, 0.6), (1.4, -0.5)])
def test_planted_miscalibration_is_measured(factor: float, shift: float) -> None:
    stated = expit(factor * logit(STATED) + shift)
    values = recalibration.calibration_of(OUTCOME, stated, with_curve=True)
    low, high = values["intervals"]["slope"]
    assert low < 1 / factor < high
    assert (low < 1 < high) == (factor == 1)
    if factor == 1:
        low, high = values["intervals"]["intercept"]
        assert low < -shift < high and not low < 0 < high
    # The curve gives back the true probability of each stated one.
    errors = [
        expit((logit(point["predicted"]) - shift) / factor) - point["observed_share"] for point in values["curve"]
    ]
    assert len(errors) > 10 and np.abs(errors).max() < 0.1


def test_every_point_of_the_curve_is_in_its_band() -> None:
    for class_values in recalibration.calibration_of_classes(
        GENERATOR.integers(0, 4, 500), GENERATOR.dirichlet([1, 1, 1, 1], 500), with_curve=True
    ).values():
        assert class_values["curve"]
        for point in class_values["curve"]:
            low, high = point["interval"]
            assert low <= point["observed_share"] <= high


def test_miscalibration_of_one_class_that_the_most_likely_class_hides_is_seen() -> None:
    generator = np.random.default_rng(3)
    probabilities = generator.dirichlet([6, 2, 2, 2], 6000)
    truth = (generator.random((6000, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    # The stated probability of MINR is overfitted; NONE, the most likely class, stays as it is.
    stated = probabilities.copy()
    stated[:, 1] = expit(1.8 * logit(stated[:, 1]) + 1.2)
    stated[:, 1] = np.minimum(stated[:, 1], 0.99 - stated[:, 0])
    rest = (1 - stated[:, :2].sum(axis=1)) / (1 - probabilities[:, :2].sum(axis=1))
    stated[:, 2:] *= rest[:, None]
    values = recalibration.calibration_of_classes(truth, stated)
    assert values["MINR"]["intervals"]["slope"][1] < 1
    assert values["NONE"]["intervals"]["slope"][0] < 1 < values["NONE"]["intervals"]["slope"][1]


def test_what_cannot_be_estimated_is_none() -> None:
    few = recalibration.calibration_of(OUTCOME[:15], STATED[:15], with_curve=True)
    assert (few["slope"], few["intercept"], few["curve"]) == (None, None, [])
    assert few["observed_expected"] is not None
    constant = recalibration.calibration_of(OUTCOME, np.full(4000, 0.2), with_curve=True)
    assert constant["slope"] is None and constant["intercept"] is not None and constant["curve"] == []
    separated = np.where(OUTCOME, 0.9, 0.1)
    assert recalibration.calibration_of(OUTCOME, separated)["slope"] is None
    none = recalibration.calibration_of(OUTCOME[:0], STATED[:0], with_curve=True)
    assert none["observed_expected"] is None and none["intervals"] == {}
