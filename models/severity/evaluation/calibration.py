"""Are the probabilities to be believed? Scaling learned on held-out years, and stated against found, bin by bin."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.estimators.base import normalize
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import FATAL, BooleanArray, Labels

# Bins of the stated probability in the reliability table.
BINS = 10
# Pulls towards "change nothing" where validation says little.
PENALTY = 1e-3
# 95 % of a normal distribution lie within.
NORMAL = 1.96


@dataclass(frozen=True)
class VectorScaling:
    """log p times `slope` plus a `shift` per class, made into shares again. Slope 1 and shifts 0 change nothing."""

    slope: float
    shifts: tuple[float, ...]

    def apply(self, probabilities: Matrix) -> Matrix:
        """Rows x 4."""
        return _apply_scaling(np.array([self.slope, *self.shifts]), probabilities)


def fit_scaling(truth: Labels, probabilities: Matrix) -> VectorScaling:
    """Learned where the model has not learned; the smallest log loss, with a slight pull towards no change."""
    rows = np.arange(len(truth))
    neutral = np.array([1.0] + [0.0] * len(CLASSES))

    def loss(values: Matrix) -> float:
        given = _apply_scaling(values, probabilities)[rows, truth]
        return float(-np.log(given).mean() + PENALTY * ((values - neutral) ** 2).sum())

    # Rounded: the last digits of a minimum are the optimizer's, not the data's.
    found = np.round(minimize(loss, neutral, method="L-BFGS-B").x, 4)
    return VectorScaling(float(found[0]), tuple(found[1:].tolist()))


def compare_calibration(
    truth_early: Labels, early: Matrix, truth: Labels, final: Matrix, draws: int, seed: int
) -> dict[str, Any]:
    """Figures on test as they come and scaled; the scaling is learned from `early` on validation."""
    scaling = fit_scaling(truth_early, early)
    scaled = scaling.apply(final)
    wanted = ("log_loss", "brier", "expected_calibration_error")
    found: dict[str, Any] = {"slope": scaling.slope, "shifts": dict(zip(CLASSES, scaling.shifts, strict=True))}
    for name, given in (("uncalibrated", final), ("calibrated", scaled)):
        judged = metrics.evaluate(truth, given, draws, seed)
        found[name] = {figure: judged[figure] for figure in wanted} | {
            "intervals": {figure: judged["intervals"].get(figure) for figure in wanted},
            "fatal_bins": reliability_bins(truth == FATAL, given[:, FATAL]),
        }
    return found


def reliability_bins(observed_share: BooleanArray, stated: Matrix) -> list[dict[str, Any]]:
    """Reliability: per tenth of the stated probability, its mean, the observed share, Wilson's 95 % interval."""
    place = np.minimum((stated * BINS).astype(int), BINS - 1)
    found = []
    for at in range(BINS):
        events = int((place == at).sum())
        share = float(observed_share[place == at].mean()) if events else None
        found.append(
            {
                "from": at / BINS,
                "events": events,
                "mean_predicted": float(stated[place == at].mean()) if events else None,
                "observed_share": share,
                "interval": _wilson(share, events),
            }
        )
    return found


def _wilson(share: float | None, events: int) -> list[float | None]:
    if share is None:
        return [None, None]
    scale = 1 + NORMAL**2 / events
    middle = (share + NORMAL**2 / (2 * events)) / scale
    half = NORMAL * float(np.sqrt(share * (1 - share) / events + NORMAL**2 / (4 * events**2))) / scale
    return [max(middle - half, 0.0), min(middle + half, 1.0)]


def _apply_scaling(values: Matrix, probabilities: Matrix) -> Matrix:
    margin = np.log(probabilities) * values[0] + values[1:]
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return normalize(odds)
