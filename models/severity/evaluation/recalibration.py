"""Calibration of a probability by logistic recalibration (Cox 1958; Van Calster et al. 2016).

For an outcome y with the stated probability p, fitted on the events evaluated:
intercept: a of logit P(y) = a + logit(p), calibration in the large; 0 is perfect, above 0 the stated p is too low;
slope: b of logit P(y) = a + b logit(p); 1 is perfect, below 1 the probabilities are too extreme (overfitted);
curve: logit P(y) as a restricted cubic spline of logit(p) with four knots (Harrell 2015), with pointwise bands.

The intervals are Wald intervals of the fit, so each is around its estimate.
"""

from typing import Any

import numpy as np
from scipy.special import expit, logit  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.evaluation.bootstrap import BooleanArray, Interval, Labels
from models.severity.evaluation.calibration import Z, wilson_interval

Fit = tuple[Matrix, Matrix]
# With fewer positive or other events, nothing is fitted.
MIN_EVENTS = 20
MAX_ITERATIONS = 50
TOLERANCE = 1e-10
# A larger coefficient is that of separated outcomes, which have no finite estimate.
MAX_COEFFICIENT = 50
KNOTS = (0.05, 0.35, 0.65, 0.95)
# Quantiles of the stated probability at which the curve is given.
GRID = np.round(np.arange(0.02, 0.99, 0.04), 2)


def fit_logistic(design: Matrix, outcome: BooleanArray, offset: Matrix | float = 0.0) -> Fit | None:
    """Return (coefficients, covariance) of a logistic regression by Newton's method; None if there is no finite fit."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(MAX_ITERATIONS):
        probability = expit((design * coefficients).sum(axis=1) + offset)
        weights = probability * (1 - probability)
        # einsum without a library for matrix products: its sums do not depend on the number of threads.
        information = np.einsum("ni,n,nj->ij", design, weights, design)
        if np.linalg.cond(information) > 1 / np.finfo(float).eps:
            return None
        step = np.linalg.solve(information, (design * (outcome - probability)[:, None]).sum(axis=0))
        coefficients = coefficients + step
        if np.abs(coefficients).max() > MAX_COEFFICIENT:
            return None
        if np.abs(step).max() < TOLERANCE:
            return coefficients, np.linalg.inv(information)
    return None


def calibration_of_classes(truth: Labels, probabilities: Matrix, with_curve: bool = False) -> dict[str, dict[str, Any]]:
    """Return {class: calibration of its probability}, each class against the others (`calibration_of`)."""
    return {
        name: calibration_of(truth == index, probabilities[:, index], with_curve=with_curve)
        for index, name in enumerate(CLASSES)
    }


def calibration_of(outcome: BooleanArray, stated: Matrix, z: float = Z, with_curve: bool = False) -> dict[str, Any]:
    """Return observed and expected events, their ratio, intercept, slope, their intervals, and the curve.

    `z`: half-width of the intervals in standard errors. What cannot be fitted is None, a curve empty.
    """
    events, observed, expected = len(outcome), int(outcome.sum()), float(stated.sum())
    margin = logit(stated)
    enough = min(observed, events - observed) >= MIN_EVENTS
    ones = np.ones((events, 1))
    large = fit_logistic(ones, outcome, margin) if enough else None
    slope = fit_logistic(np.column_stack([ones, margin]), outcome) if enough and np.ptp(margin) > 0 else None
    low, high = wilson_interval(observed, events, z)
    estimates: dict[str, tuple[float | None, Interval | None]]
    estimates = {
        "observed_expected": (None, None),
        "intercept": _estimate(large, 0, z),
        "slope": _estimate(slope, 1, z),
    }
    if low is not None and high is not None:
        estimates["observed_expected"] = observed / expected, [low * events / expected, high * events / expected]
    values = {name: value for name, (value, _) in estimates.items()}
    intervals = {name: interval for name, (_, interval) in estimates.items() if interval}
    curve = {"curve": calibration_curve(outcome, stated) if enough else []} if with_curve else {}
    return {"events": events, "observed": observed, "expected": expected} | values | {"intervals": intervals} | curve


def calibration_curve(outcome: BooleanArray, stated: Matrix) -> list[dict[str, Any]]:
    """Return points of the flexible curve: `predicted`, the `observed_share` of the fit, and its 95 % band.

    Empty if the probabilities have too few distinct values, or there is no finite fit.
    """
    margin = logit(stated)
    knots = np.quantile(margin, KNOTS)
    fit = fit_logistic(_spline(margin, knots), outcome) if np.diff(knots).min() > 1e-6 else None
    if fit is None:
        return []
    points = np.unique(np.quantile(margin, GRID))
    basis = _spline(points, knots)
    fitted = (basis * fit[0]).sum(axis=1)
    half = Z * np.sqrt(np.einsum("ni,ij,nj->n", basis, fit[1], basis))
    return [
        {
            "predicted": float(expit(point)),
            "observed_share": float(expit(center)),
            "interval": [float(low), float(high)],
        }
        for point, center, low, high in zip(points, fitted, expit(fitted - half), expit(fitted + half), strict=True)
    ]


def _spline(values: Matrix, knots: Matrix) -> Matrix:
    """Return the basis of a restricted cubic spline, shape (values, knots): constant, linear, and cubic terms."""
    cubes = np.clip(values[:, None] - knots, 0, None) ** 3
    last, width = knots[-1], knots[-1] - knots[-2]
    before_last, at_end = cubes[:, -2], cubes[:, -1]
    terms = [
        (cubes[:, i] - before_last * (last - knots[i]) / width + at_end * (knots[-2] - knots[i]) / width)
        / (last - knots[0]) ** 2
        for i in range(len(knots) - 2)
    ]
    return np.column_stack([np.ones(len(values)), values, *terms])


def _estimate(fit: Fit | None, index: int, z: float) -> tuple[float | None, Interval | None]:
    """Return (coefficient, its interval)."""
    if fit is None:
        return None, None
    value, half = float(fit[0][index]), z * float(np.sqrt(fit[1][index, index]))
    return value, [value - half, value + half]
