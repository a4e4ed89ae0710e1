"""Net benefit by hand, and what follows from its definition."""

import numpy as np
import pytest

from models.severity.evaluation import decision_curve

FATAL = np.array([True, False, False, True])


def point(curves: dict, name: str, threshold: float) -> dict:
    (match,) = [entry for entry in curves[name] if entry["threshold"] == threshold]
    return match


def test_net_benefit_by_hand() -> None:
    curves = decision_curve.decision_curves(FATAL, {"model": np.array([0.9, 0.25, 0.1, 0.15])})
    # At 0.2: one true and one false positive of four events, 1000 * (1 - 0.25) / 4.
    assert point(curves, "model", 0.2)["net_benefit"] == pytest.approx(187.5)
    # Everyone: two true and two false positives.
    assert point(curves, decision_curve.ALL, 0.2)["net_benefit"] == pytest.approx(1000 * (2 - 2 * 0.25) / 4)


def test_a_perfect_model_has_the_share_of_fatal_accidents_at_every_threshold() -> None:
    curves = decision_curve.decision_curves(FATAL, {"model": FATAL.astype(float)})
    assert {entry["net_benefit"] for entry in curves["model"]} == {500.0}


def test_every_interval_contains_its_estimate() -> None:
    generator = np.random.default_rng(3)
    curves = decision_curve.decision_curves(generator.random(300) < 0.2, {"model": generator.random(300)})
    for entries in curves.values():
        for entry in entries:
            low, high = entry["intervals"]["net_benefit"]
            assert low <= entry["net_benefit"] <= high
