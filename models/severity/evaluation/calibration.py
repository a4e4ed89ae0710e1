"""Vector scaling learned from out-of-fold predictions, and reliability bins with Wilson intervals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy has no types.
from scipy.stats import binomtest, norm  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import FATAL, BooleanArray, Interval, Labels

RELIABILITY_BINS = 10
# Half-width of a 95 % interval in standard errors.
Z = float(norm.isf(0.025))
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


def compare_scaling(
    out_of_fold: tuple[Labels, Matrix] | None, truth: Labels, probabilities: Matrix, settings: StudySettings
) -> dict[str, Any]:
    """Return metrics on test of `uncalibrated` and `calibrated` probabilities, with slope and shifts of the scaling.

    `out_of_fold`: labels and probabilities of events before test, each predicted by a model of the same recipe that was
    fitted on earlier events only. Predictions on validation would not do: another model made them, which chose its
    rounds on these events. Without, there are no calibrated probabilities.
    """
    variants = {"uncalibrated": probabilities}
    comparison: dict[str, Any] = {}
    if out_of_fold:
        scaling = fit_scaling(*out_of_fold)
        shifts = dict(zip(CLASSES, scaling.shifts, strict=True))
        comparison |= {"slope": scaling.slope, "shifts": shifts, "events": len(out_of_fold[0])}
        variants["calibrated"] = scaling.apply(probabilities)
    names = ("log_loss", "brier", "expected_calibration_error", "calibration_error_null")
    for variant, shares in variants.items():
        evaluation = metrics.evaluate(truth, shares, settings.n_bootstrap, settings.seed)
        comparison[variant] = {name: evaluation[name] for name in names} | {
            "intervals": {name: evaluation["intervals"].get(name) for name in ("log_loss", "brier")},
            "fatal_bins": reliability_bins(truth == FATAL, shares[:, FATAL]),
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
                "interval": wilson_interval(int(outcome[rows].sum()), n_events),
            }
        )
    return bins


def wilson_interval(n_positive: int, n_events: int, z: float = Z) -> Interval:
    """Return the score interval of a proportion (Wilson 1927), by default of 95 %; [None, None] without events."""
    if not n_events:
        return [None, None]
    level = 1 - 2 * float(norm.sf(z))
    interval = binomtest(n_positive, n_events).proportion_ci(level, method="wilson")
    # Rounding can put the bound of a share of 0 or 1 beside it.
    share = n_positive / n_events
    return [min(float(interval.low), share), max(float(interval.high), share)]


def _apply_scaling(parameters: Matrix, probabilities: Matrix) -> Matrix:
    """Return probabilities scaled by (slope, shift per class)."""
    margin = np.log(probabilities) * parameters[0] + parameters[1:]
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return normalize(odds)
