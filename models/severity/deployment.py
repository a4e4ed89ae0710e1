"""The model to use: the recipe of the evaluated one, fitted again on all closed years."""

from typing import Any

import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import fit_encoder
from models.severity.data.feature_registry import Features
from models.severity.data.split import Split
from models.severity.estimators.compared import PRIMARY_FAMILY


def fit_deployed(
    split: Split, features: Features, settings: StudySettings, boosting: BoostingSettings, fitted: Any
) -> Any:
    """Return the primary model fitted on train, validation and test, with the hyperparameters that `fitted` chose.

    It is not evaluated: a frozen test set says how good the recipe is, but a model without the newest years would be
    out of date when it is used.
    """
    events = pd.concat([split.before(), split.test]).sort_values("ev_id", ignore_index=True)
    encoder = fit_encoder(events, features, settings.min_category_count)
    return PRIMARY_FAMILY.refit(fitted, events, encoder, settings.model_settings(boosting))
