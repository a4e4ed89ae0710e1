"""The models that a study compares. A new model needs a class derived from ComparedModel and one line in MODELS."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import pandas as pd

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder
from models.severity.estimators.base import ComparedModel, Model
from models.severity.estimators.class_shares import ClassShares, RecentClassShares
from models.severity.estimators.logistic_regression import LogisticModel
from models.severity.estimators.ordinal import OrdinalModel
from models.severity.estimators.random_forest import RandomForestModel
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.parallel import Job, run_all


class Role(StrEnum):
    """What a model is compared for. One model each is PRIMARY and FATAL."""

    PRIMARY = "primary"  # explained, registered and used for scoring; a BoostedModel
    BASELINE = "baseline"  # ignores the features; the first one is the reference of skill scores
    FATAL = "fatal"  # compared, and its binary model of fatal injury is evaluated separately; an OrdinalModel
    COMPARISON = "comparison"


@dataclass(frozen=True)
class ModelEntry:
    """A compared model: its name in results, its role and its class."""

    name: str
    role: Role
    family: type[ComparedModel]


# From the fastest to the slowest to fit.
MODELS = (
    ModelEntry("class shares", Role.BASELINE, ClassShares),
    ModelEntry("recent shares", Role.BASELINE, RecentClassShares),
    ModelEntry("logistic regression", Role.COMPARISON, LogisticModel),
    ModelEntry("random forest", Role.COMPARISON, RandomForestModel),
    ModelEntry("ordinal xgboost", Role.FATAL, OrdinalModel),
    ModelEntry("xgboost", Role.PRIMARY, BoostedModel),
)
NAMES = {role: next(entry.name for entry in MODELS if entry.role == role) for role in Role}
BASELINES = tuple(entry.name for entry in MODELS if entry.role == Role.BASELINE)
BASELINE, PRIMARY = NAMES[Role.BASELINE], NAMES[Role.PRIMARY]
PRIMARY_FAMILY = next(entry.family for entry in MODELS if entry.role == Role.PRIMARY)


@dataclass(frozen=True)
class FittedModels:
    """Fitted models by name, in the order of MODELS."""

    models: dict[str, Model]

    def on_record(self, record: str) -> "FittedModels":
        """Return the same models, which are given events as the record shows them (records.py)."""
        return FittedModels({name: model.on_record(record) for name, model in self.models.items()})

    @property
    def primary(self) -> BoostedModel:
        """Return the model that is explained, registered and used for scoring."""
        return _require_type(self.models[PRIMARY], BoostedModel, Role.PRIMARY)

    @property
    def fatal_model(self) -> OrdinalModel:
        """Return the model that contains a binary model of fatal injury."""
        return _require_type(self.models[NAMES[Role.FATAL]], OrdinalModel, Role.FATAL)


def fit_on_train(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings
) -> FittedModels:
    """Return all models fitted on train; boosting stops early on validation."""
    jobs = {entry.name: partial(entry.family.fit, train, validation, encoder, settings) for entry in MODELS}
    return _fit_all(jobs)


def refit_on_train_and_validation(
    events: pd.DataFrame, encoder: Encoder, settings: ModelSettings, fitted: FittedModels
) -> FittedModels:
    """Return all models fitted on train and validation together, with the numbers of rounds that `fitted` chose."""
    return _fit_all(
        {
            entry.name: partial(entry.family.refit, fitted.models[entry.name], events, encoder, settings)
            for entry in MODELS
        }
    )


def _fit_all(jobs: Mapping[str, Job]) -> FittedModels:
    # The slowest first.
    models = run_all(list(jobs.values())[::-1])[::-1]
    return FittedModels(dict(zip(jobs, models, strict=True)))


def _require_type(model: Model, expected: type[Any], role: Role) -> Any:
    """Return the model; raise TypeError if it is of another type than its role requires."""
    if not isinstance(model, expected):
        raise TypeError(
            f"MODELS: expected the model with role {role} to be a {expected.__name__}, found a {type(model).__name__}; "
            "assign the role to another model"
        )
    return model
