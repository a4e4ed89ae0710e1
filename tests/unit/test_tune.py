"""Tuning: seeded, forward in time, shared through a storage, and never near validation or test."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity import tuning
from models.severity.config import StudySettings
from models.severity.data import feature_registry, split
from models.severity.data.population import select_population

SETTINGS = StudySettings(rounds=8, early_stopping_rounds=3, trials=3, features=("phase", "total_seats", "make"))


def train() -> pd.DataFrame:
    events = select_population(feature_table(600), 1982, 2021).events
    return split.split_by_year(events, SETTINGS.validation_year, SETTINGS.test_year).train


def search(settings: StudySettings = SETTINGS, storage: str = "") -> tuning.TuningResult:
    return tuning.tune(train(), feature_registry.require_features(settings.features, "T1"), settings, storage)


def test_the_same_seed_tries_the_same_and_finds_the_same() -> None:
    found = search()
    assert found == search()
    assert len(found.trials) == 3
    assert found.knobs == replace(SETTINGS.knobs(), **found.best)
    assert search(replace(SETTINGS, seed=2)).best != found.best
    least = min(trial["value"] for trial in found.trials if trial["state"] == "complete")
    assert least == next(trial["value"] for trial in found.trials if trial["params"] == found.best)


def test_workers_share_the_trials_of_a_storage(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    first = search(replace(SETTINGS, trials=2), storage)
    both = search(replace(SETTINGS, trials=3), storage)
    assert both.trials[:2] == first.trials
    assert len(both.trials) == 3
    assert search(replace(SETTINGS, trials=3), storage) == both
    # Other knobs, another study.
    assert len(search(replace(SETTINGS, trials=1, rounds=7), storage).trials) == 1


def test_folds_look_forward_only_and_end_before_validation() -> None:
    folds = split.rolling_windows(train(), tuning.N_FOLDS, 3, SETTINGS.validation_year)
    assert len(folds) == 3
    for fold in folds:
        learned, stopped, judged = (
            pd.to_datetime(each["ev_date"]) for each in (fold.train, fold.validation, fold.test)
        )
        assert learned.max() < stopped.min() <= stopped.max() < judged.min()
        assert judged.max().year < SETTINGS.validation_year


def test_too_few_years_to_tune_on_is_an_error_that_says_what_to_do() -> None:
    young = feature_table(200, first_year=2014, years=6)
    with pytest.raises(tuning.NoFolds, match="trials = 0"):
        tuning.tune(young[young["ev_year"] < 2016], feature_registry.require_features(("make",), "T1"), SETTINGS)
