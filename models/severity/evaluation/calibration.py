"""Calibration: vector scaling fitted on validation, and reliability bins with Wilson intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy has no types.
from scipy.stats import binomtest  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import FATAL, BooleanArray, Interval, Labels

RELIABILITY_BINS = 10
# Weight of the ridge penalty towards the identity, which matters only where validation has few events.
PENALTY = 1e-3


@dataclass(frozen=True)
class VectorScaling:
    """softmax(slope * log p + shift per class), vector scaling with a single slope (Guo et al. 2017)."""

    slope: float
    shifts: tuple[float, ...]

    def apply(self, probabilities: Matrix) -> Matrix:
        """Return calibrated probabilities, shape (events, 4)."""
        return _apply_scaling(np.array([self.slope, *self.shifts]), probabilities)


def fit_scaling(truth: Labels, probabilities: Matrix) -> VectorScaling:
    """Return the scaling with the lowest penalized log loss, for a model that was not fitted on these events."""
    rows = np.arange(len(truth))
    identity = np.array([1.0] + [0.0] * len(CLASSES))

    def penalized_loss(parameters: Matrix) -> float:
        probability_of_truth = _apply_scaling(parameters, probabilities)[rows, truth]
        return float(-np.log(probability_of_truth).mean() + PENALTY * ((parameters - identity) ** 2).sum())

    # Rounded, because the last digits of a minimum depend on the optimizer, not on the data.
    parameters = np.round(minimize(penalized_loss, identity, method="L-BFGS-B").x, 4)
    return VectorScaling(float(parameters[0]), tuple(parameters[1:].tolist()))


def compare_calibration(
    validation_truth: Labels, validation: Matrix, test_truth: Labels, test: Matrix, settings: StudySettings
) -> dict[str, Any]:
    """Return slope and shifts of the scaling, and metrics on test for `uncalibrated` and `calibrated` probabilities.

    The scaling is fitted on validation probabilities.
    """
    scaling = fit_scaling(validation_truth, validation)
    names = ("log_loss", "brier", "expected_calibration_error")
    comparison: dict[str, Any] = {"slope": scaling.slope, "shifts": dict(zip(CLASSES, scaling.shifts, strict=True))}
    for variant, probabilities in (("uncalibrated", test), ("calibrated", scaling.apply(test))):
        evaluation = metrics.evaluate(test_truth, probabilities, settings.n_bootstrap, settings.seed)
        comparison[variant] = {name: evaluation[name] for name in names} | {
            "intervals": {name: evaluation["intervals"].get(name) for name in names},
            "fatal_bins": reliability_bins(test_truth == FATAL, probabilities[:, FATAL]),
        }
    return comparison


def reliability_bins(outcome: BooleanArray, predicted: Matrix) -> list[dict[str, Any]]:
    """Return ten bins of predicted probability: mean prediction, observed share, and its 95 % Wilson interval.

    Not scikit-learn's `calibration_curve`: it omits empty bins and returns no counts, which the intervals need.
    """
    bin_index = np.minimum((predicted * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    bins = []
    for index in range(RELIABILITY_BINS):
        rows = bin_index == index
        n_events = int(rows.sum())
        bins.append(
            {
                "from": index / RELIABILITY_BINS,
                "events": n_events,
                "mean_predicted": float(predicted[rows].mean()) if n_events else None,
                "observed_share": float(outcome[rows].mean()) if n_events else None,
                "interval": _wilson_interval(int(outcome[rows].sum()), n_events),
            }
        )
    return bins


def _wilson_interval(n_positive: int, n_events: int) -> Interval:
    """Return the 95 % score interval of a proportion (Wilson 1927); [None, None] without events."""
    if not n_events:
        return [None, None]
    interval = binomtest(n_positive, n_events).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]


def _apply_scaling(parameters: Matrix, probabilities: Matrix) -> Matrix:
    """Return probabilities scaled by (slope, shift per class)."""
    margin = np.log(probabilities) * parameters[0] + parameters[1:]
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return normalize(odds)
