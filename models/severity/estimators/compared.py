"""The models that are compared: one line each. What is chosen is chosen on validation, then all are fitted again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import Encoder
from models.severity.estimators.base import Model
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.logistic_regression import fit_logistic
from models.severity.estimators.ordinal import OrdinalModel, fit_ordinal, fit_ordinal_with_early_stopping
from models.severity.estimators.random_forest import fit_forest
from models.severity.estimators.xgboost_multiclass import BoostedModel, fit_boosted, fit_with_early_stopping
from models.severity.parallel import run_all

BASELINE, PRIMARY = "class shares", "xgboost"


@dataclass(frozen=True)
class FittedModels:
    """Fitted models; two are also at hand by their kind."""

    boosted: BoostedModel
    ordinal: OrdinalModel
    models: dict[str, Model]


def fit_on_train(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: StudySettings, knobs: BoostingSettings
) -> FittedModels:
    """Learned on train; boosting stops where validation says."""
    boosted = partial(fit_with_early_stopping, train, validation, encoder, knobs)
    ordinal = partial(fit_ordinal_with_early_stopping, train, validation, encoder, knobs)
    return _fit_all(train, encoder, settings, boosted, ordinal)


def refit_on_train_and_validation(
    before: pd.DataFrame, encoder: Encoder, settings: StudySettings, knobs: BoostingSettings, early: FittedModels
) -> FittedModels:
    """Learned on train and validation together, with the rounds that were chosen."""
    boosted = partial(fit_boosted, before, encoder, knobs, early.boosted.rounds)
    ordinal = partial(fit_ordinal, before, encoder, knobs, early.ordinal)
    return _fit_all(before, encoder, settings, boosted, ordinal)


def _fit_all(
    events: pd.DataFrame,
    encoder: Encoder,
    settings: StudySettings,
    boosted: Callable[[], BoostedModel],
    ordinal: Callable[[], OrdinalModel],
) -> FittedModels:
    forest = partial(fit_forest, events, encoder, settings.trees, settings.seed)
    logistic = partial(fit_logistic, events, encoder)
    product, steps, trees, line = run_all([boosted, ordinal, forest, logistic])
    models: dict[str, Model] = {
        BASELINE: fit_class_shares(events),
        "recent shares": fit_recent_class_shares(events),
        "logistic regression": line,
        "random forest": trees,
        "ordinal xgboost": steps,
        PRIMARY: product,
    }
    return FittedModels(product, steps, models)
