"""The same number of trials for each tuned model, on validation, and luigi.cfg has the best settings."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from severity_frame import feature_table

from benchmark import equal_budget
from models.severity.config import StudySettings
from models.severity.data.population import select_population
from models.severity.data.records import RECORDS
from models.severity.data.split import split_by_year

QUICK = StudySettings(rounds=5, early_stopping_rounds=2, trees=3)


def test_every_model_has_the_same_number_of_trials() -> None:
    trials = pd.read_csv(equal_budget.BUDGET).groupby("model")["trial"].apply(list)
    assert set(trials.index) == set(equal_budget.SPACES)
    assert all(numbers == list(range(20)) for numbers in trials)


@pytest.mark.parametrize("name", equal_budget.SPACES)
def test_the_settings_are_those_of_the_best_trial(name: str) -> None:
    trials = pd.read_csv(equal_budget.BUDGET)
    best = trials[trials["model"] == name].sort_values("mean").iloc[0]
    expected = {setting: float(f"{value:.2g}") for setting, value in json.loads(best["settings"]).items()}
    configured = equal_budget.configured()
    assert {setting: getattr(configured, setting) for setting in expected} == pytest.approx(expected)


@pytest.mark.parametrize("name", equal_budget.SPACES)
def test_the_recorded_losses_lead_to_the_recorded_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = pd.read_csv(equal_budget.BUDGET)
    trials = budget[budget["model"] == name]
    losses = iter(trials[[*RECORDS]].to_dict("records"))
    monkeypatch.setattr(equal_budget, "evaluate", lambda *_: next(losses))
    parts = split_by_year(feature_table(20), QUICK.validation_year, QUICK.test_year)
    lines = list(equal_budget.trials(name, parts, equal_budget.configured(), len(trials)))
    expected = [pytest.approx(json.loads(text)) for text in trials["settings"]]
    assert [json.loads(line["settings"]) for line in lines] == expected


def test_trials_without_recorded_ones_begin_with_the_settings_and_never_see_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equal_budget, "BUDGET", tmp_path / "budget.csv")
    events = select_population(feature_table(300), QUICK.first_year, QUICK.last_year).events
    parts = split_by_year(events, QUICK.validation_year, QUICK.test_year)
    lines = list(equal_budget.trials("xgboost", parts, QUICK, 2))
    assert json.loads(lines[0]["settings"])["max_depth"] == QUICK.max_depth
    without_test = replace(parts, test=parts.test.head(0))
    assert list(equal_budget.trials("xgboost", without_test, QUICK, 2)) == lines
