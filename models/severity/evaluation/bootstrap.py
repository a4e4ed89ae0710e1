"""Percentile bootstrap over events (Efron and Tibshirani 1993), vectorized over bootstrap samples.

A bootstrap sample is a row of weights: how often each event was drawn. Metrics are computed on blocks of such rows
without copying events. One row of the feature table is one event, so resampling rows is resampling clusters. The same
seed and number of events give the same samples, so differences between two models on one partition are paired.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES

FATAL = CLASSES.index("FATL")
# Reported next to every F1 score and every other metric of predicted classes, unless another rule is named.
DECISION_RULE = "argmax"
# Weights in a block: 2 MB, which fit in the cache of a processor.
MAX_WEIGHTS = 250_000
# Sets of weights in memory: one byte per event and sample.
MAX_DRAWS = 32
# Distributions in memory: about 20 numbers per sample each, and the predictions.
MAX_KEPT = 256
Labels = np.ndarray[tuple[int], np.dtype[np.int64]]
BooleanArray = np.ndarray[tuple[int], np.dtype[np.bool_]]
Interval = list[float | None]


def bootstrap_weights(n_events: int, n_bootstrap: int, seed: int) -> Iterator[Matrix]:
    """Yield blocks of shape (bootstrap samples, events): how often each event was drawn, as float."""
    yield from _blocks(_draw(n_events, n_bootstrap, seed))


def _blocks(counts: np.ndarray[Any, Any]) -> Iterator[Matrix]:
    """Yield the rows as float, at most MAX_WEIGHTS numbers at a time."""
    size = max(1, MAX_WEIGHTS // max(counts.shape[1], 1))
    for start in range(0, len(counts), size):
        yield counts[start : start + size].astype(float)


@lru_cache(MAX_DRAWS)
def _draw(n_events: int, n_bootstrap: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the weights of all samples, which are kept, because drawing them takes longer than most metrics.

    The probability that an event is drawn more often than 255 times, the most in 8 bits, is negligible.
    """
    generator = np.random.default_rng(seed)
    counts = np.empty((n_bootstrap, n_events), np.uint8)
    for row in range(n_bootstrap):
        counts[row] = np.bincount(generator.integers(0, n_events, n_events), minlength=n_events)
    return counts


def bootstrap_statistics(
    statistics: Callable[[Matrix], dict[str, Matrix]], n_events: int, n_bootstrap: int, seed: int
) -> dict[str, Matrix]:
    """Return {name: one value per bootstrap sample}; `statistics` computes them for a block of weights."""
    blocks = [statistics(weights) for weights in bootstrap_weights(n_events, n_bootstrap, seed)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]} if blocks else {}


def bootstrap_distribution(
    truth: Labels, probabilities: Matrix, predicted: Labels, n_bootstrap: int, seed: int
) -> dict[str, Matrix]:
    """Return {metric: its value in each bootstrap sample, NaN if undefined}.

    The names of the metrics are those of `metrics.METRICS_WITH_INTERVAL`, and precision and recall of each class. The
    last results are kept: several sections of a study compare the same predictions.
    """
    arrays = truth.astype(np.int64), probabilities.astype(float), predicted.astype(np.int64)
    return dict(_kept_distribution(*(array.tobytes() for array in arrays), n_bootstrap, seed))


@lru_cache(MAX_KEPT)
def _kept_distribution(
    truth: bytes, probabilities: bytes, predicted: bytes, n_bootstrap: int, seed: int
) -> dict[str, Matrix]:
    """Return the distribution for arrays of 64-bit numbers."""
    labels, predictions = np.frombuffer(truth, np.int64), np.frombuffer(predicted, np.int64)
    shares = np.frombuffer(probabilities).reshape(-1, len(CLASSES))
    return bootstrap_statistics(
        lambda weights: _weighted_metrics(labels, shares, predictions, weights), len(labels), n_bootstrap, seed
    )


def bootstrap_means(values: Mapping[str, Matrix], n_bootstrap: int, seed: int) -> dict[str, Matrix]:
    """Return {name: mean of its values (one per event) in each bootstrap sample}, for the same samples as above."""
    (n_events,) = {len(array) for array in values.values()}
    return bootstrap_statistics(
        lambda weights: {name: weighted_means(array, weights) for name, array in values.items()},
        n_events,
        n_bootstrap,
        seed,
    )


def auc_samples(fatal: BooleanArray, score: Matrix, n_bootstrap: int, seed: int) -> Matrix:
    """Return the area under the ROC curve in each bootstrap sample, NaN if it has only one class.

    The samples of different scores are not paired: what is drawn depends on the cells.
    """
    rows, counts = draw_cells(np.unique(score, return_inverse=True)[1] * 2 + fatal, n_bootstrap, seed)
    areas = [ranking_metrics(fatal[rows], score[rows], weights)[0] for weights in _blocks(counts)]
    return np.concatenate(areas) if areas else np.array([])


def draw_cells(cells: Labels, n_bootstrap: int, seed: int) -> tuple[Labels, Labels]:
    """Return an event of each cell, and how often events of this cell are drawn in each sample.

    Events of the same cell do not differ in a statistic, so it suffices to draw how many there are of each (a
    multinomial distribution). Of many events with few scores, that is much faster than drawing events.
    """
    _, rows, counts = np.unique(cells, return_index=True, return_counts=True)
    return rows, np.random.default_rng(seed).multinomial(len(cells), counts / len(cells), n_bootstrap)


