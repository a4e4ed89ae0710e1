"""Figures that are too good to be true. An alarm stops promotion to champion until exceptions.toml explains it.

The limits rest on what honest features reach on NTSB's data out of time: weighted F1 0.53-0.58, fatal AUC 0.84-0.88,
the best single field (phase of flight) below 0.80. Higher ones were outcomes, duplicates, or blanks.

Reviewed exceptions: alarms that somebody has explained (exceptions.toml), and those that nobody has.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import roc_auc_score

from models.severity.data.encoding import Matrix, fit_encoder
from models.severity.data.feature_registry import Feature
from models.severity.evaluation.bootstrap import Interval, auc_interval
from models.severity.parallel import run_all

WAIVERS_FILE = Path(__file__).with_name("leakage_waivers.toml")
WAIVER_KEYS = {"alarm", "prediction_time", "at_most", "release", "reason"}


@dataclass(frozen=True)
class LeakageWarning:
    """One gate that was passed: its name, the figure, and what to say of it (the text begins with the name)."""

    gate: str
    figure: float
    text: str


WEIGHTED_F1_LIMIT = 0.65
FATAL_AUC_LIMIT = 0.90
SINGLE_FEATURE_LIMIT = 0.80
MISSINGNESS_LIMIT = 0.60
# With fewer fatal (or other) events than this, chance alone passes the limits, so nothing is judged.
MIN_GROUP_EVENTS = 20
FOLDS = 5
# For a field by itself few trees are enough to see a leak.
ROUNDS, LEARNING_RATE = 10, 0.5


def check_metrics(model: str, test: Mapping[str, Any]) -> list[LeakageWarning]:
    """Alarms over a model's figures on the test part, or over those of one of its decision rules."""
    fatal = test["per_class"]["FATL"]["events"]
    limits = {"weighted_f1": WEIGHTED_F1_LIMIT, "fatal_roc_auc": FATAL_AUC_LIMIT}
    return _above_limits(model, test, limits, fatal)


def check_fatal_metrics(model: str, test: Mapping[str, Any]) -> list[LeakageWarning]:
    """Alarms over the figures of a model that is asked only whether anybody dies."""
    return _above_limits(
        model, {**test, "fatal_roc_auc": test["roc_auc"]}, {"fatal_roc_auc": FATAL_AUC_LIMIT}, test["fatal"]
    )


def _above_limits(
    model: str, test: Mapping[str, Any], limits: Mapping[str, float], fatal: float
) -> list[LeakageWarning]:
    if min(fatal, test["events"] - fatal) < MIN_GROUP_EVENTS:
        return []
    return [
        LeakageWarning(
            f"{model}: {name}",
            test[name],
            f"{model}: {name} {test[name]:.3f} on test, at most {limit} is plausible; look for a leak or a duplicate",
        )
        for name, limit in limits.items()
        if test[name] is not None and test[name] > limit
    ]


@dataclass(frozen=True)
class AucEstimate:
    """Fatal AUC, and its 95 % interval from drawing events."""

    figure: float
    interval: Interval


def single_feature_auc(
    events: pd.DataFrame, features: tuple[Feature, ...], smallest: int, seed: int, draws: int
) -> dict[str, AucEstimate]:
    """Of each feature by itself, out of fold; categories are learned inside each fold. Empty if too few."""
    jobs = [
        partial(_cross_validated_auc, events, (feature,), smallest, seed, draws, blanks=False) for feature in features
    ]
    found = zip(features, run_all(jobs), strict=True)
    return {feature.column: area for feature, area in found if area is not None}


def missingness_auc(events: pd.DataFrame, features: tuple[Feature, ...], seed: int, draws: int) -> AucEstimate | None:
    """Of nothing but which fields are blank, out of fold."""
    return _cross_validated_auc(events, features, 1, seed, draws, blanks=True)


