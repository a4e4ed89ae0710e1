"""Who is champion: a challenger takes the place only where it is shown to be better on the same events.

Pure rules; models/champion.py applies them to MLflow's registry.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix

LOG_COLUMNS = (
    *("fingerprint", "release", "model", "version", "champion_before", "promoted"),
    *("events", "difference", "low", "high", "reason"),
)


# Draws, however few a study asks for: fewer say nothing of the ends of an interval.
MIN_BOOTSTRAP = 200


@dataclass(frozen=True)
class Comparison:
    """Paired difference of the log loss, challenger less champion, on the same events: below 0, the challenger wins.

    `low` and `high` bound it with 95 %; events were drawn with replacement.
    """

    events: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Decision:
    """Whether the challenger becomes champion, and the sentence that says why."""

    promoted: bool
    reason: str
    comparison: Comparison | None = None


def compare(truth: Any, ours: Matrix, theirs: Matrix, draws: int, seed: int) -> Comparison:
    """`truth` 0..3; `ours` and `theirs` rows x 4 of the same events in the same order."""
    rows = np.arange(len(truth))
    paired = np.log(theirs[rows, truth]) - np.log(ours[rows, truth])
    dice = np.random.default_rng(seed)
    means = [float(paired[dice.integers(0, len(paired), len(paired))].mean()) for _ in range(max(draws, MIN_BOOTSTRAP))]
    low, high = np.percentile(means, [2.5, 97.5])
    return Comparison(len(truth), float(paired.mean()), float(low), float(high))


def decide_without_champion(alarms: Sequence[str]) -> Decision:
    """Where there is no champion, or nothing is left of it: a challenger without alarms is taken."""
    if alarms:
        return Decision(False, _leakage_reason(alarms))
    return Decision(True, "there is no champion to compare with")


def decide_incomparable(alarms: Sequence[str], why: str) -> Decision:
    """Where the champion cannot be judged on the challenger's test: it stays until somebody moves the alias by hand."""
    return Decision(False, _leakage_reason(alarms) if alarms else f"not comparable with the champion: {why}")


def decide(alarms: Sequence[str], found: Comparison, behind: int | None, patience: int) -> Decision:
    """Better with an interval below 0; or not worse, where the champion's release is `patience` publications old.

    `behind`: publications since the champion's release, None where this database does not know it.
    """
    spoken = f"log loss {found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}] on {found.events} events"
    if alarms:
        return Decision(False, _leakage_reason(alarms), found)
    if found.high < 0:
        return Decision(True, f"better than the champion: {spoken}", found)
    if behind is not None and behind >= patience and found.low <= 0:
        return Decision(True, f"not worse, and the champion's release is {behind} publications old: {spoken}", found)
    return Decision(False, f"not shown to be better than the champion: {spoken}", found)


def log_decision(log: Path, values: dict[str, Any], decision: Decision) -> None:
    """Appends one line to the log of promotions; lines are never changed."""
    found = decision.comparison
    line = values | {"promoted": "yes" if decision.promoted else "no", "reason": decision.reason}
    if found is not None:
        line |= {"events": found.events} | {
            name: round(getattr(found, name), 6) for name in ("difference", "low", "high")
        }
    log.parent.mkdir(parents=True, exist_ok=True)
    is_new = not log.exists()
    with log.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, LOG_COLUMNS, restval="")
        if is_new:
            writer.writeheader()
        writer.writerow(line)


def _leakage_reason(alarms: Sequence[str]) -> str:
    return f"alarms: {'; '.join(alarms)}"
