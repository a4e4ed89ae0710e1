"""Controls that must fail: a model of shuffled labels, and a model of nothing but the event's number and date.

Where one of them succeeds, the study itself leaks. They are trained on the training part and judged on validation.
"""

from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.feature_registry import Feature
from models.severity.estimators.class_shares import fit_class_shares
from models.severity.estimators.xgboost_multiclass import fit_boosted
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import FATAL
from models.severity.evaluation.leakage import MIN_GROUP_EVENTS, LeakageWarning

SHUFFLED_LABELS, EVENT_NUMBER_ONLY = "shuffled labels", "number and date only"
CONTROL_METRICS = ("log_loss", "log_loss_skill", "fatal_roc_auc")
ROUNDS = 40
# Enough to tell chance from a leak; more would only take time.
MAX_EVENTS = 20_000
# Chance alone passes this once in a thousand studies.
STANDARD_ERRORS = 3.3
# Years drift and seasons differ a little, so number and date know something.
EVENT_NUMBER_LIMIT = 0.60
EVENT_NUMBER_FEATURES = tuple(
    Feature(column=name, meaning="Of the number or the date.", kind="number", known="T0", missing="not a number")
    for name in ("year", "month", "day", "weekday", "number", "length")
)


def run_controls(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: tuple[Feature, ...],
    smallest: int,
    knobs: BoostingSettings,
    draws: int,
) -> dict[str, dict[str, Any]]:
    """Control -> figures on validation, with the fatal AUC that chance allows."""
    sample = _sample(train, knobs.seed)
    shuffled = sample.assign(severity=np.random.default_rng(knobs.seed).permutation(sample["severity"].to_numpy()))
    numbered = [frame.assign(**_event_number_features(frame)) for frame in (sample, validation)]
    return {
        SHUFFLED_LABELS: _evaluate_control(shuffled, validation, features, smallest, knobs, draws),
        EVENT_NUMBER_ONLY: _evaluate_control(numbered[0], numbered[1], EVENT_NUMBER_FEATURES, smallest, knobs, draws),
    }


def check_controls(controls: dict[str, dict[str, Any]]) -> list[LeakageWarning]:
    """Alarms over controls that did not fail; none where validation is too small to tell."""
    found = []
    for name, control in controls.items():
        auc, limit = control["fatal_roc_auc"], control["fatal_roc_auc_limit"]
        if auc is not None and limit is not None and auc > limit:
            text = f"{name}: fatal AUC {auc:.3f} on validation, at most {limit:.3f} expected; the study itself leaks"
            found.append(LeakageWarning(f"{name}: fatal AUC", auc, text))
    return found


def _evaluate_control(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: tuple[Feature, ...],
    smallest: int,
    knobs: BoostingSettings,
    draws: int,
) -> dict[str, Any]:
    model = fit_boosted(train, fit_encoder(train, features, smallest), knobs, min(ROUNDS, knobs.rounds))
    truth = labels(validation)
    baseline = fit_class_shares(train).probabilities(validation)
    judged = metrics.evaluate(truth, model.probabilities(validation), draws, knobs.seed, baseline=baseline)
    fatal = int((truth == FATAL).sum())
    return {
        **{name: judged[name] for name in CONTROL_METRICS},
        "intervals": {name: judged["intervals"].get(name) for name in CONTROL_METRICS},
        "fatal_roc_auc_limit": _auc_limit(fatal, len(truth) - fatal, features),
        "n_train": len(train),
        "events": len(truth),
    }


def _auc_limit(fatal: int, others: int, features: tuple[Feature, ...]) -> float | None:
    """The largest AUC that is no alarm: chance for shuffled labels (its standard error without ties), a little more
    for numbers and dates."""
    if min(fatal, others) < MIN_GROUP_EVENTS:
        return None
    chance = 0.5 + STANDARD_ERRORS * float(np.sqrt((fatal + others + 1) / (12 * fatal * others)))
    return max(chance, EVENT_NUMBER_LIMIT) if features is EVENT_NUMBER_FEATURES else chance


def _sample(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(train) <= MAX_EVENTS:
        return train
    rows = np.random.default_rng(seed).choice(len(train), MAX_EVENTS, replace=False)
    return train.iloc[np.sort(rows)].reset_index(drop=True)


def _event_number_features(events: pd.DataFrame) -> dict[str, pd.Series]:
    """What number and date say by themselves: the last five digits of ev_id count the events of a day."""
    when = pd.to_datetime(events["ev_date"])
    parts = {"year": when.dt.year, "month": when.dt.month, "day": when.dt.day, "weekday": when.dt.day_of_week}
    return parts | {
        "number": pd.to_numeric(events["ev_id"].str[-5:], errors="coerce"),
        "length": events["ev_id"].str.len(),
    }
