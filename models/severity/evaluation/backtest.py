"""Rolling-origin backtest on years before the frozen test set, metrics by era, and comparison with a random split."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import split
from models.severity.data.encoding import Matrix, encode_events, fit_encoder, labels
from models.severity.data.feature_registry import Features
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.compared import BASELINE, PRIMARY
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import bootstrap, metrics
from models.severity.parallel import run_all

MODEL, BASELINES = PRIMARY, {BASELINE: fit_class_shares, "recent shares": fit_recent_class_shares}
Predictions = dict[str, Matrix]


@dataclass(frozen=True)
class BacktestWindow:
    """One origin: the events evaluated, the size of train, the boosting rounds, and model -> probabilities."""

    events: pd.DataFrame
    n_train: int
    rounds: int
    predictions: Predictions
    model: Any

    def on_record(self, record: str) -> "BacktestWindow":
        """Return the window with the predictions of its model from events as the record shows them (records.py)."""
        probabilities = self.model.on_record(record).probabilities(self.events)
        return replace(self, predictions={**self.predictions, MODEL: probabilities})


def run_backtest(
    events: pd.DataFrame, features: Features, settings: StudySettings, boosting: BoostingSettings
) -> list[BacktestWindow]:
    """Return one window per origin, earliest first, all before the test year, each as long as the validation years."""
    years = settings.test_year - settings.validation_year
    # The latest window is fitted first: it has the most training events and takes longest.
    splits = split.rolling_windows(events, settings.backtest_windows, years, settings.test_year)[::-1]
    return run_all([partial(_fit_window, parts, features, settings, boosting) for parts in splits])[::-1]


def _fit_window(
    parts: split.Split, features: Features, settings: StudySettings, boosting: BoostingSettings
) -> BacktestWindow:
    encoder = fit_encoder(parts.train, features, settings.min_category_count)
    train, validation = (encode_events(encoder, rows) for rows in (parts.train, parts.validation))
    model = BoostedModel.fit_encoded(train, boosting, validation)
    predictions = {name: fit(parts.before()).probabilities(parts.test) for name, fit in BASELINES.items()}
    predictions[MODEL] = model.probabilities(parts.test)
    return BacktestWindow(parts.test, len(parts.train), model.rounds, predictions, model)


def predictions_by_window(windows: list[BacktestWindow]) -> dict[str, tuple[pd.DataFrame, Predictions]]:
    """Return {"backtest <first year>-<last year>": (events, predictions)}."""
    return {
        "backtest {}-{}".format(*pd.to_datetime(window.events["ev_date"]).dt.year.agg(["min", "max"])): (
            window.events,
            window.predictions,
        )
        for window in windows
    }


def window_metrics(windows: list[BacktestWindow], settings: StudySettings) -> list[dict[str, Any]]:
    """Return a dict of years, sizes and metrics per window, in the order of the windows."""
    rows = []
    for window in windows:
        year = pd.to_datetime(window.events["ev_date"]).dt.year
        years = {"first_year": int(year.min()), "last_year": int(year.max())}
        sizes = {"n_train": window.n_train, "events": len(window.events), "rounds": window.rounds}
        rows.append(years | sizes | {"models": _evaluate_models(window.events, window.predictions, settings)})
    return rows


def era_metrics(windows: list[BacktestWindow], settings: StudySettings) -> dict[str, dict[str, Any]]:
    """Return {era: {events, models: {model: metrics}}} over all windows; empty if there is no window.

    Each event was predicted once, by a model fitted on earlier years only.
    """
    if not windows:
        return {}
    events = pd.concat([window.events for window in windows], ignore_index=True)
    predictions = {name: np.vstack([window.predictions[name] for window in windows]) for name in windows[0].predictions}
    eras = {}
    for era in sorted(events["era"].unique()):
        rows = (events["era"] == era).to_numpy()
        of_era = {name: probabilities[rows] for name, probabilities in predictions.items()}
        eras[era] = {"events": int(rows.sum()), "models": _evaluate_models(events[rows], of_era, settings)}
    return eras


def compare_with_random_split(
    events: pd.DataFrame,
    features: Features,
    windows: list[BacktestWindow],
    settings: StudySettings,
    boosting: BoostingSettings,
) -> dict[str, Any]:
    """Return metrics of the model under a `random` and a `temporal` split of the years before test, and their `drop`.

    The drop is random minus temporal. The frozen test set is not used. The temporal split is the last backtest window,
    whose number of rounds both share. Empty if there is no window or a part of the random split is empty.
    """
    if not windows:
        return {}
    last = windows[-1]
    years = pd.to_datetime(events["ev_date"]).dt.year
    train, test = split.split_at_random(events[years < settings.test_year], settings.seed)
    if train.empty or test.empty:
        return {}
    encoder = fit_encoder(train, features, settings.min_category_count)
    model = BoostedModel.fit_encoded(encode_events(encoder, train), boosting, rounds=last.rounds)
    predictions = {MODEL: model.probabilities(test), BASELINE: fit_class_shares(train).probabilities(test)}
    random = _evaluate_models(test, predictions, settings)[MODEL]
    temporal = _evaluate_models(last.events, last.predictions, settings)[MODEL]
    # The events differ, so the samples are not paired: another seed makes them independent.
    samples = (
        _bootstrap_metrics(test, predictions, settings, settings.seed),
        _bootstrap_metrics(last.events, last.predictions, settings, settings.seed + 1),
    )
    return {"random": random, "temporal": temporal, "drop": _metric_drop(random, temporal, *samples)}


def _bootstrap_metrics(
    events: pd.DataFrame, predictions: Predictions, settings: StudySettings, seed: int
) -> dict[str, Matrix]:
    """Return {metric of the model: its value in each bootstrap sample}."""
    probabilities = predictions[MODEL]
    predicted = probabilities.argmax(axis=1)
    return metrics.bootstrap_metrics(
        labels(events), probabilities, settings.n_bootstrap, seed, predicted, predictions[BASELINE]
    )


def _metric_drop(
    random: dict[str, Any],
    temporal: dict[str, Any],
    random_samples: dict[str, Matrix],
    temporal_samples: dict[str, Matrix],
) -> dict[str, Any]:
    """Return {metric: random minus temporal}, with intervals."""
    names = [
        name
        for name in (*metrics.METRICS_WITH_INTERVAL, "log_loss_skill")
        if random[name] is not None and temporal[name] is not None
    ]
    drop: dict[str, Any] = {name: random[name] - temporal[name] for name in names}
    intervals = {
        name: bootstrap.percentile_interval(random_samples[name] - temporal_samples[name])
        for name in names
        if name in random_samples
    }
    return drop | {"intervals": intervals, "decision_rule": metrics.DECISION_RULE}


def _evaluate_models(
    events: pd.DataFrame, predictions: Predictions, settings: StudySettings
) -> dict[str, dict[str, Any]]:
    """Return {model: metrics without the confusion matrix}."""
    truth = labels(events)
    evaluations: dict[str, dict[str, Any]] = {}
    for name, probabilities in predictions.items():
        evaluation = metrics.evaluate(
            truth, probabilities, settings.n_bootstrap, settings.seed, baseline=predictions[BASELINE]
        )
        evaluations[name] = {metric: value for metric, value in evaluation.items() if metric != "confusion"}
    return evaluations
