"""Promotion rules: a challenger becomes champion only if it is shown to be better on the same events.

Pure functions; tracking/model_registry.py applies them to MLflow's registry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.data.encoding import Matrix
from models.severity.evaluation import bootstrap
from models.severity.tracking.csv_log import append_line

LOG_COLUMNS = (
    *("fingerprint", "release", "model", "version", "champion_before", "promoted"),
    *("events", "difference", "low", "high", "reason"),
)
# At least this many bootstrap samples, even if the study is configured with fewer: the tails need them.
MIN_BOOTSTRAP = 200
# Probability that a model that is not better is ever promoted on one test set.
ALPHA = 0.05
# Log loss by which a model that replaces an old champion may be worse than the best champion so far. Without a margin
# against the best one, each replacement could be a little worse than the last.
NON_INFERIORITY_MARGIN = 0.002


@dataclass(frozen=True)
class Comparison:
    """Challenger minus another model in log loss on the same events, below 0 if better, with its interval.

    `confidence`: that of the interval, which grows with the number of models evaluated on the test set.
    """

    other: str
    events: int
    difference: float
    low: float
    high: float
    confidence: float = 1 - ALPHA / 2

    def __str__(self) -> str:
        interval = f"[{self.low:+.4f}, {self.high:+.4f}] at {100 * self.confidence:.4g} %"
        return f"log loss {self.difference:+.4f} {interval} on {self.events} events"


@dataclass(frozen=True)
class Comparisons:
    """Comparisons of a challenger on its test set.

    `baseline`: with the best model that ignores the features. `champion` and `best`: with the champion and with the
    best of all champions so far, None if there are none. `age`: publications since the release of the champion, None if
    this database does not know that release. `not_comparable`: why the champion cannot be evaluated on this test set.
    """

    baseline: Comparison
    champion: Comparison | None = None
    best: Comparison | None = None
    age: int | None = None
    not_comparable: str = ""


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes champion, and why. `comparison`: the one that decided, if any."""

    promoted: bool
    reason: str
    comparison: Comparison | None = None


def compare(
    truth: Any,
    challenger: Matrix,
    other: Matrix,
    n_bootstrap: int,
    seed: int,
    name: str = "champion",
    evaluations: int = 1,
) -> Comparison:
    """Return the difference in log loss of probabilities, shape (events, 4), for the same events; `truth` is 0..3.

    The interval is normal, with the standard error of the bootstrap: quantiles of the bootstrap would be too coarse for
    the tails. The model that is the k-th `evaluations` on the test set spends ALPHA / (k (k + 1)) of the error
    probability, so that all of them together spend ALPHA (Lan and DeMets 1983).
    """
    rows = np.arange(len(truth))
    differences = np.log(other[rows, truth]) - np.log(challenger[rows, truth])
    means = bootstrap.bootstrap_means({"difference": differences}, max(n_bootstrap, MIN_BOOTSTRAP), seed)
    spent = ALPHA / (evaluations * (evaluations + 1))
    difference, half = float(differences.mean()), float(norm.isf(spent / 2) * means["difference"].std())
    return Comparison(name, len(truth), difference, difference - half, difference + half, 1 - spent)


def decide(
    leakage_warnings: Sequence[str], not_evaluated: Sequence[str], comparisons: Comparisons, patience: int
) -> Decision:
    """Return the decision; the first rule that applies states the reason.

    Never champion: a model with leakage warnings, with checks that could not be evaluated, not shown to be better than
    the best baseline, or not comparable with the champion. Champion: a model shown to be better than the champion, or
    not worse than the best champion so far by more than the margin if the champion's release is `patience` publications
    old.
    """
    baseline, champion, best = comparisons.baseline, comparisons.champion, comparisons.best
    if leakage_warnings:
        return Decision(False, f"leakage warnings: {'; '.join(leakage_warnings)}")
    if not_evaluated:
        return Decision(False, f"not evaluated: {'; '.join(not_evaluated)}")
    if baseline.high >= 0:
        reason = f"not shown to be better than the best baseline, {baseline.other}: {baseline}"
        return Decision(False, reason, baseline)
    if comparisons.not_comparable:
        return Decision(False, f"not comparable with the champion: {comparisons.not_comparable}")
    if champion is None:
        reason = f"there is no champion; better than the best baseline, {baseline.other}: {baseline}"
        return Decision(True, reason, baseline)
    if champion.high < 0:
        return Decision(True, f"better than the champion: {champion}", champion)
    if comparisons.age is not None and comparisons.age >= patience and best and best.high <= NON_INFERIORITY_MARGIN:
        reason = f"the champion's release is {comparisons.age} publications old, and not worse than {best.other}"
        return Decision(True, f"{reason} by more than {NON_INFERIORITY_MARGIN}: {best}", best)
    return Decision(False, f"not shown to be better than the champion: {champion}", champion)


def log_decision(log: Path, values: dict[str, Any], decision: Decision) -> None:
    """Append one line to the promotion log, which is created if missing; lines are never changed."""
    line = values | {"promoted": "yes" if decision.promoted else "no", "reason": decision.reason}
    if comparison := decision.comparison:
        bounds = {name: round(getattr(comparison, name), 6) for name in ("difference", "low", "high")}
        line |= {"events": comparison.events} | bounds
    append_line(log, LOG_COLUMNS, line, line_end="\r\n")
