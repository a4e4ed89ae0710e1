"""Leakage checks: metrics too good to be plausible. A warning blocks promotion to champion until it is waived.

The limits follow from what models without leakage reach on NTSB's data under a temporal split: weighted F1 0.53 to
0.58, fatal AUC 0.84 to 0.88, below 0.80 for the best single feature (phase of flight). Higher values came from
outcomes among the features, duplicate events, or missingness that depends on the outcome.

Waivers (leakage_waivers.toml) are reviewed warnings with the reason why they are not leakage.
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

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, fit_encoder
from models.severity.data.feature_registry import Feature, Features
from models.severity.evaluation.bootstrap import BooleanArray, Interval, auc_samples, percentile_interval
from models.severity.parallel import run_all

WAIVERS_FILE = Path(__file__).with_name("leakage_waivers.toml")
WAIVER_KEYS = {"check", "prediction_time", "at_most", "release", "reason"}
# With fewer fatal or fewer other events than this, chance alone exceeds the limits: the check is not evaluated, which
# blocks promotion like a warning.
MIN_GROUP_EVENTS = 20
N_FOLDS = 5
# Chance exceeds this about once in 2,000 checks.
STANDARD_ERRORS = 3.3
# Enough for the intervals of areas over many events.
MAX_SAMPLES = 200
# A few trees are enough to detect leakage from a single feature.
ROUNDS, LEARNING_RATE = 10, 0.5


@dataclass(frozen=True)
class LeakageWarning:
    """A value above its limit: the name of the check, the value, and a message that begins with the name."""

    check: str
    value: float
    message: str


@dataclass(frozen=True)
class Limits:
    """The highest metrics on test, and fatal AUC of single features and missing values, that are plausible."""

    weighted_f1: float
    fatal_roc_auc: float
    single_feature: float
    missingness: float


LIMITS = {"T0": Limits(0.50, 0.72, 0.65, 0.60), "T1": Limits(0.65, 0.90, 0.80, 0.60)}


@dataclass(frozen=True)
class AucEstimate:
    """Area under the ROC curve of fatal against the rest, its 95 % bootstrap interval, and the most by chance."""

    value: float
    interval: Interval
    chance: float = 0.5


def auc_by_chance(n_fatal: int, n_others: int) -> float:
    """Return the largest AUC that chance explains.

    Without skill the AUC is a Mann-Whitney statistic with mean 1/2 and, without ties, standard error
    sqrt((m + n + 1) / (12 m n)) (Mann and Whitney 1947; Hanley and McNeil 1982).
    """
    return 0.5 + STANDARD_ERRORS * float(np.sqrt((n_fatal + n_others + 1) / (12 * n_fatal * n_others)))


def n_samples(settings: StudySettings) -> int:
    """Return the number of bootstrap samples of the areas of features."""
    return min(settings.n_bootstrap, MAX_SAMPLES)


def not_evaluated(check: str, fatal: int, events: int) -> list[str]:
    """Return why a check cannot be evaluated, such as "metrics on test: 15 fatal events, 20 required"; empty if it can.

    `fatal` of the `events` are fatal.
    """
    too_few = [
        f"{count} {kind} events, {MIN_GROUP_EVENTS} required"
        for kind, count in (("fatal", fatal), ("other", events - fatal))
        if count < MIN_GROUP_EVENTS
    ]
    return [f"{check}: {'; '.join(too_few)}"] if too_few else []


def check_metrics(model: str, test: Mapping[str, Any], prediction_time: str = "T1") -> list[LeakageWarning]:
    """Return warnings about metrics on test of a model or decision rule; none if fatal or other events are too few."""
    fatal = test["per_class"]["FATL"]["events"]
    plausible = LIMITS[prediction_time]
    limits = {"weighted_f1": plausible.weighted_f1, "fatal_roc_auc": plausible.fatal_roc_auc}
    return _above_limits(model, test, limits, fatal)


def check_fatal_metrics(model: str, test: Mapping[str, Any], prediction_time: str = "T1") -> list[LeakageWarning]:
    """Return warnings about the metrics on test of a binary model of fatal against the rest."""
    limits = {"fatal_roc_auc": LIMITS[prediction_time].fatal_roc_auc}
    return _above_limits(model, {**test, "fatal_roc_auc": test["roc_auc"]}, limits, test["fatal"])


def _above_limits(
    model: str, test: Mapping[str, Any], limits: Mapping[str, float], fatal: float
) -> list[LeakageWarning]:
    """Return warnings about metrics above their limits; none if `fatal` or the other events are too few."""
    if not_evaluated("metrics", int(fatal), test["events"]):
        return []
    return [
        LeakageWarning(
            f"{model}: {name}",
            test[name],
            f"{model}: {name}: expected at most {limit} on test, found {test[name]:.3f}; "
            "look for outcomes among the features and for duplicate events",
        )
        for name, limit in limits.items()
        if test[name] is not None and test[name] > limit
    ]


def single_feature_auc(events: pd.DataFrame, features: Features, settings: StudySettings) -> dict[str, AucEstimate]:
    """Return {feature: cross-validated fatal AUC of a model of this feature alone}; empty with too few events."""
    jobs = [partial(_cross_validated_auc, events, feature, settings) for feature in features]
    estimates = zip(features, run_all(jobs), strict=True)
    return {feature.column: estimate for feature, estimate in estimates if estimate is not None}


def check_features(single: Mapping[str, AucEstimate], prediction_time: str = "T1") -> list[LeakageWarning]:
    """Return warnings about single features that predict severity too well, beyond chance."""
    limit = LIMITS[prediction_time].single_feature
    return [
        LeakageWarning(
            f"{name}: fatal AUC",
            estimate.value,
            f"{name}: fatal AUC: expected at most {limit} from a single feature, found {estimate.value:.3f}; "
            "verify that its value is known at the prediction time",
        )
        for name, estimate in single.items()
        if estimate.value > max(limit, estimate.chance)
    ]


def _cross_validated_auc(events: pd.DataFrame, feature: Feature, settings: StudySettings) -> AucEstimate | None:
    """Return the AUC of out-of-fold scores, None with too few events; encoders are fitted within each fold."""
    fatal = (events["severity"] == "FATL").to_numpy()
    n_fatal, n_others = int(fatal.sum()), int((~fatal).sum())
    if min(n_fatal, n_others) < MIN_GROUP_EVENTS:
        return None
    # One row per event, so no event is in two folds.
    values, fold, score = events[[feature.column]], np.arange(len(events)) % N_FOLDS, np.zeros(len(events))
    for index in range(N_FOLDS):
        held_out = fold == index
        encoder = fit_encoder(values[~held_out], (feature,), settings.min_category_count)
        train, test = encoder.matrix(values[~held_out]), encoder.matrix(values[held_out])
        score[held_out] = fit_and_predict(train, fatal[~held_out], test, encoder.types, settings.seed)
    interval = percentile_interval(auc_samples(fatal, score, n_samples(settings), settings.seed))
    return AucEstimate(float(roc_auc_score(fatal, score)), interval, auc_by_chance(n_fatal, n_others))


def fit_and_predict(
    train: pd.DataFrame, fatal: BooleanArray, test: pd.DataFrame, types: list[str], seed: int
) -> Matrix:
    """Return the predicted probability of a fatal injury of each event of `test`, shape (events,)."""
    parameters: dict[str, Any] = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "nthread": 1,
        "max_depth": 3,
        "seed": seed,
        "learning_rate": LEARNING_RATE,
        "verbosity": 0,
    }
    options: dict[str, Any] = {"feature_types": types, "enable_categorical": True, "nthread": 1}
    labeled = xgboost.DMatrix(train.to_numpy(), label=fatal.astype(float), **options)
    booster = xgboost.train(parameters, labeled, num_boost_round=ROUNDS)
    return np.asarray(booster.predict(xgboost.DMatrix(test.to_numpy(), **options)), dtype=float)


def load_waivers(path: Path = WAIVERS_FILE) -> list[dict[str, Any]]:
    """Return the entries of the waivers file; raise ValueError listing entries with wrong keys or without a reason."""
    waivers: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("waiver", [])
    problems = [
        f"waiver {number}: expected keys {', '.join(sorted(WAIVER_KEYS))}, found {', '.join(sorted(waiver))}"
        for number, waiver in enumerate(waivers, 1)
        if set(waiver) != WAIVER_KEYS
    ]
    problems += [
        f"waiver {number}: expected a reason, found none"
        for number, waiver in enumerate(waivers, 1)
        if not str(waiver.get("reason", "")).strip()
    ]
    if problems:
        raise ValueError(f"{path.name}: {'; '.join(problems)}; correct the file")
    return waivers


def apply_waivers(
    warnings: Sequence[LeakageWarning], prediction_time: str, waivers: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """Return (messages of warnings that block promotion, messages of waived warnings with their reasons)."""
    blocking, waived = [], []
    for warning in warnings:
        reason = next((waiver["reason"] for waiver in waivers if _waives(waiver, warning, prediction_time)), None)
        if reason is None:
            blocking.append(warning.message)
        else:
            waived.append(f"{warning.message}. Waived: {reason}")
    return blocking, waived


def _waives(waiver: Mapping[str, Any], warning: LeakageWarning, prediction_time: str) -> bool:
    return bool(
        waiver["check"] == warning.check
        and waiver["prediction_time"] == prediction_time
        and warning.value <= waiver["at_most"]
    )
