"""Rolling-origin backtest on years before the frozen test set, metrics by era, and comparison with a random split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import split
from models.severity.data.encoding import Matrix, fit_encoder, labels
from models.severity.data.feature_registry import Features
from models.severity.estimators.base import Model
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.compared import BASELINE, PRIMARY, PRIMARY_FAMILY
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import bootstrap, metrics
from models.severity.parallel import run_all

MODEL = PRIMARY
# Each fold is a fit on all events before test.
RANDOM_FOLDS = 3
Predictions = dict[str, Matrix]
Evaluations = dict[str, dict[str, Any]]
# Training events and the model fitted on them.
Trained = tuple[pd.DataFrame, BoostedModel]


@dataclass(frozen=True)
class BacktestWindow:
    """One origin: the events evaluated, the size of train, the fitted model, and model -> probabilities.

    Like the model of the study, it chose its rounds on the validation years and was then fitted on these years too.
    """

    events: pd.DataFrame
    n_train: int
    model: Any
    predictions: Predictions

    def on_record(self, record: str) -> "BacktestWindow":
        """Return the window with the predictions of its model from events as the record shows them (records.py)."""
        probabilities = self.model.on_record(record).probabilities(self.events)
        return replace(self, predictions={**self.predictions, MODEL: probabilities})


@dataclass(frozen=True)
class _Part:
    """Events of the window with this number, in one era, and the predictions of them."""

    number: int
    events: pd.DataFrame
    predictions: Predictions


def run_backtest(
    events: pd.DataFrame,
    features: Features,
    settings: StudySettings,
    boosting: BoostingSettings,
    trained: Trained | None = None,
) -> list[BacktestWindow]:
    """Return one window per origin, earliest first, all before the test year, each as long as the validation years.

    `trained`: train of the study and the primary model fitted on it, which may spare a fit.
    """
    years = settings.test_year - settings.validation_year
    # The latest window is fitted first: it has the most training events and takes longest.
    splits = split.rolling_windows(events, settings.backtest_windows, years, settings.test_year)[::-1]
    chosen = run_all([partial(_choose_rounds, parts, features, settings, boosting) for parts in splits])
    # The events before a window are train of the next one, or of the study.
    next_models: list[Trained | None] = [trained]
    next_models += [(parts.train, model) for parts, model in zip(splits, chosen, strict=True)]
    jobs = [
        partial(_fit_window, parts, model, following, settings, boosting)
        for parts, model, following in zip(splits, chosen, next_models, strict=False)
    ]
    return run_all(jobs)[::-1]


def _choose_rounds(
    parts: split.Split, features: Features, settings: StudySettings, boosting: BoostingSettings
) -> BoostedModel:
    """Return the primary model fitted on train, which stopped early on validation."""
    encoder = fit_encoder(parts.train, features, settings.min_category_count)
    return BoostedModel.fit(parts.train, parts.validation, encoder, settings.model_settings(boosting))


def _fit_window(
    parts: split.Split,
    chosen: BoostedModel,
    following: Trained | None,
    settings: StudySettings,
    boosting: BoostingSettings,
) -> BacktestWindow:
    before = parts.before()
    if following and following[1].rounds >= chosen.rounds and following[0]["ev_id"].equals(before["ev_id"]):
        model = following[1].first_rounds(chosen.rounds)
    else:
        encoder = fit_encoder(before, chosen.encoder.features, settings.min_category_count)
        model = BoostedModel.refit(chosen, before, encoder, settings.model_settings(boosting))
    models: dict[str, Model] = {
        BASELINE: fit_class_shares(before),
        "recent shares": fit_recent_class_shares(before, settings.recent_years),
        MODEL: model,
    }
    predictions = {name: fitted.probabilities(parts.test) for name, fitted in models.items()}
    return BacktestWindow(parts.test, len(before), model, predictions)


def predictions_by_window(windows: list[BacktestWindow]) -> dict[str, tuple[pd.DataFrame, Predictions]]:
    """Return {"backtest <first year>-<last year>": (events, predictions)}."""
    return {
        "backtest {}-{}".format(*_years(window.events).agg(["min", "max"])): (window.events, window.predictions)
        for window in windows
    }


def out_of_fold(windows: list[BacktestWindow]) -> tuple[bootstrap.Labels, Matrix] | None:
    """Return labels and probabilities of the events of all windows, None if there is no window."""
    if not windows:
        return None
    return (
        np.concatenate([labels(window.events) for window in windows]),
        np.vstack([window.predictions[MODEL] for window in windows]),
    )


def window_metrics(windows: list[BacktestWindow], settings: StudySettings) -> list[dict[str, Any]]:
    """Return a dict of years, sizes and metrics per window, in the order of the windows."""
    rows = []
    for number, window in enumerate(windows):
        year = _years(window.events)
        years = {"first_year": int(year.min()), "last_year": int(year.max())}
        sizes = {"n_train": window.n_train, "events": len(window.events), "rounds": window.model.rounds}
        rows.append(
            years
            | sizes
            | {"models": _evaluate_models(window.events, window.predictions, _of_window(settings, number))}
        )
    return rows


def average_metrics(windows: list[BacktestWindow], settings: StudySettings) -> Evaluations:
    """Return {model: metrics averaged over the windows}; empty if there is no window (`_average_models`)."""
    return _average_models(
        [_Part(number, window.events, window.predictions) for number, window in enumerate(windows)], settings
    )


def era_metrics(windows: list[BacktestWindow], settings: StudySettings) -> dict[str, dict[str, Any]]:
    """Return {era: {events, models: {model: metrics}}} over all windows; empty if there is no window.

    Each event was predicted once, by a model fitted on earlier years only. Metrics are averages over the windows: if
    events of several windows were ranked together, a model that only knows the shares of each window's training years
    would have an AUC other than 0.5.
    """
    if not windows:
        return {}
    events = pd.concat([window.events for window in windows], ignore_index=True)
    predictions = {name: np.vstack([window.predictions[name] for window in windows]) for name in windows[0].predictions}
    eras = {}
    for era in sorted(events["era"].unique()):
        rows = (events["era"] == era).to_numpy()
        of_era = {name: probabilities[rows] for name, probabilities in predictions.items()}
        pooled = _evaluate_models(events[rows], of_era, settings)
        averages = _average_models(_parts_of_era(windows, era), settings)
        models = {
            name: evaluation | averages[name] | {"intervals": evaluation["intervals"] | averages[name]["intervals"]}
            for name, evaluation in pooled.items()
        }
        eras[era] = {"events": int(rows.sum()), "models": models}
    return eras


def _parts_of_era(windows: list[BacktestWindow], era: str) -> list[_Part]:
    """Return the events of an era in each window that has some, with their predictions."""
    parts = []
    for number, window in enumerate(windows):
        rows = (window.events["era"] == era).to_numpy()
        if rows.any():
            parts.append(_Part(number, window.events[rows], {name: p[rows] for name, p in window.predictions.items()}))
    return parts


def _average_models(parts: Sequence[_Part], settings: StudySettings) -> Evaluations:
    """Return {model: averages of its metrics over the parts, weighted by events, with their intervals}.

    A part in which a metric is undefined does not count for it. Events are drawn within each part.
    """
    names = list(parts[0].predictions) if parts else []
    return {name: _average([_part_metrics(part, name, settings) for part in parts]) for name in names}


def _of_window(settings: StudySettings, number: int) -> StudySettings:
    """Return the settings with another seed per window: the events of different windows are drawn independently."""
    return replace(settings, seed=settings.seed + number)


def _part_metrics(part: _Part, model: str, settings: StudySettings) -> tuple[int, dict[str, Any], dict[str, Matrix]]:
    """Return (events, {metric: value or None}, {metric: value in each bootstrap sample})."""
    truth, baseline = labels(part.events), part.predictions[BASELINE]
    values = metrics.compute_metrics(truth, part.predictions[model])
    # Larger with fewer events: the mean over windows is not comparable with its distribution over all events.
    del values["expected_calibration_error"]
    reference = metrics.compute_metrics(truth, baseline)["log_loss"]
    values["log_loss_skill"] = metrics.log_loss_skill(values["log_loss"], reference)
    samples = _bootstrap_metrics(part.events, part.predictions, _of_window(settings, part.number), model)
    return len(truth), values, samples


def _average(parts: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Matrix]]]) -> dict[str, Any]:
    """Return {metric: mean over the parts, weighted by events}, with `intervals` and `decision_rule`."""
    averages: dict[str, Any] = {}
    intervals = {}
    for name in parts[0][1]:
        defined = [part for part in parts if part[1][name] is not None]
        total = sum(size for size, _, _ in defined)
        averages[name] = sum(size * values[name] for size, values, _ in defined) / total if defined else None
        if defined and all(name in samples for _, _, samples in defined):
            average = np.sum([size / total * samples[name] for size, _, samples in defined], axis=0)
            intervals[name] = bootstrap.percentile_interval(average)
    return averages | {"intervals": intervals, "decision_rule": metrics.DECISION_RULE}


def compare_with_random_split(
    events: pd.DataFrame,
    features: Features,
    windows: list[BacktestWindow],
    settings: StudySettings,
    boosting: BoostingSettings,
) -> dict[str, Any]:
    """Return metrics of the model under a `random` and a `temporal` split, on the same events, and their `drop`.

    The events are those of the last backtest window; the frozen test set is not used. The temporal model is that of the
    window. The random models predict each fold of these events from as many training events, drawn from all others
    before the test year, with the same number of rounds. The drop is random minus temporal, with paired intervals.
    Empty if there is no window.
    """
    if not windows:
        return {}
    last = windows[-1]
    random = _predict_at_random(events[_years(events) < settings.test_year], features, last, settings, boosting)
    evaluated = {
        name: _evaluate_models(last.events, predictions, settings)[MODEL]
        for name, predictions in (("random", random), ("temporal", last.predictions))
    }
    # The same events and the same seed: the samples are paired.
    samples = [_bootstrap_metrics(last.events, by_model, settings) for by_model in (random, last.predictions)]
    sizes = {"events": len(last.events), "n_train": last.n_train, "folds": RANDOM_FOLDS}
    return {**sizes, **evaluated, "drop": _metric_drop(evaluated["random"], evaluated["temporal"], *samples)}


def _predict_at_random(
    events: pd.DataFrame, features: Features, last: BacktestWindow, settings: StudySettings, boosting: BoostingSettings
) -> Predictions:
    """Return predictions of the last window's events by models of a random split."""
    generator = np.random.default_rng(settings.seed)
    folds = generator.permutation(len(last.events)) % RANDOM_FOLDS
    trains = []
    for fold in range(RANDOM_FOLDS):
        others = events[~events["ev_id"].isin(set(last.events["ev_id"][folds == fold]))]
        rows = np.sort(generator.choice(len(others), min(last.n_train, len(others)), replace=False))
        trains.append(others.iloc[rows].reset_index(drop=True))
    jobs = [
        partial(_fit_and_predict, train, last.events[folds == fold], features, last.model, settings, boosting)
        for fold, train in enumerate(trains)
    ]
    predictions = {name: np.zeros_like(last.predictions[name]) for name in (MODEL, BASELINE)}
    for fold, by_model in enumerate(run_all(jobs)):
        for name, probabilities in by_model.items():
            predictions[name][folds == fold] = probabilities
    return predictions


def _fit_and_predict(
    train: pd.DataFrame,
    events: pd.DataFrame,
    features: Features,
    fitted: Any,
    settings: StudySettings,
    boosting: BoostingSettings,
) -> Predictions:
    encoder = fit_encoder(train, features, settings.min_category_count)
    model = PRIMARY_FAMILY.refit(fitted, train, encoder, settings.model_settings(boosting))
    return {MODEL: model.probabilities(events), BASELINE: fit_class_shares(train).probabilities(events)}


def _bootstrap_metrics(
    events: pd.DataFrame, predictions: Predictions, settings: StudySettings, model: str = MODEL
) -> dict[str, Matrix]:
    """Return {metric of the model: its value in each bootstrap sample}."""
    probabilities = predictions[model]
    predicted = probabilities.argmax(axis=1)
    return metrics.bootstrap_metrics(
        labels(events), probabilities, settings.n_bootstrap, settings.seed, predicted, predictions[BASELINE]
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


def _years(events: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(events["ev_date"]).dt.year
