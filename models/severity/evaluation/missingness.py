"""Leakage check of missing values: how well severity can be predicted from which features are missing, and no values.

Each era and the newest years are checked separately, because fields that an era lacks would hide what is missing for
other reasons. Features declare as `structural` which others determine whether they have a value at all, such as a
runway only on an airport; fatal events are compared with others that have the same values of these.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix
from models.severity.data.feature_registry import Features
from models.severity.evaluation import bootstrap, leakage
from models.severity.evaluation.leakage import N_FOLDS, AucEstimate, LeakageWarning

NEWEST_YEARS = 5


def missingness_auc(events: pd.DataFrame, features: Features, settings: StudySettings) -> dict[str, AucEstimate]:
    """Return {period: cross-validated fatal AUC of a model of missing values only}; only periods of enough events."""
    estimates = {}
    for period, rows in _periods(events):
        fatal = (rows["severity"] == "FATL").to_numpy()
        if not leakage.not_evaluated(period, int(fatal.sum()), len(fatal)):
            estimates[period] = _estimate(rows, fatal, features, settings)
    return estimates


def check_missingness(estimates: Mapping[str, AucEstimate], prediction_time: str) -> list[LeakageWarning]:
    """Return warnings about periods in which missing values alone predict severity, beyond chance."""
    warnings = []
    for period, estimate in estimates.items():
        limit = max(leakage.LIMITS[prediction_time].missingness, estimate.chance)
        if estimate.value >= limit:
            check = f"missing values alone, {period}: fatal AUC"
            message = (
                f"{check}: expected below {limit:.2f}, found {estimate.value:.3f}; "
                "look for features that are recorded only after survivable accidents"
            )
            warnings.append(LeakageWarning(check, estimate.value, message))
    return warnings


def _periods(events: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the name and the events of each era, and of the newest years."""
    for era in sorted(events["era"].unique()):
        yield f"era {era}", events[events["era"] == era]
    year = pd.to_datetime(events["ev_date"]).dt.year
    newest = year > year.max() - NEWEST_YEARS
    yield f"{year.max() - NEWEST_YEARS + 1}-{year.max()}", events[newest]


def _estimate(
    events: pd.DataFrame, fatal: bootstrap.BooleanArray, features: Features, settings: StudySettings
) -> AucEstimate:
    """Return the AUC of out-of-fold scores, among events with the same structural features, and its interval."""
    # Values that are not inputs of a model are recorded too.
    is_missing = events[[feature.column for feature in features]].isna().astype(float)
    types, fold = ["q"] * len(features), np.arange(len(events)) % N_FOLDS
    score = np.zeros(len(events))
    for index in range(N_FOLDS):
        train, held_out = is_missing[fold != index], is_missing[fold == index]
        score[fold == index] = leakage.fit_and_predict(train, fatal[fold != index], held_out, types, settings.seed)
    strata = _strata(events, features)

    def area(weights: Matrix) -> dict[str, Matrix]:
        return {"roc_auc": _stratified_auc(fatal, score, strata, weights)}

    samples = bootstrap.bootstrap_statistics(area, len(fatal), leakage.n_samples(settings), settings.seed)
    interval = bootstrap.percentile_interval(samples.get("roc_auc", np.array([])))
    value = float(area(np.ones((1, len(fatal))))["roc_auc"][0])
    return AucEstimate(value, interval, leakage.auc_by_chance(int(fatal.sum()), int((~fatal).sum())))


def _strata(events: pd.DataFrame, features: Features) -> Matrix:
    """Return the number of the group of each event: events with the same values of the structural features."""
    available = {feature.column for feature in features}
    names = sorted({name for feature in features for name in feature.structural} & available)
    groups = events[names].astype(object).where(events[names].notna(), "missing").astype(str).agg(" ".join, axis=1)
    return pd.factorize(groups if names else pd.Series("", index=events.index))[0].astype(float)


def _stratified_auc(fatal: bootstrap.BooleanArray, score: Matrix, strata: Matrix, weights: Matrix) -> Matrix:
    """Return the share of pairs of a fatal and another event of the same stratum that the score orders correctly."""
    ordered, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for stratum in np.unique(strata):
        rows = strata == stratum
        inside = weights[:, rows]
        area, _ = bootstrap.ranking_metrics(fatal[rows], score[rows], inside)
        count = (inside * fatal[rows]).sum(axis=1) * (inside * ~fatal[rows]).sum(axis=1)
        ordered += np.where(count > 0, area, 0) * count
        pairs += count
    return np.where(pairs > 0, ordered / np.maximum(pairs, 1), np.nan)
