"""The calibration error is compared with that of a calibrated model, which is not 0 and has no bootstrap interval."""

import numpy as np
import pytest

from models.severity.evaluation import calibration_error, metrics


def simulate(events: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn with the probabilities of a calibrated model, and these probabilities."""
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet([2, 1, 1, 1], events)
    drawn = (generator.random((events, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
    return np.minimum(drawn, 3), probabilities


def test_a_calibrated_model_is_within_its_null_distribution_as_often_as_it_should_be() -> None:
    p_values = []
    for seed in range(60):
        truth, probabilities = simulate(400, seed)
        p_values.append(metrics.evaluate(truth, probabilities, 100, seed)["calibration_error_null"]["p_value"])
    assert 0.35 < np.mean(p_values) < 0.65
    assert np.mean(np.array(p_values) < 0.05) < 0.15


@pytest.mark.parametrize("events", [60, 400, 3000])
def test_the_error_of_a_calibrated_model_is_larger_the_fewer_events_there_are(events: int) -> None:
    truth, probabilities = simulate(events, 1)
    null = metrics.evaluate(truth, probabilities, 200, 1)["calibration_error_null"]
    # About the standard error of a share in one of the bins that have most events.
    assert 0.5 / np.sqrt(events) < null["mean"] < 2 / np.sqrt(events)
    assert null["mean"] < null["upper"]


def test_an_overconfident_model_is_beyond_its_null_distribution() -> None:
    truth, probabilities = simulate(2000, 2)
    sharpened = probabilities**2 / (probabilities**2).sum(axis=1, keepdims=True)
    evaluation = metrics.evaluate(truth, sharpened, 200, 1)
    null = evaluation["calibration_error_null"]
    assert evaluation["expected_calibration_error"] > null["upper"]
    assert null["p_value"] == pytest.approx(1 / 201)


def test_the_calibration_error_has_no_bootstrap_interval() -> None:
    truth, probabilities = simulate(200, 3)
    four = metrics.evaluate(truth, probabilities, 50, 1)
    binary = metrics.evaluate_fatal(truth == 3, probabilities[:, 3], 0.5, 50, 1, np.full(200, 0.2))
    for evaluation in (four, binary):
        assert "expected_calibration_error" in evaluation
        assert "expected_calibration_error" not in evaluation["intervals"]
        assert 0 < evaluation["calibration_error_null"]["p_value"] <= 1


def test_the_null_distribution_does_not_depend_on_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    _, probabilities = simulate(300, 4)
    confidence = probabilities.max(axis=1)
    whole = calibration_error.null_distribution(confidence, 20, 5, 0.03)
    monkeypatch.setattr(calibration_error, "MAX_WEIGHTS", 900)
    assert calibration_error.null_distribution(confidence, 20, 5, 0.03) == whole


def test_without_draws_there_is_no_null_distribution() -> None:
    expected = {"mean": None, "upper": None, "p_value": None}
    assert calibration_error.null_distribution(np.full(5, 0.5), 0, 1, 0.1) == expected