def percentile_interval(values: Matrix) -> Interval:
    """Return [2.5th, 97.5th percentile] of the values that are not NaN; [None, None] if there are none."""
    defined = values[~np.isnan(values)]
    return [float(bound) for bound in np.percentile(defined, [2.5, 97.5])] if len(defined) else [None, None]


def paired_differences(
    truth: Labels, probabilities: Matrix, other: Matrix, n_bootstrap: int, seed: int
) -> dict[str, dict[str, object]]:
    """Return {metric: {difference, interval}}: first model minus the other, both by argmax, on the same samples."""
    once = np.ones((1, len(truth)))
    pair = [(matrix, matrix.argmax(axis=1)) for matrix in (probabilities, other)]
    values = [_weighted_metrics(truth, matrix, predicted, once) for matrix, predicted in pair]
    samples = [bootstrap_distribution(truth, matrix, predicted, n_bootstrap, seed) for matrix, predicted in pair]
    differences: dict[str, dict[str, object]] = {}
    for name in values[0]:
        difference = float(values[0][name][0] - values[1][name][0])
        interval = percentile_interval(samples[0][name] - samples[1][name]) if n_bootstrap else [None, None]
        differences[name] = {"difference": None if np.isnan(difference) else difference, "interval": interval}
        if name.endswith("f1"):
            differences[name]["decision_rule"] = DECISION_RULE
    return differences


def ranking_metrics(fatal: BooleanArray, score: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Return (area under the ROC curve, average precision) per row of counts; NaN if only one class was drawn.

    Ties share a threshold, as in scikit-learn: a pair with equal scores counts one half in the area.
    """
    if not fatal.any():
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    order = np.argsort(-score, kind="stable")
    # Whole numbers: their sums are exact, and faster than those of floats.
    ordered, is_fatal = np.take(weights.astype(np.int32), order, axis=1), fatal[order]
    # Only scores of fatal events matter: `ends` is the last event with each of them, `begins` the last one before it.
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    scores, first = np.unique(np.searchsorted(last, np.flatnonzero(is_fatal)), return_index=True)
    ends, begins = last[scores], np.r_[-1, last][scores]
    drawn = ordered.cumsum(axis=1, dtype=np.int32)
    at_or_above, above = drawn[:, ends].astype(float), np.where(begins >= 0, drawn[:, begins], 0)
    positives = np.add.reduceat(ordered[:, is_fatal], first, axis=1).astype(float)
    true_positives = positives.cumsum(axis=1)
    n_positives = true_positives[:, -1]
    n_negatives = drawn[:, -1] - n_positives
    has_both = (n_positives > 0) & (n_negatives > 0)
    ranked_below = n_negatives[:, None] - at_or_above + true_positives + (at_or_above - above - positives) / 2
    precision = true_positives / np.maximum(at_or_above, 1)
    area = (positives * ranked_below).sum(axis=1) / np.where(has_both, n_positives * n_negatives, 1)
    average_precision = (positives * precision).sum(axis=1) / np.where(has_both, n_positives, 1)
    return np.where(has_both, area, np.nan), np.where(has_both, average_precision, np.nan)


def weighted_means(values: Matrix, weights: Matrix) -> Matrix:
    """Return the mean per row of weights. Not a matrix product, whose rounding depends on the number of threads."""
    return np.asarray((weights * values).sum(axis=1) / weights.sum(axis=1))


def _weighted_metrics(truth: Labels, probabilities: Matrix, predicted: Labels, weights: Matrix) -> dict[str, Matrix]:
    """Return {metric: one value per row of weights}."""
    size = len(CLASSES)
    rows = np.arange(len(truth))
    # Sums of whole numbers, exact in any order.
    confusion = (weights @ np.eye(size * size)[truth * size + predicted]).reshape(-1, size, size)
    correct, n_true, n_predicted = confusion.diagonal(axis1=1, axis2=2), confusion.sum(axis=2), confusion.sum(axis=1)
    f1 = 2 * correct / np.maximum(n_true + n_predicted, 1)
    recall = np.where(n_true > 0, correct / np.maximum(n_true, 1), np.nan)
    precision = np.where(n_predicted > 0, correct / np.maximum(n_predicted, 1), 0)
    roc_auc, pr_auc = ranking_metrics(truth == FATAL, probabilities[:, FATAL], weights)
    squared_error = ((probabilities - np.eye(size)[truth]) ** 2).sum(axis=1)
    values = {
        "log_loss": weighted_means(-np.log(probabilities[rows, truth]), weights),
        "accuracy": correct.sum(axis=1) / n_true.sum(axis=1),
        "weighted_f1": (f1 * n_true).sum(axis=1) / n_true.sum(axis=1),
        "macro_f1": f1.mean(axis=1),
        "balanced_accuracy": np.nanmean(recall, axis=1),
        "fatal_roc_auc": roc_auc,
        "fatal_pr_auc": pr_auc,
        "brier": weighted_means(squared_error, weights),
    }
    for index, name in enumerate(CLASSES):
        values |= {f"precision_{name}": precision[:, index], f"recall_{name}": recall[:, index]}
    return values
