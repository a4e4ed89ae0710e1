"""The severity study: from the feature table to models, metrics and warnings; equal inputs give equal bytes."""

import json
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd

from models.severity import deployment, explain, tuning
from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import feature_registry
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.feature_registry import Features
from models.severity.data.population import CLASSES, Population, select_population
from models.severity.data.records import DAY_7, RECORDS
from models.severity.data.split import PARTS, Split, split_by_year
from models.severity.errors import InvalidStudy
from models.severity.estimators import dask_cluster
from models.severity.estimators.base import Model
from models.severity.estimators.boosting import require_device
from models.severity.estimators.compared import PRIMARY, FittedModels, fit_on_train, refit_on_train_and_validation
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import backtest, decision_rules, external, report
from models.severity.evaluation.seeds import metrics_by_seed
from models.severity.parallel import run_all
from models.severity.prediction_sets import class_thresholds

DIGITS = 6


@dataclass(frozen=True)
class Study(report.EvaluationReport, report.LeakageReport):
    """Results of a study: metrics, leakage warnings (evaluation/report.py), models and the data they were fitted on.

    `primary_model` names the model that is explained, registered and used for scoring; `model` is that model and
    `rounds` its number of boosting rounds; `deployed` is the same recipe fitted on all years (deployment.py).
    `split_id` identifies the partitions, `test_id` the events and labels of the test set. `tuning` is None if
    trials = 0. The fields of the evaluation are of the closed record; `day_7` has those of the same models on the
    record a week after the event (records.py). `seeds`: metrics on validation by seed of the primary model.
    `thresholds`: record -> class -> threshold of its prediction sets (prediction_sets.py). `label_disagreements`:
    events of each partition whose label differs from their numbers of injured persons.
    """

    settings: StudySettings
    primary_model: str
    features: list[str]
    counts: dict[str, Any]
    excluded: dict[str, int]
    split_id: str
    test_id: str
    tuning: dict[str, Any] | None
    importances: dict[str, dict[str, float]]
    rounds: int
    day_7: dict[str, Any]
    seeds: dict[str, Any]
    thresholds: dict[str, dict[str, float]]
    label_disagreements: dict[str, int]
    example: pd.DataFrame = field(repr=False)
    model: BoostedModel = field(repr=False)
    deployed: BoostedModel = field(repr=False)
    models: dict[str, Model] = field(repr=False)
    split: Split = field(repr=False)

    def booster_bytes(self) -> bytes:
        """Return the primary model in XGBoost's .ubj format."""
        return bytes(self.model.booster.save_raw("ubj"))

    def encoding(self) -> dict[str, Any]:
        """Return what is needed to use the model file: the features in order and the categories behind the codes."""
        return {"features": self.model.encoder.names, "types": self.model.encoder.types} | {
            "categories": self.model.encoder.categories,
            "classes": list(CLASSES),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return everything but models and data as plain values, floats rounded to 6 digits."""
        omitted = ("settings", "example", "predictions", "model", "deployed", "models", "split")
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in omitted}
        return dict(round_floats(values | {"settings": asdict(self.settings)}))

    def json(self) -> str:
        """Return `to_dict` as JSON with sorted keys, so that equal studies give equal bytes."""
        return json.dumps(self.to_dict(), indent=1, sort_keys=True) + "\n"


def run_study(
    frame: pd.DataFrame, settings: StudySettings, tuning_storage: str = "", dask_scheduler: str = ""
) -> Study:
    """Run the study on a feature table and return its results, with the fitted models.

    `frame` has one row per ev_id, and the columns of features.toml and POPULATION_COLUMNS. Choices are made on
    validation; models evaluated on test are refitted on train and validation together.
    `tuning_storage`: SQLAlchemy URL of the database in which workers share trials; empty: in memory.
    `dask_scheduler`: address of the cluster with the `dask_workers` of the settings. Raises InvalidStudy.
    """
    settings.validate()
    feature_registry.require_known_columns(frame.columns)
    require_device(settings.device)
    features = settings.selected_features()
    _require_columns(frame, features)
    population = select_population(frame, settings.first_year, settings.last_year, settings.min_case_age_days)
    split = split_by_year(population.events, settings.validation_year, settings.test_year)
    with dask_cluster.connected(dask_scheduler, settings.dask_workers, settings.device):
        tuned = tuning.tune(split.train, features, settings, tuning_storage) if settings.trials else None
        boosting = tuned.boosting if tuned else settings.boosting_settings()
        hyperparameters = settings.model_settings(boosting)
        encoder = fit_encoder(split.train, features, settings.min_category_count)
        trained = fit_on_train(split.train, split.validation, encoder, hyperparameters)
        encoder = fit_encoder(split.before(), features, settings.min_category_count)
        refitted = refit_on_train_and_validation(split.before(), encoder, hyperparameters, trained)
        foreign = external.foreign_accidents(frame, settings)
        return _evaluate(settings, boosting, population, split, trained, refitted, tuned, foreign)


def _evaluate(
    settings: StudySettings,
    boosting: BoostingSettings,
    population: Population,
    split: Split,
    trained: FittedModels,
    refitted: FittedModels,
    tuned: tuning.TuningResult | None,
    foreign: pd.DataFrame,
) -> Study:
    evaluate = partial(report.evaluate_models, settings, boosting, split)
    windows, weighted, seeds, deployed = _fit_others(settings, boosting, split, trained.primary, refitted.primary)
    evaluation = evaluate(trained, refitted, weighted, windows, foreign)
    windows = [window.on_record(DAY_7) for window in windows]
    late = (trained.on_record(DAY_7), refitted.on_record(DAY_7), weighted.on_record(DAY_7))
    day_7 = evaluate(*late, windows, foreign, DAY_7)
    leakage = report.check_leakage(settings, split, refitted, evaluation)
    return Study(
        **asdict(replace(evaluation, predictions=_all_predictions(evaluation, day_7))),
        **asdict(leakage),
        settings=settings,
        **_describe_data(population, split),
        tuning=tuned.to_dict() if tuned else None,
        day_7={name: value for name, value in asdict(day_7).items() if name != "predictions"},
        thresholds={record: _thresholds(trained.primary.on_record(record), split) for record in RECORDS},
        **_describe_primary(refitted.primary, split),
        seeds=seeds,
        deployed=deployed,
        models=refitted.models,
    )


def _fit_others(
    settings: StudySettings, boosting: BoostingSettings, split: Split, trained: BoostedModel, refitted: BoostedModel
) -> list[Any]:
    """Return the backtest windows, the model with class weights, the metrics by seed, and the deployed model."""
    before, features = split.before(), refitted.encoder.features
    return run_all(
        [
            partial(backtest.run_backtest, before, features, settings, boosting, (split.train, trained)),
            partial(decision_rules.fit_weighted, before, refitted, boosting),
            partial(metrics_by_seed, trained, split, boosting, settings.n_seeds),
            partial(deployment.fit_deployed, split, features, settings, boosting, trained),
        ]
    )


def round_floats(value: Any) -> Any:
    """Return the value with all floats rounded to 6 digits, in nested dicts and lists too; tuples become lists."""
    if isinstance(value, dict):
        return {key: round_floats(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [round_floats(inner) for inner in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _require_columns(frame: pd.DataFrame, features: Features) -> None:
    required = [*feature_registry.POPULATION_COLUMNS, *(feature.column for feature in features)]
    required = [name for name in required if name not in feature_registry.OPTIONAL_COLUMNS]
    missing = [name for name in required if name not in frame.columns]
    if missing:
        raise InvalidStudy(f"feature table: expected columns {', '.join(missing)}, found none; rebuild event_features.")


def _describe_data(population: Population, split: Split) -> dict[str, Any]:
    """Return the fields of Study that describe the events and the partitions."""
    return {
        "split": split,
        "example": split.test.head(5),
        "excluded": population.excluded,
        "counts": _count_events(split),
        "split_id": split.id(),
        "test_id": split.test_id(),
        "label_disagreements": _count_label_disagreements(split),
    }


def _describe_primary(model: BoostedModel, split: Split) -> dict[str, Any]:
    """Return the fields of Study that describe the primary model."""
    return {
        "primary_model": PRIMARY,
        "model": model,
        "features": model.encoder.names,
        "importances": explain.mean_absolute_shap(model, split.test),
        "rounds": model.rounds,
    }


def _all_predictions(closed: report.EvaluationReport, day_7: report.EvaluationReport) -> pd.DataFrame:
    """Return the predictions on both records; parts on that of day 7 are named such as "test, day-7"."""
    late = day_7.predictions.assign(part=day_7.predictions["part"] + f", {DAY_7}")
    return pd.concat([closed.predictions, late], ignore_index=True)


def _thresholds(model: BoostedModel, split: Split) -> dict[str, float]:
    """Return {class: threshold} of a model that was not fitted on validation."""
    return class_thresholds(labels(split.validation), model.probabilities(split.validation))


def _count_label_disagreements(split: Split) -> dict[str, int]:
    """Return {partition: events}; without partitions if the table does not say."""
    column = feature_registry.LABEL_DISAGREEMENT
    parts = {part: getattr(split, part) for part in PARTS}
    return {part: int(events[column].sum()) for part, events in parts.items() if column in events}


def _count_events(split: Split) -> dict[str, Any]:
    """Return {partition: {"events": n, class: n, ...}}."""
    counts: dict[str, Any] = {}
    for part in PARTS:
        severity = getattr(split, part)["severity"]
        counts[part] = {"events": len(severity)} | {name: int((severity == name).sum()) for name in CLASSES}
    return counts
