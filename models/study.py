"""The severity study: from the feature table to models, figures, alarms. Same table, same settings, same bytes."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from models import alarms, explain, judge, registry, split
from models.encode import Encoder, fit_encoder, labels
from models.fit import Boosted, Knobs, Model, choose_rounds, fit_boosted, fit_logistic, fit_shares
from models.population import CLASSES, choose
from models.registry import Feature

DIGITS = 6


@dataclass(frozen=True)
class StudySettings:
    """Every knob of the study. `features` empty means: all that are known at `moment`."""

    moment: str = "T1"
    first_year: int = 1982
    validation_year: int = 2016
    test_year: int = 2019
    last_year: int = 2021
    seed: int = 20190101
    max_depth: int = 5
    learning_rate: float = 0.08
    rounds: int = 400
    early_stopping_rounds: int = 30
    bootstrap_draws: int = 300
    features: tuple[str, ...] = ()
    smallest_category: int = 20

    def knobs(self) -> Knobs:
        """The part of it that is XGBoost's."""
        return Knobs(self.seed, self.max_depth, self.learning_rate, self.rounds, self.early_stopping_rounds)

    def chosen(self) -> tuple[Feature, ...]:
        """The features of the study; FeatureNotKnown where one is asked for too early."""
        if self.features:
            return tuple(registry.require(self.features, self.moment))
        return tuple(registry.columns_for(self.moment))


@dataclass(frozen=True)
class Study:
    """What came out. `metrics` is model -> part -> figures (models/judge.py); the rest is named by what it holds."""

    settings: StudySettings
    features: list[str]
    metrics: dict[str, dict[str, Any]]
    counts: dict[str, Any]
    excluded: dict[str, int]
    alarms: list[str]
    single_features: dict[str, float]
    blank_flags: float | None
    importances: dict[str, dict[str, float]]
    rounds: int
    example: pd.DataFrame = field(repr=False)
    model: Boosted = field(repr=False)
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
        kept = ("features", "metrics", "counts", "excluded", "alarms", "single_features", "blank_flags", "importances")
        found = {name: getattr(self, name) for name in kept} | {
            "rounds": self.rounds,
            "settings": asdict(self.settings),
        }
        return dict(rounded(found))

    def json(self) -> str:
        """`facts` as JSON with sorted keys, so that equal studies are equal bytes."""
        return json.dumps(self.facts(), indent=1, sort_keys=True) + "\n"


def run_study(frame: pd.DataFrame, settings: StudySettings) -> Study:
    """Run the study on the feature table (one row per ev_id; columns of models/features.toml and of the population).

    Choices are made on validation; the models judged on test are fitted again on train and validation together.
    Raises FeatureNotKnown (a column no model may see), NoPopulation, EmptyPart.
    """
    registry.refuse_strangers(frame.columns)
    features = settings.chosen()
    _require_columns(frame, features)
    population = choose(frame, settings.first_year, settings.last_year)
    parts = split.by_year(population.events, settings.validation_year, settings.test_year)
    before = pd.concat([parts.train, parts.validation]).sort_values("ev_id", ignore_index=True)
    early_encoder = fit_encoder(parts.train, features, settings.smallest_category)
    tried = choose_rounds(parts.train, parts.validation, early_encoder, settings.knobs())
    encoder = fit_encoder(before, features, settings.smallest_category)
    boosted = fit_boosted(before, encoder, settings.knobs(), tried.rounds)
    final = _models(before, encoder, boosted)
    metrics = _metrics(_models(parts.train, early_encoder, tried), parts.validation, final, parts.test, settings)
    return _conclude(settings, parts, before, boosted, final, metrics, population.excluded)


def _conclude(
    settings: StudySettings,
    parts: split.Split,
    before: pd.DataFrame,
    boosted: Boosted,
    final: dict[str, Model],
    metrics: dict[str, dict[str, Any]],
    excluded: dict[str, int],
) -> Study:
    """Alarms, explanations and counts beside the models."""
    features = boosted.encoder.features
    single = alarms.single_features(before, features, settings.smallest_category, settings.seed)
    blanks = alarms.blank_flags(before, features, settings.seed)
    raised = [alarm for name in final for alarm in alarms.too_good(name, metrics[name]["test"])]
    return Study(
        settings=settings,
        features=boosted.encoder.names,
        metrics=metrics,
        counts=_counts(parts),
        excluded=excluded,
        alarms=raised + alarms.suspicious(single, blanks),
        single_features=single,
        blank_flags=blanks,
        importances=explain.importances(boosted, parts.test),
        rounds=boosted.rounds,
        example=parts.test.head(5),
        model=boosted,
        models=final,
        parts=parts,
    )


def rounded(value: Any) -> Any:
    """The value with every float rounded, as deep as it goes."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _require_columns(frame: pd.DataFrame, features: tuple[Feature, ...]) -> None:
    wanted = [*registry.POPULATION_COLUMNS, *(feature.column for feature in features)]
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise ValueError(f"feature table: columns {', '.join(absent)} expected, not found; build event_features again")


def _models(events: pd.DataFrame, encoder: Encoder, boosted: Boosted) -> dict[str, Model]:
    return {
        "class shares": fit_shares(events),
        "logistic regression": fit_logistic(events, encoder),
        "xgboost": boosted,
    }


def _metrics(
    early: dict[str, Model],
    validation: pd.DataFrame,
    final: dict[str, Model],
    test: pd.DataFrame,
    settings: StudySettings,
) -> dict[str, dict[str, Any]]:
    """Model -> part -> figures; the skill is against the class shares of the same part."""
    found: dict[str, dict[str, Any]] = {}
    for part, models, events in (("validation", early, validation), ("test", final, test)):
        for name, model in models.items():
            draws = settings.bootstrap_draws if part == "test" else 0
            judged = judge.judge(labels(events), model.probabilities(events), draws, settings.seed)
            found.setdefault(name, {})[part] = judged
            baseline = found["class shares"][part]["log_loss"]
            judged["log_loss_skill"] = judge.skill(judged["log_loss"], baseline)
    return found


def _counts(parts: split.Split) -> dict[str, Any]:
    """Events per part, and of each class in it."""
    found: dict[str, Any] = {}
    for part in split.PARTS:
        severity = getattr(parts, part)["severity"]
        found[part] = {"events": len(severity)} | {name: int((severity == name).sum()) for name in CLASSES}
    return found
