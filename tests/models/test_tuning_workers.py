"""Several workers share the trials of a study in PostgreSQL; lost workers and databases are handled."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import optuna
import pandas as pd
import psycopg2
import pytest
import sqlalchemy
from optuna.trial import FrozenTrial, TrialState
from psycopg2.extensions import connection as Connection
from severity_frame import feature_table

from models.severity import tuning
from models.severity.data import feature_registry
from models.severity.data.population import select_population
from models.severity.data.split import split_by_year

REPOSITORY = Path(__file__).resolve().parents[2]
# So few trials that none is pruned and TPE samples at random: the result is independent of the workers.
SETTINGS = tuning.StudySettings(rounds=5, early_stopping_rounds=3, trials=5, features=("phase", "total_seats"))
FEATURES = feature_registry.require_features(SETTINGS.features, "T1")
# A worker with short heartbeats whose trials wait until the file `gate` exists.
WORKER = """
import json, sys, time
sys.path[:0] = [{tests!r}]
from dataclasses import replace
from pathlib import Path
from models.severity import tuning
import test_tuning_workers
tuning.HEARTBEAT_S, tuning.GRACE_PERIOD_S = 1, 4
fold_loss = tuning._fold_loss
def wait_for_gate(fold, boosting):
    while not Path({gate!r}).exists():
        time.sleep(0.1)
    return fold_loss(fold, boosting)
tuning._fold_loss = wait_for_gate
settings = replace(test_tuning_workers.SETTINGS, trials={trials})
result = tuning.tune(test_tuning_workers.train(), test_tuning_workers.FEATURES, settings, {address!r})
print(json.dumps(result.to_dict(), sort_keys=True))
"""
TERMINATE_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = %s"
)


def train() -> pd.DataFrame:
    events = select_population(feature_table(600), 1982, 2021).events
    return split_by_year(events, SETTINGS.validation_year, SETTINGS.test_year).train


def start_worker(address: str, trials: int = 5, gate: Path = Path()) -> subprocess.Popen[str]:
    code = WORKER.format(tests=str(Path(__file__).parent), gate=str(gate), trials=trials, address=address)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])}
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)


def wait_until_running(worker: subprocess.Popen[str], address: str) -> None:
    """Wait until the last trial has its parameters and is running."""
    while True:
        assert worker.poll() is None
        trials = stored_trials(address)
        if trials and trials[-1].state == TrialState.RUNNING and len(trials[-1].params) == 6:
            return
        time.sleep(0.2)


def stored_trials(address: str) -> list[FrozenTrial]:
    storage = tuning.open_storage(address)
    names = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=names[0], storage=storage).get_trials() if names else []


@pytest.fixture
def address(server: str, database: Connection) -> str:
    """The URL of an empty database on the test server."""
    name = database.get_dsn_parameters()["dbname"]
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)


def test_two_workers_share_the_trials_and_return_the_result_of_one(address: str) -> None:
    workers = [start_worker(address), start_worker(address)]
    results = [json.loads(worker.communicate(timeout=300)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    alone = json.loads(json.dumps(tuning.tune(train(), FEATURES, SETTINGS).to_dict()))
    assert results == [alone, alone]
    finished = [trial for trial in stored_trials(address) if trial.state in tuning.FINISHED]
    assert 5 <= len(finished) <= 6
    assert len({json.dumps(trial.params) for trial in finished}) == len(finished)


def test_a_trial_of_a_killed_worker_is_repeated(address: str, tmp_path: Path) -> None:
    start_worker(address, trials=2).communicate(timeout=300)
    killed = start_worker(address, gate=tmp_path / "never")
    wait_until_running(killed, address)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    result = json.loads(start_worker(address).communicate(timeout=300)[0])
    trials = stored_trials(address)
    assert trials[2].state == TrialState.FAIL
    assert [trial["number"] for trial in result["trials"]][:2] == [0, 1]
    assert len(result["trials"]) == 5
    assert trials[2].params in [trial["params"] for trial in result["trials"]]
    assert len({json.dumps(trial["params"]) for trial in result["trials"]}) == 5


def test_a_worker_that_was_suspended_continues_with_the_trials_of_others(address: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    suspended = start_worker(address, gate=gate)
    wait_until_running(suspended, address)
    suspended.send_signal(signal.SIGSTOP)
    other = start_worker(address)
    result = json.loads(other.communicate(timeout=300)[0])
    assert stored_trials(address)[0].state == TrialState.FAIL
    gate.touch()
    suspended.send_signal(signal.SIGCONT)
    assert json.loads(suspended.communicate(timeout=300)[0]) == result
    assert (suspended.returncode, other.returncode) == (0, 0)


def terminate_other_connections(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(TERMINATE_OTHERS, [database.get_dsn_parameters()["dbname"]])


def test_connections_closed_during_a_trial_are_replaced(address: str, database: Connection) -> None:
    study = optuna.create_study(storage=tuning.open_storage(address), sampler=tuning.TrialSeededTPESampler(1))

    def objective(trial: optuna.Trial) -> float:
        value = trial.suggest_float("x", 0, 1)
        terminate_other_connections(database)
        trial.report(value, 0)
        terminate_other_connections(database)
        return value

    assert [trial.number for trial in tuning.run_trials(study, objective, 2)] == [0, 1]


def test_a_database_lost_during_a_trial_is_reported(server: str, address: str, database: Connection) -> None:
    study = optuna.create_study(storage=tuning.open_storage(address), sampler=tuning.TrialSeededTPESampler(1))
    name = database.get_dsn_parameters()["dbname"]

    def objective(trial: optuna.Trial) -> float:
        with closing(psycopg2.connect(server, dbname="postgres")) as connection, connection:
            connection.cursor().execute(f"alter database {name} allow_connections false")
        terminate_other_connections(database)
        return trial.suggest_float("x", 0, 1)

    message = r"tuning_storage: expected a database for trials, found .*not currently accepting"
    with pytest.raises(tuning.StorageUnavailable, match=message), tuning.storage_errors():
        tuning.run_trials(study, objective, 1)


@pytest.mark.parametrize("address", ["nonsense", "postgresql://nobody@127.0.0.1:1/none", "strange://here/there"])
def test_an_unusable_storage_is_reported(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "POLL_INTERVAL_S", 0)
    with pytest.raises(tuning.StorageUnavailable, match="tuning_storage: expected a database for trials, found"):
        tuning.open_storage(address)
