"""Controls that must fail: a model of shuffled labels, and a model of nothing but the event's number and date.

Where one of them succeeds, the study itself leaks. They are trained on the training part and judged on validation.
"""

from typing import Any

import numpy as np
import pandas as pd

from models import judge
from models.alarms import SMALLEST_GROUP
from models.bootstrap import FATAL
from models.encode import fit_encoder, labels
from models.exceptions import Alarm
from models.fit import fit_boosted, fit_shares
from models.knobs import Knobs
from models.registry import Feature

SHUFFLED, NUMBERS = "shuffled labels", "number and date only"
SHOWN = ("log_loss", "log_loss_skill", "fatal_roc_auc")
ROUNDS = 40
# Enough to tell chance from a leak; more would only take time.
EVENTS = 20_000
# Chance alone passes this once in a thousand studies.
ERRORS = 3.3
# Years drift and seasons differ a little, so number and date know something.
NUMBERS_LIMIT = 0.60
NUMBERED = tuple(
    Feature(column=name, meaning="Of the number or the date.", kind="number", known="T0", missing="not a number")
    for name in ("year", "month", "day", "weekday", "number", "length")
)


def run(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: tuple[Feature, ...],
    smallest: int,
    knobs: Knobs,
    draws: int,
) -> dict[str, dict[str, Any]]:
    """Control -> figures on validation, with the fatal AUC that chance allows."""
    sample = _sample(train, knobs.seed)
    shuffled = sample.assign(severity=np.random.default_rng(knobs.seed).permutation(sample["severity"].to_numpy()))
    numbered = [frame.assign(**_numbers(frame)) for frame in (sample, validation)]
    return {
        SHUFFLED: _judged(shuffled, validation, features, smallest, knobs, draws),
        NUMBERS: _judged(numbered[0], numbered[1], NUMBERED, smallest, knobs, draws),
    }


def raised(controls: dict[str, dict[str, Any]]) -> list[Alarm]:
    """Alarms over controls that did not fail; none where validation is too small to tell."""
    found = []
    for name, control in controls.items():
        auc, limit = control["fatal_roc_auc"], control["fatal_roc_auc_limit"]
        if auc is not None and limit is not None and auc > limit:
            text = f"{name}: fatal AUC {auc:.3f} on validation, at most {limit:.3f} expected; the study itself leaks"
            found.append(Alarm(f"{name}: fatal AUC", auc, text))
    return found


def _judged(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: tuple[Feature, ...],
    smallest: int,
    knobs: Knobs,
    draws: int,
) -> dict[str, Any]:
    model = fit_boosted(train, fit_encoder(train, features, smallest), knobs, min(ROUNDS, knobs.rounds))
    truth = labels(validation)
    baseline = fit_shares(train).probabilities(validation)
    judged = judge.judge(truth, model.probabilities(validation), draws, knobs.seed, baseline=baseline)
    fatal = int((truth == FATAL).sum())
    return {
        **{name: judged[name] for name in SHOWN},
        "intervals": {name: judged["intervals"].get(name) for name in SHOWN},
        "fatal_roc_auc_limit": _limit(fatal, len(truth) - fatal, features),
        "learned_from": len(train),
        "events": len(truth),
    }


def _limit(fatal: int, others: int, features: tuple[Feature, ...]) -> float | None:
    """The largest AUC that is no alarm: chance for shuffled labels (its standard error without ties), a little more
    for numbers and dates."""
    if min(fatal, others) < SMALLEST_GROUP:
        return None
    chance = 0.5 + ERRORS * float(np.sqrt((fatal + others + 1) / (12 * fatal * others)))
    return max(chance, NUMBERS_LIMIT) if features is NUMBERED else chance


def _sample(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(train) <= EVENTS:
        return train
    rows = np.random.default_rng(seed).choice(len(train), EVENTS, replace=False)
    return train.iloc[np.sort(rows)].reset_index(drop=True)


def _numbers(events: pd.DataFrame) -> dict[str, pd.Series]:
    """What number and date say by themselves: the last five digits of ev_id count the events of a day."""
    when = pd.to_datetime(events["ev_date"])
    parts = {"year": when.dt.year, "month": when.dt.month, "day": when.dt.day, "weekday": when.dt.day_of_week}
    return parts | {
        "number": pd.to_numeric(events["ev_id"].str[-5:], errors="coerce"),
        "length": events["ev_id"].str.len(),
    }
