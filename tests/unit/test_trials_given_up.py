"""A worker whose trial the others gave up (a machine that slept), or whose database goes away, is no traceback."""

import json
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import psycopg2
import pytest
from optuna.trial import Trial, TrialState
from psycopg2.extensions import connection as Connection
from test_trials import address, is_waiting, kept, worker

from models.severity import tuning_trials
from models.severity.tuning_sampler import TrialSeededTPESampler

__all__ = ["address"]
EVERYBODY_ELSE = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = %s"
Moment = Callable[[Trial, Callable[[], None]], float]


def test_a_worker_that_slept_goes_on_with_what_the_others_have_done(address: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    sleeper = worker(address, gate=gate)
    while not is_waiting(sleeper, address):
        time.sleep(0.2)
    sleeper.send_signal(signal.SIGSTOP)
    other = worker(address)
    found = json.loads(other.communicate(timeout=300)[0])
    assert kept(address)[0].state == TrialState.FAIL
    gate.touch()
    sleeper.send_signal(signal.SIGCONT)
    assert json.loads(sleeper.communicate(timeout=300)[0]) == found
    assert (sleeper.returncode, other.returncode) == (0, 0)


def pruned(trial: Trial, give_up: Callable[[], None]) -> float:
    give_up()
    raise optuna.TrialPruned


def ended(trial: Trial, give_up: Callable[[], None]) -> float:
    give_up()
    return 1.0


def reported(trial: Trial, give_up: Callable[[], None]) -> float:
    give_up()
    trial.report(1.0, 0)
    return 1.0


def asked_for_knobs(trial: Trial, give_up: Callable[[], None]) -> float:
    give_up()
    return trial.suggest_float("x", 0, 1)


@pytest.mark.parametrize("prediction_time", [pruned, ended, reported, asked_for_knobs])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_whenever_a_trial_is_given_up_another_takes_its_place(
    prediction_time: Moment, kind: str, tmp_path: Path
) -> None:
    storage = tuning_trials.open_storage("" if kind == "memory" else f"sqlite:///{tmp_path / 'trials.db'}")
    study = optuna.create_study(storage=storage, sampler=TrialSeededTPESampler(1))

    def loss(trial: Trial) -> float:
        if trial.number:
            return trial.suggest_float("x", 0, 1)
        return prediction_time(trial, lambda: void(study.tell(0, state=TrialState.FAIL)))

    assert [trial.number for trial in tuning_trials.run_trials(study, loss, 2)] == [1, 2]
    assert [trial.state.name for trial in study.get_trials()] == ["FAIL", "COMPLETE", "COMPLETE"]


def test_a_fault_of_the_program_is_not_hushed_up() -> None:
    study = optuna.create_study(sampler=TrialSeededTPESampler(1))

    def loss(trial: Trial) -> float:
        raise ZeroDivisionError("a fault of the program")

    with pytest.raises(ZeroDivisionError, match="a fault of the program"):
        tuning_trials.run_trials(study, loss, 1)
    assert [trial.state for trial in study.get_trials()] == [TrialState.FAIL]


def test_connections_that_broke_while_a_trial_ran_are_made_again(address: str, database: Connection) -> None:
    study = optuna.create_study(storage=tuning_trials.open_storage(address), sampler=TrialSeededTPESampler(1))

    def loss(trial: Trial) -> float:
        value = trial.suggest_float("x", 0, 1)
        cut_off(database)
        trial.report(value, 0)
        cut_off(database)
        return value

    assert [trial.number for trial in tuning_trials.run_trials(study, loss, 2)] == [0, 1]


def test_a_database_that_is_gone_has_its_sentence(server: str, address: str, database: Connection) -> None:
    study = optuna.create_study(storage=tuning_trials.open_storage(address), sampler=TrialSeededTPESampler(1))
    name = database.get_dsn_parameters()["dbname"]

    def loss(trial: Trial) -> float:
        with closing(psycopg2.connect(server, dbname="postgres")) as outside, outside, outside.cursor() as cursor:
            cursor.execute(f"alter database {name} allow_connections false")
        cut_off(database)
        return trial.suggest_float("x", 0, 1)

    with pytest.raises(
        tuning_trials.StorageUnavailable, match=r"tuning_storage: .* expected, found .*not currently accepting"
    ):
        tuning_trials.run_trials(study, loss, 1)


def test_a_sign_of_life_that_fails_is_not_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning_trials, "HEARTBEAT_S", 0.01)
    beats: list[int] = []

    class Storage(optuna.storages.InMemoryStorage):
        def record_heartbeat(self, trial_id: int) -> None:
            beats.append(trial_id)
            if len(beats) == 2:
                raise optuna.exceptions.StorageInternalError("away for a prediction_time")

    study = optuna.create_study(storage=Storage(), sampler=TrialSeededTPESampler(1))
    with tuning_trials._alive(study, study.ask()):
        limit = time.monotonic() + 30
        while len(beats) < 4 and time.monotonic() < limit:
            time.sleep(0.01)
    assert beats[:4] == [0, 0, 0, 0]


def cut_off(database: Connection) -> None:
    """What a sleep, a router or a restart of the server does to every other connection."""
    with database.cursor() as cursor:
        cursor.execute(EVERYBODY_ELSE, [database.get_dsn_parameters()["dbname"]])


def void(_: Any) -> None:
    """Takes an answer that nobody needs."""
