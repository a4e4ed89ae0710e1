"""The ordinal model gives every class a probability of its own, without steps that cross."""

import numpy as np
import pandas as pd
from severity_frame import feature_table

from models.severity.config import BoostingSettings, ModelSettings
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.feature_registry import features_at
from models.severity.estimators.base import MIN_PROBABILITY
from models.severity.estimators.ordinal import OrdinalModel
from models.severity.evaluation.metrics import compute_metrics

BOOSTING = BoostingSettings(rounds=40, learning_rate=0.2, early_stopping_rounds=40)
FEATURES = tuple(features_at("T1"))


def fit(train: pd.DataFrame) -> OrdinalModel:
    return OrdinalModel.fit(train, train, fit_encoder(train, FEATURES, 5), ModelSettings(boosting=BOOSTING))


def test_no_class_is_impossible_because_steps_cross() -> None:
    """With differences of exceedance probabilities, overfitted steps cross, and some probabilities are nearly 0."""
    train, test = feature_table(900, seed=1), feature_table(900, seed=2)
    model = fit(train)
    probabilities = model.probabilities(test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities.min() > 100 * MIN_PROBABILITY
    assert compute_metrics(labels(test), probabilities)["log_loss"] < 2.5


def test_the_first_step_is_the_probability_of_a_fatal_injury() -> None:
    model, events = fit(feature_table(600)), feature_table(100, seed=5)
    np.testing.assert_allclose(model.fatal(events), model.probabilities(events)[:, 3], atol=1e-5)


def test_classes_that_do_not_occur_get_no_probability() -> None:
    train = feature_table(400)
    train = train[train["severity"].isin(["NONE", "SERS"])]
    probabilities = fit(train).probabilities(feature_table(50, seed=3))
    assert probabilities[:, [1, 3]].max() < 1e-3 and probabilities[:, [0, 2]].min() > 1e-4


def test_validation_without_events_of_a_class_stops_training_early() -> None:
    train, none = feature_table(400), feature_table(50, seed=3).query("severity == 'FATL'")
    model = OrdinalModel.fit(train, none, fit_encoder(train, FEATURES, 5), ModelSettings(boosting=BOOSTING))
    assert np.isfinite(model.probabilities(train)).all()
