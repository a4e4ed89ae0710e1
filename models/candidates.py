"""The models that are compared: one line each. What is chosen is chosen on validation, then all are fitted again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from models.encode import Encoder
from models.fit import (
    Boosted,
    Model,
    choose_rounds,
    fit_boosted,
    fit_logistic,
    fit_recent_shares,
    fit_shares,
)
from models.forest import fit_forest
from models.jobs import together
from models.knobs import Knobs, StudySettings
from models.ordinal import Ordinal, choose_ordinal, fit_ordinal

BASELINE, PRODUCT = "class shares", "xgboost"


@dataclass(frozen=True)
class Candidates:
    """Fitted models; two are also at hand by their kind."""

    boosted: Boosted
    ordinal: Ordinal
    models: dict[str, Model]


def fit_early(
    train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: StudySettings, knobs: Knobs
) -> Candidates:
    """Learned on train; boosting stops where validation says."""
    boosted = partial(choose_rounds, train, validation, encoder, knobs)
    ordinal = partial(choose_ordinal, train, validation, encoder, knobs)
    return _all(train, encoder, settings, boosted, ordinal)


def fit_again(
    before: pd.DataFrame, encoder: Encoder, settings: StudySettings, knobs: Knobs, early: Candidates
) -> Candidates:
    """Learned on train and validation together, with the rounds that were chosen."""
    boosted = partial(fit_boosted, before, encoder, knobs, early.boosted.rounds)
    ordinal = partial(fit_ordinal, before, encoder, knobs, early.ordinal)
    return _all(before, encoder, settings, boosted, ordinal)


def _all(
    events: pd.DataFrame,
    encoder: Encoder,
    settings: StudySettings,
    boosted: Callable[[], Boosted],
    ordinal: Callable[[], Ordinal],
) -> Candidates:
    forest = partial(fit_forest, events, encoder, settings.trees, settings.seed)
    logistic = partial(fit_logistic, events, encoder)
    product, steps, trees, line = together([boosted, ordinal, forest, logistic])
    models: dict[str, Model] = {
        BASELINE: fit_shares(events),
        "recent shares": fit_recent_shares(events),
        "logistic regression": line,
        "random forest": trees,
        "ordinal xgboost": steps,
        PRODUCT: product,
    }
    return Candidates(product, steps, models)
