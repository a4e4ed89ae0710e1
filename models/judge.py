"""Judgement of class probabilities: figures, 95 % intervals by drawing events again, confusion matrix.

The decision rule beside every F1 is argmax: the likeliest class. Figures that cannot be had (one class only) are None.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

from models.encode import Matrix
from models.population import CLASSES

Labels = np.ndarray[Any, np.dtype[np.int64]]
Figure = float | None
DECISION_RULE = "argmax"
FATAL = CLASSES.index("FATL")
ALL = list(range(len(CLASSES)))
BINS = 15
# Figures that get an interval.
BOUNDED = (
    "log_loss",
    "accuracy",
    "weighted_f1",
    "macro_f1",
    "balanced_accuracy",
    "fatal_roc_auc",
    "fatal_pr_auc",
    "brier",
)


def figures(truth: Labels, probabilities: Matrix) -> dict[str, Figure]:
    """Every figure of one model on one part. `truth` is 0..3, `probabilities` rows x 4."""
    chosen = probabilities.argmax(axis=1)
    fatal = truth == FATAL
    found: dict[str, Figure] = {
        "log_loss": float(metrics.log_loss(truth, probabilities, labels=ALL)),
        "accuracy": float((truth == chosen).mean()),
        "weighted_f1": _f1(truth, chosen, "weighted"),
        "macro_f1": _f1(truth, chosen, "macro"),
        "balanced_accuracy": _balanced(truth, chosen),
        "fatal_roc_auc": _ranked(metrics.roc_auc_score, fatal, probabilities[:, FATAL]),
        "fatal_pr_auc": _ranked(metrics.average_precision_score, fatal, probabilities[:, FATAL]),
        "brier": float(((probabilities - np.eye(len(CLASSES))[truth]) ** 2).sum(axis=1).mean()),
        "calibration_error": calibration_error(truth, probabilities),
    }
    return found


def per_class(truth: Labels, probabilities: Matrix) -> dict[str, dict[str, float]]:
    """Precision, recall and number of true cases of each class."""
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        truth, probabilities.argmax(axis=1), labels=ALL, zero_division=0
    )
    return {
        name: {"precision": float(precision[at]), "recall": float(recall[at]), "events": float(support[at])}
        for at, name in enumerate(CLASSES)
    }


def calibration_error(truth: Labels, probabilities: Matrix) -> float:
    """Expected calibration error of the likeliest class: 15 bins of equal width, weighted by their events."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(right[place == at].mean() - confidence[place == at].mean()) * (place == at).sum() for at in set(place)]
    return float(sum(gaps) / len(truth))


def confusion(truth: Labels, probabilities: Matrix) -> list[list[int]]:
    """Counts, rows the true class and columns the chosen one, in the order of CLASSES."""
    return [[int(n) for n in row] for row in metrics.confusion_matrix(truth, probabilities.argmax(axis=1), labels=ALL)]


def skill(log_loss: Figure, baseline: Figure) -> Figure:
    """The share of the baseline's log loss that the model takes away: 1 is perfect, 0 no better, below 0 worse."""
    return None if log_loss is None or not baseline else 1 - log_loss / baseline


def intervals(truth: Labels, probabilities: Matrix, draws: int, seed: int) -> dict[str, list[Figure]]:
    """[2.5 %, 97.5 %] of each bounded figure over `draws` drawings of events with replacement (a row is an event)."""
    generator = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in BOUNDED}
    for _ in range(draws):
        rows = generator.integers(0, len(truth), len(truth))
        for name, value in figures(truth[rows], probabilities[rows]).items():
            if name in drawn and value is not None:
                drawn[name].append(value)
    return {name: _bounds(values) for name, values in drawn.items()}


def judge(truth: Labels, probabilities: Matrix, draws: int, seed: int) -> dict[str, Any]:
    """Everything about one model on one part, as plain values."""
    share = float(np.bincount(truth, minlength=len(CLASSES)).max() / len(truth))
    return {
        **figures(truth, probabilities),
        "majority_share": share,
        "events": len(truth),
        "decision_rule": DECISION_RULE,
        "per_class": per_class(truth, probabilities),
        "confusion": confusion(truth, probabilities),
        "intervals": intervals(truth, probabilities, draws, seed) if draws else {},
    }


def _f1(truth: Labels, chosen: Labels, average: str) -> float:
    return float(metrics.f1_score(truth, chosen, labels=ALL, average=average, zero_division=0))


def _balanced(truth: Labels, chosen: Labels) -> float:
    """Mean recall of the classes that occur."""
    return float(np.mean([(chosen[truth == at] == at).mean() for at in np.unique(truth)]))


def _ranked(score: Callable[..., float], fatal: np.ndarray[Any, Any], probability: Matrix) -> Figure:
    return float(score(fatal, probability)) if 0 < fatal.sum() < len(fatal) else None


def _bounds(values: list[float]) -> list[Figure]:
    return [float(bound) for bound in np.percentile(values, [2.5, 97.5])] if values else [None, None]
