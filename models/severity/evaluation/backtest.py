"""Rolling origins before the frozen test: does the model hold from one span of years to the next, and in each era?"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import split
from models.severity.data.encoding import Matrix, fit_encoder, labels
from models.severity.data.feature_registry import Feature
from models.severity.estimators.class_shares import ClassShares, fit_class_shares, fit_recent_class_shares
from models.severity.estimators.compared import BASELINE, PRIMARY
from models.severity.estimators.xgboost_multiclass import fit_boosted, fit_with_early_stopping
from models.severity.evaluation import bootstrap, metrics
from models.severity.parallel import run_all

MODEL, BASELINES = PRIMARY, {BASELINE: fit_class_shares, "recent shares": fit_recent_class_shares}
Features = tuple[Feature, ...]


@dataclass(frozen=True)
class BacktestWindow:
    """One origin: what was judged, and what each model said of it."""

    judged: pd.DataFrame
    learned: int
    rounds: int
    said: dict[str, Matrix]


def run_backtest(
    events: pd.DataFrame, features: Features, settings: StudySettings, knobs: BoostingSettings
) -> list[BacktestWindow]:
    """One window per origin, all before the test year, each as long as the validation years."""
    years = settings.test_year - settings.validation_year
    # The latest first: it learns from the most years and takes longest.
    spans = split.rolling_windows(events, settings.backtest_windows, years, settings.test_year)[::-1]
    return run_all([partial(_fit_window, parts, features, settings, knobs) for parts in spans])[::-1]


def _fit_window(
    parts: split.Split, features: Features, settings: StudySettings, knobs: BoostingSettings
) -> BacktestWindow:
    encoder = fit_encoder(parts.train, features, settings.min_category_count)
    model = fit_with_early_stopping(parts.train, parts.validation, encoder, knobs)
    said = {name: fit(parts.before()).probabilities(parts.test) for name, fit in BASELINES.items()}
    said[MODEL] = model.probabilities(parts.test)
    return BacktestWindow(parts.test, len(parts.train), model.rounds, said)


def window_metrics(windows: list[BacktestWindow], settings: StudySettings) -> list[dict[str, Any]]:
    """Figures of each window, the earliest first."""
    found = []
    for window in windows:
        year = pd.to_datetime(window.judged["ev_date"]).dt.year
        years = {"first_year": int(year.min()), "last_year": int(year.max())}
        size = {"n_train": window.learned, "events": len(window.judged), "rounds": window.rounds}
        found.append(years | size | {"models": _evaluate_models(window.judged, window.said, settings)})
    return found


def era_metrics(windows: list[BacktestWindow], settings: StudySettings) -> dict[str, dict[str, Any]]:
    """Era -> figures over all windows: each event was judged once, by a model that saw earlier years only."""
    if not windows:
        return {}
    events = pd.concat([window.judged for window in windows], ignore_index=True)
    said = {name: np.vstack([window.said[name] for window in windows]) for name in windows[0].said}
    found = {}
    for era in sorted(events["era"].unique()):
        rows = (events["era"] == era).to_numpy()
        models = _evaluate_models(events[rows], {name: given[rows] for name, given in said.items()}, settings)
        found[era] = {"events": int(rows.sum()), "models": models}
    return found


def compare_with_random_split(
    events: pd.DataFrame,
    features: Features,
    windows: list[BacktestWindow],
    settings: StudySettings,
    knobs: BoostingSettings,
) -> dict[str, Any]:
    """The same model on years before the test, split at random and by time; the drop is random minus temporal.

    The frozen test has no part in it. By time is the last rolling origin; at random has its number of rounds.
    """
    if not windows:
        return {}
    last = windows[-1]
    learned, judged = split.split_at_random(events[events["ev_date"].map(_year) < settings.test_year], settings.seed)
    if learned.empty or judged.empty:
        return {}
    encoder = fit_encoder(learned, features, settings.min_category_count)
    said = {MODEL: fit_boosted(learned, encoder, knobs, last.rounds).probabilities(judged)}
    said[BASELINE] = ClassShares.probabilities(fit_class_shares(learned), judged)
    at_random = _evaluate_models(judged, said, settings)[MODEL]
    by_time = _evaluate_models(last.judged, last.said, settings)[MODEL]
    # Other events, so other draws: the two differ by chance independently.
    spread = (
        _bootstrap(judged, said, settings, settings.seed),
        _bootstrap(last.judged, last.said, settings, settings.seed + 1),
    )
    return {"random": at_random, "temporal": by_time, "drop": _metric_drop(at_random, by_time, *spread)}


def _bootstrap(events: pd.DataFrame, said: dict[str, Matrix], settings: StudySettings, seed: int) -> dict[str, Matrix]:
    given = said[MODEL]
    return metrics.bootstrap_metrics(
        labels(events), given, settings.n_bootstrap, seed, given.argmax(axis=1), said[BASELINE]
    )


def _metric_drop(
    at_random: dict[str, Any], by_time: dict[str, Any], one: dict[str, Matrix], other: dict[str, Matrix]
) -> dict[str, Any]:
    """Figure -> random minus temporal, with intervals."""
    names = [*metrics.METRICS_WITH_INTERVAL, "log_loss_skill"]
    had = [name for name in names if at_random[name] is not None and by_time[name] is not None]
    found: dict[str, Any] = {name: at_random[name] - by_time[name] for name in had}
    bounds = {name: bootstrap.percentile_interval(one[name] - other[name]) for name in had if name in one}
    return found | {"intervals": bounds, "decision_rule": metrics.DECISION_RULE}


def _evaluate_models(
    events: pd.DataFrame, said: dict[str, Matrix], settings: StudySettings
) -> dict[str, dict[str, Any]]:
    truth = labels(events)
    found: dict[str, dict[str, Any]] = {}
    for name, given in said.items():
        judged = metrics.evaluate(truth, given, settings.n_bootstrap, settings.seed, baseline=said[BASELINE])
        found[name] = {figure: value for figure, value in judged.items() if figure != "confusion"}
    return found


def _year(date: Any) -> int:
    return int(pd.Timestamp(date).year)
