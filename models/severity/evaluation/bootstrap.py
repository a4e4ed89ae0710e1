"""Intervals by drawing events again, for many draws at once: a drawn event is a weight, so nothing is copied.

A row is an event (models/population.py refuses a table where it is not), so drawing rows is drawing clusters.
The same seed and number of events give the same draws: differences of two models on one part are paired.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES

FATAL = CLASSES.index("FATL")
CALIBRATION_BINS = 15
# The rule beside every F1 and every other figure of chosen classes, unless another is named.
DECISION_RULE = "argmax"
# Weights held at one time: 32 MB.
MAX_WEIGHTS = 4_000_000
Labels = np.ndarray[tuple[int], np.dtype[np.int64]]
BooleanArray = np.ndarray[tuple[int], np.dtype[np.bool_]]
Interval = list[float | None]


def bootstrap_weights(events: int, draws: int, seed: int) -> Iterator[Matrix]:
    """Draws x events, in blocks: how often each event was drawn."""
    generator = np.random.default_rng(seed)
    block = max(1, MAX_WEIGHTS // max(events, 1))
    for begin in range(0, draws, block):
        rows = [generator.integers(0, events, events) for _ in range(min(block, draws - begin))]
        yield np.stack([np.bincount(drawn, minlength=events) for drawn in rows]).astype(float)


def bootstrap_distribution(
    truth: Labels, probabilities: Matrix, chosen: Labels, draws: int, seed: int
) -> dict[str, Matrix]:
    """Figure -> its value in each draw, NaN where it cannot be had; names as in models/judge.py."""
    blocks = [
        _weighted_metrics(truth, probabilities, chosen, drawn) for drawn in bootstrap_weights(len(truth), draws, seed)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]} if blocks else {}


def bootstrap_means(values: Mapping[str, Matrix], draws: int, seed: int) -> dict[str, Matrix]:
    """Name -> mean of its values (one per event) in each draw, over the events that `distribution` draws."""
    (size,) = {len(each) for each in values.values()}
    blocks = [
        {name: weighted_means(each, drawn) for name, each in values.items()}
        for drawn in bootstrap_weights(size, draws, seed)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in values} if blocks else {}


def auc_interval(fatal: BooleanArray, score: Matrix, draws: int, seed: int) -> Interval:
    """Of the area under ROC. Events of one score and one outcome are drawn together: the same, in less time."""
    place = np.unique(score, return_inverse=True)[1]
    size = int(place.max()) + 1
    cells = np.bincount(place + size * ~fatal, minlength=2 * size)
    generator, found = np.random.default_rng(seed), []
    for _ in range(draws):
        drawn = generator.multinomial(len(fatal), cells / len(fatal)).astype(float)
        yes, no = drawn[:size], drawn[size:]
        pairs = yes.sum() * no.sum()
        found.append((yes * (no.cumsum() - no / 2)).sum() / pairs if pairs else np.nan)
    return percentile_interval(np.array(found))


def percentile_interval(values: Matrix) -> Interval:
    """[2.5 %, 97.5 %] of the values that there are."""
    sound = values[~np.isnan(values)]
    return [float(bound) for bound in np.percentile(sound, [2.5, 97.5])] if len(sound) else [None, None]


def paired_differences(
    truth: Labels, ours: Matrix, theirs: Matrix, draws: int, seed: int
) -> dict[str, dict[str, object]]:
    """Figure -> difference (ours minus theirs, both by argmax) and its 95 % interval over the same drawn events."""
    one = np.ones((1, len(truth)))
    values = [_weighted_metrics(truth, each, each.argmax(axis=1), one) for each in (ours, theirs)]
    drawn = [bootstrap_distribution(truth, each, each.argmax(axis=1), draws, seed) for each in (ours, theirs)]
    found: dict[str, dict[str, object]] = {}
    for name in values[0]:
        difference = float(values[0][name][0] - values[1][name][0])
        bounds = percentile_interval(drawn[0][name] - drawn[1][name]) if draws else [None, None]
        found[name] = {"difference": None if np.isnan(difference) else difference, "interval": bounds}
        if name.endswith("f1"):
            found[name]["decision_rule"] = DECISION_RULE
    return found


def ranking_metrics(fatal: BooleanArray, score: Matrix, drawn: Matrix) -> tuple[Matrix, Matrix]:
    """(area under ROC, average precision) per draw; events of equal score stand together. NaN with one class only."""
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) != 0])
    ordered = drawn[:, order]
    yes = np.add.reduceat(ordered * fatal[order], starts, axis=1)
    no = np.add.reduceat(ordered * ~fatal[order], starts, axis=1)
    before_yes, before_no = yes.cumsum(axis=1), no.cumsum(axis=1)
    all_yes, all_no = before_yes[:, -1], before_no[:, -1]
    both = (all_yes > 0) & (all_no > 0)
    beaten = all_no[:, None] - before_no + no / 2
    precision = before_yes / np.maximum(before_yes + before_no, 1)
    area = (yes * beaten).sum(axis=1) / np.where(both, all_yes * all_no, 1)
    average = (yes * precision).sum(axis=1) / np.where(both, all_yes, 1)
    return np.where(both, area, np.nan), np.where(both, average, np.nan)


def calibration_errors(right: BooleanArray, stated: Matrix, drawn: Matrix) -> Matrix:
    """Expected calibration error per draw: 15 bins of equal width, weighted by their events."""
    place = np.minimum((stated * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    off = right.astype(float) - stated
    bins = [np.abs((drawn[:, place == at] * off[place == at]).sum(axis=1)) for at in np.unique(place)]
    return np.asarray(sum(bins) / drawn.sum(axis=1))


def weighted_means(values: Matrix, drawn: Matrix) -> Matrix:
    """Mean per draw; not a matrix product, whose sums depend on the number of threads."""
    return np.asarray((drawn * values).sum(axis=1) / drawn.sum(axis=1))


def _weighted_metrics(truth: Labels, probabilities: Matrix, chosen: Labels, drawn: Matrix) -> dict[str, Matrix]:
    size = len(CLASSES)
    rows = np.arange(len(truth))
    # Sums of whole numbers, exact in any order.
    cells = (drawn @ np.eye(size * size)[truth * size + chosen]).reshape(-1, size, size)
    hit, true, said = cells.diagonal(axis1=1, axis2=2), cells.sum(axis=2), cells.sum(axis=1)
    f1 = 2 * hit / np.maximum(true + said, 1)
    recall = np.where(true > 0, hit / np.maximum(true, 1), np.nan)
    precision = np.where(said > 0, hit / np.maximum(said, 1), 0)
    area, average = ranking_metrics(truth == FATAL, probabilities[:, FATAL], drawn)
    off = ((probabilities - np.eye(size)[truth]) ** 2).sum(axis=1)
    found = {
        "log_loss": weighted_means(-np.log(probabilities[rows, truth]), drawn),
        "accuracy": hit.sum(axis=1) / true.sum(axis=1),
        "weighted_f1": (f1 * true).sum(axis=1) / true.sum(axis=1),
        "macro_f1": f1.mean(axis=1),
        "balanced_accuracy": np.nanmean(recall, axis=1),
        "fatal_roc_auc": area,
        "fatal_pr_auc": average,
        "brier": weighted_means(off, drawn),
        "expected_calibration_error": calibration_errors(chosen == truth, probabilities[rows, chosen], drawn),
    }
    for at, name in enumerate(CLASSES):
        found |= {f"precision_{name}": precision[:, at], f"recall_{name}": recall[:, at]}
    return found