def check_features(single: Mapping[str, float], blanks: float | None) -> list[LeakageWarning]:
    """Alarms over single features and over blanks."""
    found = [
        LeakageWarning(
            f"{name}: fatal AUC",
            auc,
            f"{name}: fatal AUC {auc:.3f} by itself, at most {SINGLE_FEATURE_LIMIT} is plausible; is it known in time?",
        )
        for name, auc in single.items()
        if auc > SINGLE_FEATURE_LIMIT
    ]
    if blanks is not None and blanks >= MISSINGNESS_LIMIT:
        text = (
            f"blank fields alone: fatal AUC {blanks:.3f}, below {MISSINGNESS_LIMIT} expected; "
            "some field is filled in only where somebody lived to do so"
        )
        found.append(LeakageWarning("blank fields alone: fatal AUC", blanks, text))
    return found


def _cross_validated_auc(
    events: pd.DataFrame, features: tuple[Feature, ...], smallest: int, seed: int, draws: int, blanks: bool
) -> AucEstimate | None:
    fatal = (events["severity"] == "FATL").to_numpy()
    if min(fatal.sum(), (~fatal).sum()) < MIN_GROUP_EVENTS:
        return None
    # Every event is one row, so folds by place keep events whole.
    events = events[[feature.column for feature in features]]
    fold = np.arange(len(events)) % FOLDS
    score = np.zeros(len(events))
    for at in range(FOLDS):
        train, rest = events[fold != at], events[fold == at]
        encoder = fit_encoder(train, features, smallest)
        seen, asked = encoder.matrix(train), encoder.matrix(rest)
        if blanks:
            seen, asked = seen.isna().astype(float), asked.isna().astype(float)
        types = ["q"] * len(features) if blanks else encoder.types
        score[fold == at] = _fit_and_predict(seen, fatal[fold != at], asked, types, seed)
    return AucEstimate(float(roc_auc_score(fatal, score)), auc_interval(fatal, score, draws, seed))


def _fit_and_predict(seen: pd.DataFrame, fatal: Matrix, asked: pd.DataFrame, types: list[str], seed: int) -> Matrix:
    parameters: dict[str, Any] = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "nthread": 1,
        "max_depth": 3,
        "seed": seed,
    }
    parameters |= {"learning_rate": LEARNING_RATE, "verbosity": 0}
    kind: dict[str, Any] = {"feature_types": types, "enable_categorical": True, "nthread": 1}
    train = xgboost.DMatrix(seen.to_numpy(), label=fatal.astype(float), **kind)
    booster = xgboost.train(parameters, train, num_boost_round=ROUNDS)
    return np.asarray(booster.predict(xgboost.DMatrix(asked.to_numpy(), **kind)), dtype=float)


def load_waivers(path: Path = WAIVERS_FILE) -> list[dict[str, Any]]:
    """The reviewed exceptions. ValueError where an entry lacks a key, has a strange one, or gives no reason."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    faults = [
        f"entry {number}: keys {', '.join(sorted(WAIVER_KEYS))} expected, {', '.join(sorted(entry))} found"
        for number, entry in enumerate(entries, 1)
        if set(entry) != WAIVER_KEYS
    ]
    faults += [
        f"entry {number}: a reason expected, none found"
        for number, entry in enumerate(entries, 1)
        if not str(entry.get("reason", "")).strip()
    ]
    if faults:
        raise ValueError(f"{path.name}: " + "; ".join(faults))
    return entries


def apply_waivers(
    raised: Sequence[LeakageWarning], prediction_time: str, exceptions: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """(alarms that stop promotion, alarms that an exception excuses, each with its reason)."""
    open_alarms, excused = [], []
    for alarm in raised:
        reason = next((entry["reason"] for entry in exceptions if _waives(entry, alarm, prediction_time)), None)
        if reason is None:
            open_alarms.append(alarm.text)
        else:
            excused.append(f"{alarm.text} Excused: {reason}")
    return open_alarms, excused


def _waives(entry: Mapping[str, Any], alarm: LeakageWarning, prediction_time: str) -> bool:
    return bool(
        entry["alarm"] == alarm.gate
        and entry["prediction_time"] == prediction_time
        and alarm.figure <= entry["at_most"]
    )
