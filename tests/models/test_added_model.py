"""A model that is added as docs/how-to/add-a-model.md describes changes nothing but the lists of compared models."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.config import ModelSettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.estimators import compared
from models.severity.estimators.base import ComparedModel, Model, normalize
from models.severity.estimators.compared import MODELS, ModelEntry, Role
from models.severity.study import Study, StudySettings, run_study
from reports.severity import metric_tables, report

QUICK = StudySettings(rounds=15, early_stopping_rounds=5, n_bootstrap=20, trees=5, backtest_windows=1)
NAME = "aardvark"
COMPARISONS = ("metrics", "paired", "fatal")
# Components of the page that show all models.
LISTS = {"metrics", "log_loss", "fatal_auc", "paired", "fatal_metrics"}


@dataclass(frozen=True)
class SharesByPhase(ComparedModel):
    """Class shares by phase of flight."""

    shares: dict[Any, Matrix]

    @classmethod
    def fit(cls, train: pd.DataFrame, validation: pd.DataFrame, encoder: Encoder, settings: ModelSettings) -> Model:
        groups = train.groupby(train["phase"].fillna(""))
        return cls({name: np.bincount(labels(rows), minlength=4) + 1.0 for name, rows in groups})

    def probabilities(self, events: pd.DataFrame) -> Matrix:
        return normalize(np.stack([self.shares[name] for name in events["phase"].fillna("")]))


@cache
def study() -> Study:
    return run_study(feature_table(1200), QUICK)


def without_added(value: Any) -> Any:
    """The value without entries of the added model, in nested dicts too."""
    if isinstance(value, dict):
        return {key: without_added(inner) for key, inner in value.items() if key != NAME}
    return list(map(without_added, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("position", [0, 3, len(MODELS)])
def test_the_page_the_scores_and_the_registered_model_stay_those_of_the_primary_model(
    position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = (*MODELS[:position], ModelEntry(NAME, Role.COMPARISON, SharesByPhase), *MODELS[position:])
    study()
    monkeypatch.setattr(compared, "MODELS", models)
    with_model = run_study(feature_table(1200), QUICK)
    assert with_model.booster_bytes() == study().booster_bytes()
    before, after = study().to_dict(), with_model.to_dict()
    assert all(NAME in after[name] for name in COMPARISONS)
    assert without_added(after) == before
    assert report.headlines(after) == report.headlines(before)
    assert metric_tables.study_summary(after) == metric_tables.study_summary(before)
    different = {name for name, component in report.COMPONENTS.items() if component(after) != component(before)}
    assert different == LISTS
    assert metric_tables.model_names(after)[0] == "xgboost" and NAME in metric_tables.model_names(after)
