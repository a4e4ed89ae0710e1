"""Trials of a tuning that several workers share: where they are kept, who does which, and when all are done."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import optuna
import sqlalchemy
from optuna.trial import FrozenTrial, TrialState

from models.severity.errors import InvalidStudy

ENDED = (TrialState.COMPLETE, TrialState.PRUNED)
# Seconds between two signs of life of a running trial, and without one until it counts as lost.
HEARTBEAT_S, GRACE_PERIOD_S = 20, 120
# Seconds between two looks at what the other workers do.
POLL_INTERVAL_S = 1.0
# Workers that begin together make the tables together, and all but one of them fail.
ATTEMPTS = 3
Loss = Callable[[optuna.Trial], float]


class StorageUnavailable(InvalidStudy):
    """The database that workers share their trials in cannot be used."""


class _Surplus(Exception):
    """Enough trials are done or being done without this one."""


def open_storage(address: str) -> optuna.storages.BaseStorage:
    """In memory where the address is empty, else its database. Raises StorageMissing."""
    if not address:
        return optuna.storages.InMemoryStorage()
    for attempt in range(ATTEMPTS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                # A connection that broke since it was used last (the machine slept) is made again.
                return optuna.storages.RDBStorage(
                    _spelled(address),
                    {"pool_pre_ping": True},
                    heartbeat_interval=HEARTBEAT_S,
                    grace_period=GRACE_PERIOD_S,
                )
        except (sqlalchemy.exc.SQLAlchemyError, ImportError, RuntimeError) as error:
            if attempt == ATTEMPTS - 1:
                raise _missing(error) from error
            time.sleep(POLL_INTERVAL_S)
    raise AssertionError("unreachable")


@contextmanager
def storage_errors() -> Iterator[None]:
    """Inside, a database that goes away is a StorageMissing."""
    try:
        yield
    except (optuna.exceptions.StorageInternalError, sqlalchemy.exc.SQLAlchemyError) as error:
        raise _missing(error.__cause__ or error) from error


def run_trials(study: optuna.Study, loss: Loss, count: int) -> list[FrozenTrial]:
    """Take part until `count` trials have ended, whoever does them; they are the answer, in order of number.

    A trial whose worker was killed gives no sign of life; it counts as failed, and another one takes its place. A
    worker that was silent for other reasons leaves it so, and takes the next. Raises StorageMissing.
    """
    with storage_errors():
        return _work_off(study, loss, count)


def _work_off(study: optuna.Study, loss: Loss, count: int) -> list[FrozenTrial]:
    silent: dict[int, float] = {}
    while True:
        trials = study.get_trials(deepcopy=False)
        ended = [trial for trial in trials if trial.state in ENDED]
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        if len(ended) >= count:
            return ended[:count]
        if len(ended) + len(running) < count:
            _take(study, loss, count)
        else:
            _give_up_lost(study, running, silent)
            time.sleep(POLL_INTERVAL_S)


def _take(study: optuna.Study, loss: Loss, count: int) -> None:
    """One trial, from its knobs to its outcome. What others have given up meanwhile stays as they left it."""
    with warnings.catch_warnings():
        # Optuna takes it that only its own loop gives signs of life; here `_alive` does.
        warnings.simplefilter("ignore", UserWarning)
        trial = study.ask()
    state, value = TrialState.FAIL, None
    try:
        with _alive(study, trial):
            value = _unless_surplus(study, trial, loss, count)
        state = TrialState.COMPLETE
    except optuna.TrialPruned:
        state = TrialState.PRUNED
    except (_Surplus, optuna.exceptions.UpdateFinishedTrialError):
        pass
    finally:
        _end(study, trial.number, state, value)


@contextmanager
def _alive(study: optuna.Study, trial: optuna.Trial) -> Iterator[None]:
    """Inside, the trial gives signs of life, where its storage takes them; after one that fails come others."""
    storage, over = study._storage, threading.Event()
    if not hasattr(storage, "record_heartbeat"):
        yield
        return

    def beat() -> None:
        while not over.is_set():
            with suppress(optuna.exceptions.OptunaError, sqlalchemy.exc.SQLAlchemyError):
                storage.record_heartbeat(trial._trial_id)
            over.wait(HEARTBEAT_S)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _end(study: optuna.Study, number: int, state: TrialState, value: float | None = None) -> None:
    """Note how a trial ended, unless another worker has done so."""
    with suppress(optuna.exceptions.UpdateFinishedTrialError):
        study.tell(number, value, state, skip_if_finished=True)


def _unless_surplus(study: optuna.Study, trial: optuna.Trial, loss: Loss, count: int) -> float:
    """Two workers may take the last trial at the same time: the one with the higher number leaves it."""
    taken = study.get_trials(deepcopy=False, states=(*ENDED, TrialState.RUNNING))
    if sum(each.number < trial.number for each in taken) >= count:
        raise _Surplus
    return loss(trial)


def _give_up_lost(study: optuna.Study, running: list[FrozenTrial], silent: dict[int, float]) -> None:
    """Fail the trials that show no sign of life; one that was killed before its first has no knobs either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    now = time.monotonic()
    for trial in running:
        if not trial.params and now - silent.setdefault(trial.number, now) > GRACE_PERIOD_S:
            _end(study, trial.number, TrialState.FAIL)


def _spelled(address: str) -> str:
    """The address with the driver that this project has: for PostgreSQL, SQLAlchemy takes another if none is named."""
    url = sqlalchemy.make_url(address)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg2")
    return url.render_as_string(hide_password=False)


def _missing(error: BaseException) -> StorageUnavailable:
    return StorageUnavailable(
        f"[Training] tuning_storage: a database that takes trials expected, found {_reason(error)}. "
        "Mend the address (postgresql://user@host/database) or the database, and run again: trials that have ended "
        "are kept. Or empty tuning_storage to keep trials in memory."
    )


def _reason(error: BaseException) -> str:
    """The database's own words, on one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".?")
