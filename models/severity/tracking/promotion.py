"""Promotion rules: a challenger becomes champion only if it is shown to be better on the same events.

Pure functions; tracking/model_registry.py applies them to MLflow's registry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.evaluation import bootstrap
from models.severity.tracking.csv_log import append_line

LOG_COLUMNS = (
    *("fingerprint", "release", "model", "version", "champion_before", "promoted"),
    *("events", "difference", "low", "high", "reason"),
)
# At least this many bootstrap samples, even if the study is configured with fewer: the tails need them.
MIN_BOOTSTRAP = 200


@dataclass(frozen=True)
class Comparison:
    """Challenger minus champion in log loss on the same events, below 0 if better, with its 95 % bootstrap interval."""

    events: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes champion, and why."""

    promoted: bool
    reason: str
    comparison: Comparison | None = None


def compare(truth: Any, challenger: Matrix, champion: Matrix, n_bootstrap: int, seed: int) -> Comparison:
    """Return the difference in log loss of probabilities, shape (events, 4), for the same events; `truth` is 0..3."""
    rows = np.arange(len(truth))
    differences = np.log(champion[rows, truth]) - np.log(challenger[rows, truth])
    means = bootstrap.bootstrap_means({"difference": differences}, max(n_bootstrap, MIN_BOOTSTRAP), seed)
    low, high = np.percentile(means["difference"], [2.5, 97.5])
    return Comparison(len(truth), float(differences.mean()), float(low), float(high))


def decide_without_comparison(leakage_warnings: Sequence[str], reason_not_comparable: str = "") -> Decision:
    """Return the decision: promote if there is no champion, not if it cannot be evaluated on the same test set."""
    if leakage_warnings:
        return Decision(False, _leakage_reason(leakage_warnings))
    if reason_not_comparable:
        return Decision(False, f"not comparable with the champion: {reason_not_comparable}")
    return Decision(True, "there is no champion to compare with")


def decide(leakage_warnings: Sequence[str], comparison: Comparison, age: int | None, patience: int) -> Decision:
    """Return the decision: promote if the interval is below 0, or if it contains 0 and the champion is old.

    It is old if its release is at least `patience` publications old. `age`: publications since the champion's release,
    None if this database does not know that release. With leakage warnings, no model is promoted.
    """
    interval = f"[{comparison.low:+.4f}, {comparison.high:+.4f}]"
    difference = f"log loss {comparison.difference:+.4f} {interval} on {comparison.events} events"
    if leakage_warnings:
        return Decision(False, _leakage_reason(leakage_warnings), comparison)
    if comparison.high < 0:
        return Decision(True, f"better than the champion: {difference}", comparison)
    if age is not None and age >= patience and comparison.low <= 0:
        reason = f"not worse, and the champion's release is {age} publications old: {difference}"
        return Decision(True, reason, comparison)
    return Decision(False, f"not shown to be better than the champion: {difference}", comparison)


def log_decision(log: Path, values: dict[str, Any], decision: Decision) -> None:
    """Append one line to the promotion log, which is created if missing; lines are never changed."""
    line = values | {"promoted": "yes" if decision.promoted else "no", "reason": decision.reason}
    if comparison := decision.comparison:
        bounds = {name: round(getattr(comparison, name), 6) for name in ("difference", "low", "high")}
        line |= {"events": comparison.events} | bounds
    append_line(log, LOG_COLUMNS, line, line_end="\r\n")


def _leakage_reason(leakage_warnings: Sequence[str]) -> str:
    return f"leakage warnings: {'; '.join(leakage_warnings)}"
