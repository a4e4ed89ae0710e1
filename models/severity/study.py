"""The severity study: from the feature table to models, figures, alarms. Same table, same settings, same bytes."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from models.severity import explain, tuning
from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import feature_registry, split
from models.severity.data.encoding import fit_encoder
from models.severity.data.feature_registry import Feature
from models.severity.data.population import CLASSES, Population, select_population
from models.severity.errors import InvalidStudy
from models.severity.estimators import dask_cluster
from models.severity.estimators.base import Model
from models.severity.estimators.compared import FittedModels, fit_on_train, refit_on_train_and_validation
from models.severity.estimators.device import require_device
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import report

DIGITS = 6


@dataclass(frozen=True)
class Study(report.EvaluationReport, report.LeakageReport):
    """What came out: figures and gates (models/verdict.py), and what they rest on.

    `split_id` names the frozen test. `tuning` is None where no trial was asked for.
    """

    settings: StudySettings
    features: list[str]
    counts: dict[str, Any]
    excluded: dict[str, int]
    split_id: str
    tuning: dict[str, Any] | None
    importances: dict[str, dict[str, float]]
    rounds: int
    example: pd.DataFrame = field(repr=False)
    model: BoostedModel = field(repr=False)
    models: dict[str, Model] = field(repr=False)
    parts: split.Split = field(repr=False)

    def booster_bytes(self) -> bytes:
        """The XGBoost model as .ubj."""
        return bytes(self.model.booster.save_raw("ubj"))

    def encoding(self) -> dict[str, Any]:
        """What a reader of the model file needs: the features in order, and the categories behind the places."""
        return {"features": self.model.encoder.names, "types": self.model.encoder.types} | {
            "categories": self.model.encoder.categories,
            "classes": list(CLASSES),
        }

    def facts(self) -> dict[str, Any]:
        """Everything but the models, as plain values rounded to 6 digits."""
        left_out = ("settings", "example", "model", "models", "parts")
        kept = [name for name in self.__dataclass_fields__ if name not in left_out]
        return dict(round_floats({name: getattr(self, name) for name in kept} | {"settings": asdict(self.settings)}))

    def json(self) -> str:
        """`facts` as JSON with sorted keys, so that equal studies are equal bytes."""
        return json.dumps(self.facts(), indent=1, sort_keys=True) + "\n"


def run_study(
    frame: pd.DataFrame, settings: StudySettings, tuning_storage: str = "", dask_scheduler: str = ""
) -> Study:
    """Run the study on the feature table (one row per ev_id; columns of models/features.toml and of the population).

    Choices are made on validation; the models judged on test are fitted again on train and validation together.
    `tuning_storage`: SQLAlchemy address that workers share their trials in; empty: in memory. `dask_scheduler`: where
    the `dask_workers` of the settings are found. Raises StudyImpossible with what to mend.
    """
    settings.require_sense()
    feature_registry.require_known_columns(frame.columns)
    require_device(settings.device)
    features = settings.chosen()
    _require_columns(frame, features)
    population = select_population(frame, settings.first_year, settings.last_year, settings.min_case_age_days)
    parts = split.split_by_year(population.events, settings.validation_year, settings.test_year)
    with dask_cluster.connected(dask_scheduler, settings.dask_workers, settings.device):
        tuned = tuning.tune(parts.train, features, settings, tuning_storage) if settings.trials else None
        knobs = tuned.knobs if tuned else settings.knobs()
        encoder = fit_encoder(parts.train, features, settings.min_category_count)
        early = fit_on_train(parts.train, parts.validation, encoder, settings, knobs)
        before = parts.before()
        final = refit_on_train_and_validation(
            before, fit_encoder(before, features, settings.min_category_count), settings, knobs, early
        )
        return _evaluate(settings, knobs, population, parts, early, final, tuned)


def _evaluate(
    settings: StudySettings,
    knobs: BoostingSettings,
    population: Population,
    parts: split.Split,
    early: FittedModels,
    final: FittedModels,
    tuned: tuning.TuningResult | None,
) -> Study:
    """Figures, gates, explanations and counts beside the models."""
    found = report.evaluate_models(settings, knobs, parts, early, final)
    gates = report.check_leakage(settings, parts, final, found)
    return Study(
        **asdict(found),
        **asdict(gates),
        settings=settings,
        features=final.boosted.encoder.names,
        counts=_count_events(parts),
        excluded=population.excluded,
        split_id=parts.id(),
        tuning=tuned.facts() if tuned else None,
        importances=explain.mean_absolute_shap(final.boosted, parts.test),
        rounds=final.boosted.rounds,
        example=parts.test.head(5),
        model=final.boosted,
        models=final.models,
        parts=parts,
    )


def round_floats(value: Any) -> Any:
    """The value with every float rounded, as deep as it goes."""
    if isinstance(value, dict):
        return {key: round_floats(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [round_floats(inner) for inner in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _require_columns(frame: pd.DataFrame, features: tuple[Feature, ...]) -> None:
    wanted = [*feature_registry.POPULATION_COLUMNS, *(feature.column for feature in features)]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise InvalidStudy(
            f"feature table: columns {', '.join(absent)} expected, not found; build event_features again"
        )


def _count_events(parts: split.Split) -> dict[str, Any]:
    """Events per part, and of each class in it."""
    found: dict[str, Any] = {}
    for part in split.PARTS:
        severity = getattr(parts, part)["severity"]
        found[part] = {"events": len(severity)} | {name: int((severity == name).sum()) for name in CLASSES}
    return found
