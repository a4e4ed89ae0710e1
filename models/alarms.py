"""Figures that are too good to be true. An alarm stops promotion to champion until exceptions.toml explains it.

The limits rest on what honest features reach on NTSB's data out of time: weighted F1 0.53-0.58, fatal AUC 0.84-0.88,
the best single field (phase of flight) below 0.80. Higher ones were outcomes, duplicates, or blanks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import roc_auc_score

from models.bootstrap import Interval, area_interval
from models.encode import Matrix, fit_encoder
from models.exceptions import Alarm
from models.jobs import together
from models.registry import Feature

WEIGHTED_F1_LIMIT = 0.65
FATAL_AUC_LIMIT = 0.90
SINGLE_FEATURE_LIMIT = 0.80
BLANKS_LIMIT = 0.60
# With fewer fatal (or other) events than this, chance alone passes the limits, so nothing is judged.
SMALLEST_GROUP = 20
FOLDS = 5
# For a field by itself few trees are enough to see a leak.
ROUNDS, LEARNING_RATE = 10, 0.5


def too_good(model: str, test: Mapping[str, Any]) -> list[Alarm]:
    """Alarms over a model's figures on the test part, or over those of one of its decision rules."""
    fatal = test["per_class"]["FATL"]["events"]
    limits = {"weighted_f1": WEIGHTED_F1_LIMIT, "fatal_roc_auc": FATAL_AUC_LIMIT}
    return _beyond(model, test, limits, fatal)


def too_good_a_yes_or_no(model: str, test: Mapping[str, Any]) -> list[Alarm]:
    """Alarms over the figures of a model that is asked only whether anybody dies."""
    return _beyond(model, {**test, "fatal_roc_auc": test["roc_auc"]}, {"fatal_roc_auc": FATAL_AUC_LIMIT}, test["fatal"])


def _beyond(model: str, test: Mapping[str, Any], limits: Mapping[str, float], fatal: float) -> list[Alarm]:
    if min(fatal, test["events"] - fatal) < SMALLEST_GROUP:
        return []
    return [
        Alarm(
            f"{model}: {name}",
            test[name],
            f"{model}: {name} {test[name]:.3f} on test, at most {limit} is plausible; look for a leak or a duplicate",
        )
        for name, limit in limits.items()
        if test[name] is not None and test[name] > limit
    ]


@dataclass(frozen=True)
class Area:
    """Fatal AUC, and its 95 % interval from drawing events."""

    figure: float
    interval: Interval


def single_features(
    events: pd.DataFrame, features: tuple[Feature, ...], smallest: int, seed: int, draws: int
) -> dict[str, Area]:
    """Of each feature by itself, out of fold; categories are learned inside each fold. Empty if too few."""
    jobs = [partial(_out_of_fold, events, (feature,), smallest, seed, draws, blanks=False) for feature in features]
    found = zip(features, together(jobs), strict=True)
    return {feature.column: area for feature, area in found if area is not None}


def blank_flags(events: pd.DataFrame, features: tuple[Feature, ...], seed: int, draws: int) -> Area | None:
    """Of nothing but which fields are blank, out of fold."""
    return _out_of_fold(events, features, 1, seed, draws, blanks=True)


def suspicious(single: Mapping[str, float], blanks: float | None) -> list[Alarm]:
    """Alarms over single features and over blanks."""
    found = [
        Alarm(
            f"{name}: fatal AUC",
            auc,
            f"{name}: fatal AUC {auc:.3f} by itself, at most {SINGLE_FEATURE_LIMIT} is plausible; is it known in time?",
        )
        for name, auc in single.items()
        if auc > SINGLE_FEATURE_LIMIT
    ]
    if blanks is not None and blanks >= BLANKS_LIMIT:
        text = (
            f"blank fields alone: fatal AUC {blanks:.3f}, below {BLANKS_LIMIT} expected; "
            "some field is filled in only where somebody lived to do so"
        )
        found.append(Alarm("blank fields alone: fatal AUC", blanks, text))
    return found


def _out_of_fold(
    events: pd.DataFrame, features: tuple[Feature, ...], smallest: int, seed: int, draws: int, blanks: bool
) -> Area | None:
    fatal = (events["severity"] == "FATL").to_numpy()
    if min(fatal.sum(), (~fatal).sum()) < SMALLEST_GROUP:
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
        score[fold == at] = _scores(seen, fatal[fold != at], asked, types, seed)
    return Area(float(roc_auc_score(fatal, score)), area_interval(fatal, score, draws, seed))


def _scores(seen: pd.DataFrame, fatal: Matrix, asked: pd.DataFrame, types: list[str], seed: int) -> Matrix:
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
