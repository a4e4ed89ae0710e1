"""Metrics of class probabilities with 95 % bootstrap intervals: four classes, and fatal against the rest.

The decision rule behind every F1 score is argmax, the most likely class, unless predictions of another rule are passed
with its name. Metrics that are undefined, such as the ROC AUC of a single class, are None.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES
from models.severity.evaluation import bootstrap, calibration_error
from models.severity.evaluation.bootstrap import DECISION_RULE, FATAL, BooleanArray, Labels

Metric = float | None
LABELS = list(range(len(CLASSES)))
METRICS_WITH_INTERVAL = (
    "log_loss",
    "accuracy",
    "weighted_f1",
    "macro_f1",
    "balanced_accuracy",
    "fatal_roc_auc",
    "fatal_pr_auc",
    "brier",
)
# Candidate thresholds for the probability of FATL.
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.01), 2)


def compute_metrics(truth: Labels, probabilities: Matrix, predicted: Labels | None = None) -> dict[str, Metric]:
    """Return {metric: value} on one partition; None for ranking metrics if there is only one class.

    `truth` is 0..3, `probabilities` has shape (events, 4), `predicted` is the argmax if None.
    `brier`: sum over the classes of the squared difference between probability and outcome, averaged over events
    (Brier 1950): 0 is perfect, 2 the worst.
    """
    predicted = probabilities.argmax(axis=1) if predicted is None else predicted
    fatal = truth == FATAL
    return {
        "log_loss": float(metrics.log_loss(truth, probabilities, labels=LABELS)),
        "accuracy": float((truth == predicted).mean()),
        "weighted_f1": _f1(truth, predicted, "weighted"),
        "macro_f1": _f1(truth, predicted, "macro"),
        "balanced_accuracy": _balanced_accuracy(truth, predicted),
        "fatal_roc_auc": _ranking_metric(metrics.roc_auc_score, fatal, probabilities[:, FATAL]),
        "fatal_pr_auc": _ranking_metric(metrics.average_precision_score, fatal, probabilities[:, FATAL]),
        "brier": float(((probabilities - np.eye(len(CLASSES))[truth]) ** 2).sum(axis=1).mean()),
        "expected_calibration_error": calibration_error.of_most_likely_class(truth, probabilities),
    }


def per_class_metrics(truth: Labels, predicted: Labels) -> dict[str, dict[str, float]]:
    """Return {class: {precision, recall, events}}, where events is the number of events of the class."""
    precision, recall, _, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=LABELS, zero_division=0
    )
    return {
        name: {"precision": float(precision[index]), "recall": float(recall[index]), "events": float(support[index])}
        for index, name in enumerate(CLASSES)
    }


def confusion_matrix(truth: Labels, predicted: Labels) -> list[list[int]]:
    """Return counts of events; rows are true classes and columns predicted ones, in the order of CLASSES."""
    return [[int(n) for n in row] for row in metrics.confusion_matrix(truth, predicted, labels=LABELS)]


def log_loss_skill(log_loss: Metric, baseline: Metric) -> Metric:
    """Return the skill score 1 - log_loss / baseline: 1 is perfect, 0 as good as the baseline, negative worse.

    The result is None if `log_loss` is None, or `baseline` is None or 0.
    """
    return None if log_loss is None or not baseline else 1 - log_loss / baseline


def bootstrap_metrics(
    truth: Labels, probabilities: Matrix, n_bootstrap: int, seed: int, predicted: Labels, baseline: Matrix | None = None
) -> dict[str, Matrix]:
    """Return {metric: value in each bootstrap sample}, with `majority_share` and, given a baseline, the skill."""
    samples = bootstrap.bootstrap_distribution(truth, probabilities, predicted, n_bootstrap, seed)
    values = {"majority_share": (truth == _majority_class(truth)).astype(float)}
    if baseline is not None:
        values["baseline"] = -np.log(baseline[np.arange(len(truth)), truth])
    samples |= bootstrap.bootstrap_means(values, n_bootstrap, seed)
    if "baseline" in samples:
        samples["log_loss_skill"] = 1 - samples["log_loss"] / samples.pop("baseline")
    return samples


def evaluate(
    truth: Labels,
    probabilities: Matrix,
    n_bootstrap: int,
    seed: int,
    predicted: Labels | None = None,
    rule: str = DECISION_RULE,
    baseline: Matrix | None = None,
) -> dict[str, Any]:
    """Return all metrics of one model on one partition, JSON-serializable, with 95 % intervals.

    The calibration error has none; `calibration_error_null` is its distribution for a calibrated model.
    `predicted` is passed with the name of its `rule`. `baseline`: probabilities of the model that `log_loss_skill`
    compares with; without it there is no skill.
    """
    predicted = probabilities.argmax(axis=1) if predicted is None else predicted
    samples = bootstrap_metrics(truth, probabilities, n_bootstrap, seed, predicted, baseline)
    intervals = {name: bootstrap.percentile_interval(values) for name, values in samples.items()}
    values = compute_metrics(truth, probabilities, predicted)
    values["majority_share"] = float((truth == _majority_class(truth)).mean())
    if baseline is not None:
        values["log_loss_skill"] = log_loss_skill(values["log_loss"], compute_metrics(truth, baseline)["log_loss"])
    return {
        **values,
        "calibration_error_null": calibration_error.null_distribution(
            probabilities.max(axis=1), n_bootstrap, seed, values["expected_calibration_error"]
        ),
        "events": len(truth),
        "decision_rule": rule,
        "per_class": per_class_metrics(truth, predicted),
        "confusion": confusion_matrix(truth, predicted),
        "intervals": {name: intervals[name] for name in values if name in intervals},
        "per_class_intervals": {name: intervals[name] for name in intervals if name not in values},
    }


def choose_threshold(fatal: BooleanArray, probability: Matrix) -> float:
    """Return the threshold with the best F1 score of FATL, the lowest one on ties; 0.5 without fatal events."""
    if not fatal.any():
        return 0.5
    scores = [_fatal_f1(fatal, probability >= threshold) for threshold in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(scores))])


def evaluate_fatal(
    fatal: BooleanArray, probability: Matrix, threshold: float, n_bootstrap: int, seed: int, baseline: Matrix
) -> dict[str, Any]:
    """Return binary metrics of one model on one partition with 95 % intervals.

    An event is predicted fatal if its probability >= `threshold`. `baseline`: probabilities of the model that
    `log_loss_skill` compares with.
    """
    once = _fatal_metrics(fatal, probability, threshold, np.ones((1, len(fatal))))
    values: dict[str, Any] = {name: None if np.isnan(value[0]) else float(value[0]) for name, value in once.items()}
    samples = bootstrap.bootstrap_statistics(
        lambda weights: _fatal_metrics(fatal, probability, threshold, weights), len(fatal), n_bootstrap, seed
    )
    majority = (fatal == (2 * fatal.sum() > len(fatal))).astype(float)
    baseline_losses = _fatal_losses(fatal, baseline)
    samples |= bootstrap.bootstrap_means({"majority_share": majority, "baseline": baseline_losses}, n_bootstrap, seed)
    if "baseline" in samples:
        samples["log_loss_skill"] = 1 - samples["log_loss"] / samples.pop("baseline")
    error = calibration_error.expected_calibration_error(fatal, probability)
    return values | {
        "expected_calibration_error": error,
        "calibration_error_null": calibration_error.null_distribution(probability, n_bootstrap, seed, error),
        "events": len(fatal),
        "fatal": int(fatal.sum()),
        "majority_share": float(majority.mean()),
        "log_loss_skill": log_loss_skill(values["log_loss"], float(baseline_losses.mean())),
        "decision_rule": f"fatal if probability >= {threshold:.2f}, tuned on validation",
        "intervals": {name: bootstrap.percentile_interval(array) for name, array in samples.items()},
    }


def _fatal_metrics(fatal: BooleanArray, probability: Matrix, threshold: float, weights: Matrix) -> dict[str, Matrix]:
    """Return {binary metric: one value per row of weights}."""
    predicted = probability >= threshold
    correct, n_fatal, n_predicted = ((weights * rows).sum(axis=1) for rows in (predicted & fatal, fatal, predicted))
    roc_auc, pr_auc = bootstrap.ranking_metrics(fatal, probability, weights)
    return {
        "log_loss": bootstrap.weighted_means(_fatal_losses(fatal, probability), weights),
        "brier": bootstrap.weighted_means((probability - fatal) ** 2, weights),
        "roc_auc": roc_auc,
        "pr_auc": pr_auc,
        "accuracy": bootstrap.weighted_means((predicted == fatal).astype(float), weights),
        "f1": 2 * correct / np.maximum(n_fatal + n_predicted, 1),
        "precision": correct / np.maximum(n_predicted, 1),
        "recall": np.where(n_fatal > 0, correct / np.maximum(n_fatal, 1), np.nan),
    }


def _fatal_losses(fatal: BooleanArray, probability: Matrix) -> Matrix:
    """Return the log loss of each event."""
    return np.asarray(-np.log(np.where(fatal, probability, 1 - probability)))


def _fatal_f1(fatal: BooleanArray, predicted: BooleanArray) -> float:
    return float(2 * (fatal & predicted).sum() / max(fatal.sum() + predicted.sum(), 1))


def _majority_class(truth: Labels) -> int:
    return int(np.bincount(truth, minlength=len(CLASSES)).argmax())


def _f1(truth: Labels, predicted: Labels, average: str) -> float:
    return float(metrics.f1_score(truth, predicted, labels=LABELS, average=average, zero_division=0))


def _balanced_accuracy(truth: Labels, predicted: Labels) -> float:
    """Return the mean recall of the classes that occur."""
    return float(np.mean([(predicted[truth == label] == label).mean() for label in np.unique(truth)]))


def _ranking_metric(score: Callable[..., float], fatal: BooleanArray, probability: Matrix) -> Metric:
    return float(score(fatal, probability)) if 0 < fatal.sum() < len(fatal) else None
