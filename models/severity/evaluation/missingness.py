"""Leakage check of missing values: how well severity can be predicted from which features are missing, and no values.

Each era and the newest years are checked separately, because fields that an era lacks would hide what is missing for
other reasons. Features declare as `structural` which others determine whether they have a value at all, such as a
runway only on an airport; fatal events are compared with others that have the same values of these. Whether these
themselves are missing is checked among all events: events without a value are one group of the comparison.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix
from models.severity.data.feature_registry import Feature, Features
from models.severity.evaluation import bootstrap, leakage
from models.severity.evaluation.leakage import N_FOLDS, AucEstimate, LeakageWarning

NEWEST_YEARS = 5


def missingness_auc(events: pd.DataFrame, features: Features, settings: StudySettings) -> dict[str, AucEstimate]:
    """Return {period: cross-validated fatal AUC of a model of missing values only}; only periods of enough events."""
    estimates = {}
    for period, rows in _periods(events):
        if not _too_few(period, rows):
            estimates[period] = _estimate(rows, features, settings)
    return estimates


def not_evaluated(events: pd.DataFrame) -> list[str]:
    """Return why the check cannot be evaluated, for each period with too few events."""
    return [reason for period, rows in _periods(events) for reason in _too_few(period, rows)]


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


def _too_few(period: str, events: pd.DataFrame) -> list[str]:
    fatal = int((events["severity"] == "FATL").sum())
    return leakage.not_evaluated(f"missing values, {period}", fatal, len(events))


def _estimate(events: pd.DataFrame, features: Features, settings: StudySettings) -> AucEstimate:
    """Return the higher of two AUCs: of all missing values, among events with the same structural features, and of
    missing structural features, among all events.
    """
    names = {name for feature in features for name in feature.structural}
    structural = [feature for feature in features if feature.column in names]
    estimates = [_estimate_within(events, features, _strata(events, structural), settings)]
    if structural:
        estimates.append(_estimate_within(events, structural, np.zeros(len(events)), settings))
    # Without a pair of a fatal and another event in the same stratum, the first one is not defined.
    return max(estimates, key=lambda estimate: -1 if np.isnan(estimate.value) else estimate.value)


def _estimate_within(
    events: pd.DataFrame, features: Sequence[Feature], strata: Matrix, settings: StudySettings
) -> AucEstimate:
    """Return the AUC of out-of-fold scores among events of the same stratum, and its interval."""
    fatal = (events["severity"] == "FATL").to_numpy()
    # Values that are not inputs of a model are recorded too.
    is_missing = events[[feature.column for feature in features]].isna().astype(float)
    types, fold = ["q"] * len(features), np.arange(len(events)) % N_FOLDS
    score = np.zeros(len(events))
    for index in range(N_FOLDS):
        train, held_out = is_missing[fold != index], is_missing[fold == index]
        score[fold == index] = leakage.fit_and_predict(train, fatal[fold != index], held_out, types, settings.seed)
    cells = np.unique(np.column_stack([score, strata, fatal]), axis=0, return_inverse=True)[1]
    rows, counts = bootstrap.draw_cells(cells, leakage.n_samples(settings), settings.seed)
    areas = _stratified_auc(fatal[rows], score[rows], strata[rows], counts.astype(float))
    interval = bootstrap.percentile_interval(areas)
    value = float(_stratified_auc(fatal, score, strata, np.ones((1, len(fatal))))[0])
    return AucEstimate(value, interval, leakage.auc_by_chance(int(fatal.sum()), int((~fatal).sum())))


def _strata(events: pd.DataFrame, structural: Sequence[Feature]) -> Matrix:
    """Return the number of the group of each event: events with the same values of the structural features."""
    names = [feature.column for feature in structural]
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
