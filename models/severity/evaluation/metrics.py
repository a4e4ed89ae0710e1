"""Judgement of class probabilities: figures, 95 % intervals by drawing events again, confusion matrix.

The decision rule beside every F1 is argmax, the likeliest class, unless another is handed in with its name.
Figures that cannot be had (one class only) are None.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.evaluation import bootstrap
from models.severity.evaluation.bootstrap import DECISION_RULE, FATAL, Labels

Metric = float | None
LABELS = list(range(len(CLASSES)))
# Figures that get an interval.
METRICS_WITH_INTERVAL = (
    "log_loss",
    "accuracy",
    "weighted_f1",
    "macro_f1",
    "balanced_accuracy",
    "fatal_roc_auc",
    "fatal_pr_auc",
    "brier",
    "expected_calibration_error",
)


def compute_metrics(truth: Labels, probabilities: Matrix, chosen: Labels | None = None) -> dict[str, Metric]:
    """Every figure of one model on one part. `truth` is 0..3, `probabilities` rows x 4, `chosen` by argmax if None."""
    chosen = probabilities.argmax(axis=1) if chosen is None else chosen
    fatal = truth == FATAL
    found: dict[str, Metric] = {
        "log_loss": float(metrics.log_loss(truth, probabilities, labels=LABELS)),
        "accuracy": float((truth == chosen).mean()),
        "weighted_f1": _f1(truth, chosen, "weighted"),
        "macro_f1": _f1(truth, chosen, "macro"),
        "balanced_accuracy": _balanced_accuracy(truth, chosen),
        "fatal_roc_auc": _ranking_metric(metrics.roc_auc_score, fatal, probabilities[:, FATAL]),
        "fatal_pr_auc": _ranking_metric(metrics.average_precision_score, fatal, probabilities[:, FATAL]),
        "brier": float(((probabilities - np.eye(len(CLASSES))[truth]) ** 2).sum(axis=1).mean()),
        "expected_calibration_error": expected_calibration_error(truth, probabilities),
    }
    return found


def per_class_metrics(truth: Labels, chosen: Labels) -> dict[str, dict[str, float]]:
    """Precision, recall and number of true cases of each class."""
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        truth, chosen, labels=LABELS, zero_division=0
    )
    return {
        name: {"precision": float(precision[at]), "recall": float(recall[at]), "events": float(support[at])}
        for at, name in enumerate(CLASSES)
    }


def expected_calibration_error(truth: Labels, probabilities: Matrix) -> float:
    """Expected calibration error of the likeliest class: 15 bins of equal width, weighted by their events."""
    right = probabilities.argmax(axis=1) == truth
    return float(bootstrap.calibration_errors(right, probabilities.max(axis=1), np.ones((1, len(truth))))[0])


def confusion_matrix(truth: Labels, chosen: Labels) -> list[list[int]]:
    """Counts, rows the true class and columns the chosen one, in the order of CLASSES."""
    return [[int(n) for n in row] for row in metrics.confusion_matrix(truth, chosen, labels=LABELS)]


def log_loss_skill(log_loss: Metric, baseline: Metric) -> Metric:
    """The share of the baseline's log loss that the model takes away: 1 is perfect, 0 no better, below 0 worse."""
    return None if log_loss is None or not baseline else 1 - log_loss / baseline


def bootstrap_metrics(
    truth: Labels, probabilities: Matrix, draws: int, seed: int, chosen: Labels, baseline: Matrix | None = None
) -> dict[str, Matrix]:
    """Figure -> its value in each draw: those of models/bootstrap.py, the majority's share, skill with a baseline."""
    found = bootstrap.bootstrap_distribution(truth, probabilities, chosen, draws, seed)
    apart = {"majority_share": (truth == _majority_class(truth)).astype(float)}
    if baseline is not None:
        apart["baseline"] = -np.log(baseline[np.arange(len(truth)), truth])
    found |= bootstrap.bootstrap_means(apart, draws, seed)
    if "baseline" in found:
        found["log_loss_skill"] = 1 - found["log_loss"] / found.pop("baseline")
    return found


def evaluate(
    truth: Labels,
    probabilities: Matrix,
    draws: int,
    seed: int,
    chosen: Labels | None = None,
    rule: str = DECISION_RULE,
    baseline: Matrix | None = None,
) -> dict[str, Any]:
    """Everything about one model on one part, as plain values. `chosen` comes with the name of its `rule`.

    `baseline`: another model's probabilities; then the skill over it is among the figures.
    """
    chosen = probabilities.argmax(axis=1) if chosen is None else chosen
    values = bootstrap_metrics(truth, probabilities, draws, seed, chosen, baseline)
    bounds = {name: bootstrap.percentile_interval(each) for name, each in values.items()}
    found = compute_metrics(truth, probabilities, chosen)
    found["majority_share"] = float((truth == _majority_class(truth)).mean())
    if baseline is not None:
        found["log_loss_skill"] = log_loss_skill(found["log_loss"], compute_metrics(truth, baseline)["log_loss"])
    return {
        **found,
        "events": len(truth),
        "decision_rule": rule,
        "per_class": per_class_metrics(truth, chosen),
        "confusion": confusion_matrix(truth, chosen),
        "intervals": {name: bounds[name] for name in found if name in bounds},
        "per_class_intervals": {name: bounds[name] for name in bounds if name not in found},
    }


def _majority_class(truth: Labels) -> int:
    return int(np.bincount(truth, minlength=len(CLASSES)).argmax())


def _f1(truth: Labels, chosen: Labels, average: str) -> float:
    return float(metrics.f1_score(truth, chosen, labels=LABELS, average=average, zero_division=0))


def _balanced_accuracy(truth: Labels, chosen: Labels) -> float:
    """Mean recall of the classes that occur."""
    return float(np.mean([(chosen[truth == at] == at).mean() for at in np.unique(truth)]))


def _ranking_metric(score: Callable[..., float], fatal: np.ndarray[Any, Any], probability: Matrix) -> Metric:
    return float(score(fatal, probability)) if 0 < fatal.sum() < len(fatal) else None
