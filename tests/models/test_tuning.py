"""Tuning is seeded, uses training years only, and shares trials through a storage."""

from dataclasses import replace
from pathlib import Path

import optuna
import pandas as pd
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState
from severity_frame import feature_table

from models.severity import tuning
from models.severity.config import StudySettings
from models.severity.data import feature_registry, split
from models.severity.data.population import select_population

SETTINGS = StudySettings(rounds=8, early_stopping_rounds=3, trials=3, features=("phase", "total_seats", "make"))


def train() -> pd.DataFrame:
    events = select_population(feature_table(600), 1982, 2021).events
    return split.split_by_year(events, SETTINGS.validation_year, SETTINGS.test_year).train


def tune(settings: StudySettings = SETTINGS, storage: str = "") -> tuning.TuningResult:
    return tuning.tune(train(), feature_registry.require_features(settings.features, "T1"), settings, storage)


def test_equal_seeds_give_equal_results() -> None:
    result = tune()
    assert result == tune()
    assert len(result.trials) == 3
    assert result.boosting == replace(SETTINGS.boosting_settings(), **result.best)
    assert tune(replace(SETTINGS, seed=2)).best != result.best
    lowest = min(trial["value"] for trial in result.trials if trial["state"] == "complete")
    assert lowest == next(trial["value"] for trial in result.trials if trial["params"] == result.best)


def test_studies_with_equal_settings_share_the_trials_of_a_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    first = tune(replace(SETTINGS, trials=2), storage)
    second = tune(replace(SETTINGS, trials=3), storage)
    assert second.trials[:2] == first.trials
    assert len(second.trials) == 3
    assert tune(replace(SETTINGS, trials=3), storage) == second
    assert len(tune(replace(SETTINGS, trials=1, rounds=7), storage).trials) == 1
    # With another search space, or another fixed value beside it, the trials in the storage do not count.
    monkeypatch.setattr(tuning, "SEARCH_SPACE", {"max_depth": IntDistribution(9, 9)})
    trials = [tune(replace(SETTINGS, trials=1, subsample=share), storage).trials[0] for share in (0.8, 0.3)]
    assert [trial["params"] for trial in trials] == [{"max_depth": 9}] * 2
    assert trials[0]["value"] != trials[1]["value"]


def test_a_restarted_worker_gets_the_result_of_an_uninterrupted_one(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    # More than ten, so that TPE uses the results of earlier trials.
    settings = replace(SETTINGS, trials=13)
    tune(replace(SETTINGS, trials=4), storage)
    tune(replace(SETTINGS, trials=11), storage)
    assert tune(settings, storage) == tune(settings)
    # With fewer trials than in the storage, the first ones count.
    assert tune(SETTINGS, storage) == tune()


def test_folds_look_forward_only_and_end_before_validation() -> None:
    folds = split.rolling_windows(train(), tuning.N_FOLDS, 3, SETTINGS.validation_year)
    assert len(folds) == 3
    for fold in folds:
        fitted, held_out, test = (
            pd.to_datetime(events["ev_date"]) for events in (fold.train, fold.validation, fold.test)
        )
        assert fitted.max() < held_out.min() <= held_out.max() < test.min()
        assert test.max().year < SETTINGS.validation_year


def test_too_few_training_years_is_an_error_with_the_next_step() -> None:
    recent = feature_table(200, first_year=2014, years=6)
    with pytest.raises(tuning.NoFolds, match="trials = 0"):
        tuning.tune(recent[recent["ev_year"] < 2016], feature_registry.require_features(("make",), "T1"), SETTINGS)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("ending", ["pruned", "complete", "reported"])
def test_a_trial_that_another_worker_has_failed_is_replaced(ending: str, kind: str, tmp_path: Path) -> None:
    """As for a worker that sent no heartbeat because the machine slept."""
    storage = tuning.open_storage("" if kind == "memory" else f"sqlite:///{tmp_path / 'trials.db'}")
    study = optuna.create_study(storage=storage, sampler=tuning.TrialSeededTPESampler(1))

    def objective(trial: optuna.Trial) -> float:
        if trial.number == 0:
            study.tell(0, state=TrialState.FAIL)
            if ending == "pruned":
                raise optuna.TrialPruned
            if ending == "reported":
                trial.report(1.0, 0)
        return trial.suggest_float("x", 0, 1) if trial.number else 1.0

    assert [trial.number for trial in tuning.run_trials(study, objective, 2)] == [1, 2]
    assert [trial.state.name for trial in study.get_trials()] == ["FAIL", "COMPLETE", "COMPLETE"]


def test_a_trial_killed_before_its_first_heartbeat_is_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "GRACE_PERIOD_S", 0)
    monkeypatch.setattr(tuning, "POLL_INTERVAL_S", 0)
    study = optuna.create_study(sampler=tuning.TrialSeededTPESampler(1))
    study.ask()
    trials = tuning.run_trials(study, lambda trial: trial.suggest_float("x", 0, 1), 1)
    assert [trial.number for trial in trials] == [1]


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), ValueError("a bug")])
def test_errors_of_the_objective_are_raised(error: Exception) -> None:
    study = optuna.create_study(sampler=tuning.TrialSeededTPESampler(1))

    def objective(trial: optuna.Trial) -> float:
        raise error

    with pytest.raises(type(error), match="a bug"):
        tuning.run_trials(study, objective, 1)
    assert [trial.state for trial in study.get_trials()] == [TrialState.FAIL]
