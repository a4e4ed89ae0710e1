"""Negative controls: a model of shuffled labels, and a model of nothing but the event's number and date.

Neither can predict severity; if one does, the study itself leaks. Both are fitted on train and evaluated on validation.
"""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import encode_events, fit_encoder, labels
from models.severity.data.feature_registry import Feature, Features
from models.severity.estimators.class_shares import fit_class_shares
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import FATAL
from models.severity.evaluation.leakage import MIN_GROUP_EVENTS, LeakageWarning, auc_by_chance

SHUFFLED_LABELS, EVENT_NUMBER_ONLY = "shuffled labels", "event number and date only"
CONTROL_METRICS = ("log_loss", "log_loss_skill", "fatal_roc_auc")
ROUNDS = 40
# Enough events to tell leakage from chance.
MAX_EVENTS = 20_000
# Severity drifts over the years and differs a little by season, so number and date carry some information.
EVENT_NUMBER_LIMIT = 0.60
EVENT_NUMBER_FEATURES = tuple(
    Feature(name, "Of the number or the date.", kind="number", known="T0", published="first_record")
    for name in ("year", "month", "day", "weekday", "number", "length")
)


def run_controls(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: Features,
    settings: StudySettings,
    boosting: BoostingSettings,
) -> dict[str, dict[str, Any]]:
    """Return {control: metrics on validation}, with the largest fatal AUC that chance explains."""
    sample = _sample(train, boosting.seed)
    shuffled = sample.assign(severity=np.random.default_rng(boosting.seed).permutation(sample["severity"].to_numpy()))
    numbered, numbered_validation = (frame.assign(**_event_number_features(frame)) for frame in (sample, validation))
    evaluate = partial(_evaluate_control, settings=settings, boosting=boosting)
    return {
        SHUFFLED_LABELS: evaluate(shuffled, validation, features),
        EVENT_NUMBER_ONLY: evaluate(numbered, numbered_validation, EVENT_NUMBER_FEATURES),
    }


def check_controls(controls: dict[str, dict[str, Any]]) -> list[LeakageWarning]:
    """Return warnings about controls that predict severity; none if validation has too few events."""
    warnings = []
    for name, control in controls.items():
        auc, limit = control["fatal_roc_auc"], control["fatal_roc_auc_limit"]
        if auc is not None and limit is not None and auc > limit:
            message = (
                f"{name}: fatal AUC: expected at most {limit:.3f} on validation, found {auc:.3f}; "
                "look for leakage in the study itself, such as the order of the rows"
            )
            warnings.append(LeakageWarning(f"{name}: fatal AUC", auc, message))
    return warnings


def _evaluate_control(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    features: Features,
    settings: StudySettings,
    boosting: BoostingSettings,
) -> dict[str, Any]:
    """Return metrics on `validation` of a model fitted on `train`, and the largest fatal AUC that chance explains."""
    encoder = fit_encoder(train, features, settings.min_category_count)
    model = BoostedModel.fit_encoded(encode_events(encoder, train), boosting, rounds=min(ROUNDS, boosting.rounds))
    truth = labels(validation)
    baseline = fit_class_shares(train).probabilities(validation)
    evaluation = metrics.evaluate(
        truth, model.probabilities(validation), settings.n_bootstrap, settings.seed, baseline=baseline
    )
    n_fatal = int((truth == FATAL).sum())
    return {
        **{name: evaluation[name] for name in CONTROL_METRICS},
        "intervals": {name: evaluation["intervals"].get(name) for name in CONTROL_METRICS},
        "fatal_roc_auc_limit": _auc_limit(n_fatal, len(truth) - n_fatal, features),
        "n_train": len(train),
        "events": len(truth),
    }


def _auc_limit(n_fatal: int, n_others: int, features: Features) -> float | None:
    """Return the largest AUC without a warning; None with too few events."""
    if min(n_fatal, n_others) < MIN_GROUP_EVENTS:
        return None
    chance = auc_by_chance(n_fatal, n_others)
    return max(chance, EVENT_NUMBER_LIMIT) if features is EVENT_NUMBER_FEATURES else chance


def _sample(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return up to MAX_EVENTS events, drawn at random."""
    if len(train) <= MAX_EVENTS:
        return train
    rows = np.random.default_rng(seed).choice(len(train), MAX_EVENTS, replace=False)
    return train.iloc[np.sort(rows)].reset_index(drop=True)


def _event_number_features(events: pd.DataFrame) -> dict[str, pd.Series]:
    """Return columns derived from date and number; the last five digits of ev_id count the events of a day."""
    date = pd.to_datetime(events["ev_date"])
    parts = {"year": date.dt.year, "month": date.dt.month, "day": date.dt.day, "weekday": date.dt.day_of_week}
    return parts | {
        "number": pd.to_numeric(events["ev_id"].str[-5:], errors="coerce"),
        "length": events["ev_id"].str.len(),
    }
