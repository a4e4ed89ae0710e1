"""Tuning by several workers that share their trials in PostgreSQL: as many as were asked for, and none twice."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
import sqlalchemy
from optuna.trial import TrialState
from psycopg2.extensions import connection as Connection
from severity_frame import feature_table

from models.severity import tuning, tuning_trials
from models.severity.data import feature_registry
from models.severity.data.population import select_population
from models.severity.data.split import split_by_year
from models.severity.tuning_sampler import TrialSeededTPESampler

REPOSITORY = Path(__file__).resolve().parents[2]
# So few that none is pruned, and that each has the dice of its number: then nothing depends on who does what.
SETTINGS = tuning.StudySettings(rounds=5, early_stopping_rounds=3, trials=5, features=("phase", "total_seats"))
# A worker that gives a sign of life every second, and whose trials wait until the file `gate` is there.
WORKER = """
import sys, time
sys.path[:0] = [{tests!r}]
from dataclasses import replace
from pathlib import Path
from models import trials, tune
import test_trials
trials.HEARTBEAT, trials.LOST = 1, 4
ready = tune._loss_of
def waiting(fold, knobs):
    while not Path({gate!r}).exists():
        time.sleep(0.1)
    return ready(fold, knobs)
tune._loss_of = waiting
settings = replace(test_trials.SETTINGS, trials={trials})
found = tune.search(test_trials.train(), test_trials.FEATURES, settings, {address!r})
import json
print(json.dumps(found.facts(), sort_keys=True))
"""
FEATURES = feature_registry.require_features(SETTINGS.features, "T1")


def train() -> Any:
    events = select_population(feature_table(600), 1982, 2021).events
    return split_by_year(events, SETTINGS.validation_year, SETTINGS.test_year).train


def worker(address: str, count: int = 5, gate: Path = Path()) -> subprocess.Popen[str]:
    code = WORKER.format(tests=str(Path(__file__).parent), gate=str(gate), trials=count, address=address)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])}
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)


def is_waiting(worker: subprocess.Popen[str], address: str) -> bool:
    """True where the last trial has knobs and has not ended; the worker must be alive."""
    assert worker.poll() is None
    trials = kept(address)
    return bool(trials and trials[-1].state == TrialState.RUNNING and trials[-1].params)


@pytest.fixture
def address(server: str, database: Connection) -> str:
    """A database of the private server."""
    name = database.get_dsn_parameters()["dbname"]
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)


def kept(address: str) -> list[optuna.trial.FrozenTrial]:
    storage = tuning_trials.open_storage(address)
    names = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=names[0], storage=storage).get_trials() if names else []


def test_two_workers_share_the_trials_and_find_what_one_finds(address: str) -> None:
    both = [worker(address), worker(address)]
    found = [json.loads(each.communicate(timeout=300)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    alone = json.loads(json.dumps(tuning.tune(train(), FEATURES, SETTINGS).facts()))
    assert [trial["params"] for trial in found[0]["trials"]] == [trial["params"] for trial in alone["trials"]]
    assert found == [alone, alone]
    tried = [json.dumps(trial.params) for trial in kept(address) if trial.state in tuning_trials.ENDED]
    assert len(tried) == len(set(tried)) == 5


def test_a_trial_of_a_killed_worker_is_made_up_for(address: str, tmp_path: Path) -> None:
    first = worker(address, 2)
    first.communicate(timeout=300)
    lost = worker(address, gate=tmp_path / "never")
    while not is_waiting(lost, address):
        time.sleep(0.2)
    lost.send_signal(signal.SIGKILL)
    lost.communicate()
    second = worker(address)
    found = json.loads(second.communicate(timeout=300)[0])
    assert [trial["number"] for trial in found["trials"]] == [0, 1, 3, 4, 5]
    assert kept(address)[2].state == TrialState.FAIL
    params = [json.dumps(trial["params"]) for trial in found["trials"]]
    assert len(set(params)) == 5


def test_a_worker_that_begins_again_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    more = replace(SETTINGS, trials=13)
    tuning.tune(train(), FEATURES, replace(SETTINGS, trials=4), storage)
    tuning.tune(train(), FEATURES, replace(SETTINGS, trials=11), storage)
    assert tuning.tune(train(), FEATURES, more, storage) == tuning.tune(train(), FEATURES, more)
    # Fewer than there are: the first of them.
    assert tuning.tune(train(), FEATURES, SETTINGS, storage) == tuning.tune(train(), FEATURES, SETTINGS)


def test_of_two_who_take_the_last_trial_the_later_one_leaves_it() -> None:
    study = optuna.create_study(sampler=TrialSeededTPESampler(1))
    early, late = study.ask(), study.ask()
    assert tuning_trials._unless_surplus(study, early, lambda trial: 1.0, 1) == 1.0
    with pytest.raises(tuning_trials._Surplus):
        tuning_trials._unless_surplus(study, late, lambda trial: 1.0, 1)


def test_a_trial_that_was_killed_before_its_first_sign_of_life_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning_trials, "GRACE_PERIOD_S", 0)
    monkeypatch.setattr(tuning_trials, "POLL_INTERVAL_S", 0)
    study = optuna.create_study(sampler=TrialSeededTPESampler(1))
    study.ask()
    done = tuning_trials.run_trials(study, lambda trial: trial.suggest_float("x", 0, 1), 1)
    assert [trial.number for trial in done] == [1]
    assert study.get_trials()[0].state == TrialState.FAIL


@pytest.mark.parametrize("address", ["nonsense", "postgresql://nobody@127.0.0.1:1/none", "strange://here/there"])
def test_a_storage_that_is_not_there_has_its_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning_trials, "POLL_INTERVAL_S", 0)
    with pytest.raises(
        tuning_trials.StorageUnavailable, match="tuning_storage: a database that takes trials expected, found"
    ):
        tuning_trials.open_storage(address)
