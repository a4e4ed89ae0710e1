"""Tune hyperparameters with Optuna over folds that only look forward in time; used if `trials` is not 0.

The parameters of a trial depend on the seed, its number and the trials finished before it. A single worker therefore
gets the same result again, also when it is stopped and restarted. With several workers, only the parameters of TPE's
first ten (random) trials are independent of the order in which trials finish; pruning depends on that order, too. A
trial whose worker was killed is repeated with the same parameters.
"""

import hashlib
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import optuna
import pandas as pd
import sqlalchemy
import xgboost
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, TrialState

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import EncodedEvents, encode_events, fit_encoder, labels
from models.severity.data.feature_registry import Feature
from models.severity.data.records import arrival_days
from models.severity.data.split import PARTS, Split, digest_lines, rolling_windows
from models.severity.errors import InvalidStudy
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation.metrics import compute_metrics
from models.severity.parallel import run_in_order

N_FOLDS = 3
# The median of fewer trials is too noisy for pruning.
N_STARTUP_TRIALS = 5
# Seconds between heartbeats of a running trial, and without one until the trial is repeated.
HEARTBEAT_S, GRACE_PERIOD_S = 20, 120
# Seconds between checks whether trials of other workers have finished.
POLL_INTERVAL_S = 1.0
# Attempts to open the storage: of several workers that create its tables at the same time, all but one fail.
STORAGE_ATTEMPTS = 3
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
Objective = Callable[[optuna.Trial], float]
Distribution = IntDistribution | FloatDistribution
# Fields of BoostingSettings and the range of each.
SEARCH_SPACE: dict[str, Distribution] = {
    "max_depth": IntDistribution(3, 8),
    "learning_rate": FloatDistribution(0.04, 0.2, log=True),
    "min_child_weight": FloatDistribution(1, 30, log=True),
    "subsample": FloatDistribution(0.5, 1),
    "colsample_bytree": FloatDistribution(0.4, 1),
    "reg_lambda": FloatDistribution(0.1, 30, log=True),
}


@dataclass(frozen=True)
class TuningResult:
    """The hyperparameters with the best trial's parameters, all trials, and the best trial's parameters."""

    boosting: BoostingSettings
    trials: list[dict[str, Any]]
    best: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; trials in order of their numbers."""
        return {"trials": self.trials, "best": self.best, "boosting": asdict(self.boosting)}


@dataclass(frozen=True)
class Fold:
    """Events to train on, to stop early on and to evaluate on, encoded once for all trials."""

    train: EncodedEvents
    validation: EncodedEvents
    test: pd.DataFrame


class NoFolds(InvalidStudy):
    """The training data spans too few years to tune on."""


class StorageUnavailable(InvalidStudy):
    """The database in which workers share their trials cannot be used."""


class TrialSeededTPESampler(optuna.samplers.TPESampler):
    """TPE with a random state that depends on the seed and the trial's number only.

    A restarted worker continues the sequence of trials, and workers with the same seed do not repeat each other's.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed)
        self._base_seed = seed

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Reseed the sampler for this trial."""
        (seed,) = np.random.SeedSequence([self._base_seed, trial.number]).generate_state(1)
        super().__init__(seed=int(seed))
        super().before_trial(study, trial)


def tune(train: pd.DataFrame, features: Sequence[Feature], settings: StudySettings, storage: str = "") -> TuningResult:
    """Minimize the mean log loss over rolling folds of the training years; return the best parameters and all trials.

    Workers with the same `storage` (an SQLAlchemy URL; empty: in memory), table and settings share the
    `settings.trials` trials. Raises NoFolds and StorageUnavailable.
    """
    years = settings.test_year - settings.validation_year
    splits = rolling_windows(train, N_FOLDS, years, settings.validation_year)
    if not splits:
        raise NoFolds(
            f"tuning: expected events in three spans of {years} years before {settings.validation_year}, found none; "
            "set [Training] trials = 0"
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # The latest fold first: it is the most similar to the validation and test years.
    folds = [_fold(split, features, settings) for split in reversed(splits)]
    with storage_errors():
        study = optuna.create_study(
            study_name=_study_name(splits, features, settings),
            storage=open_storage(storage),
            load_if_exists=True,
            direction="minimize",
            sampler=TrialSeededTPESampler(settings.seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=N_STARTUP_TRIALS),
        )
        trials = run_trials(study, lambda trial: _trial_loss(trial, folds, settings), settings.trials)
    best = min((trial for trial in trials if trial.state == TrialState.COMPLETE), key=lambda trial: trial.value or 0.0)
    return TuningResult(
        replace(settings.boosting_settings(), **best.params), [_describe_trial(trial) for trial in trials], best.params
    )


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Return the storage at an SQLAlchemy URL, in memory if it is empty. Raises StorageUnavailable."""
    if not url:
        return optuna.storages.InMemoryStorage()
    for attempt in range(STORAGE_ATTEMPTS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return optuna.storages.RDBStorage(
                    _with_installed_driver(url),
                    # Replaces connections that were closed since their last use, for example while the machine slept.
                    engine_kwargs={"pool_pre_ping": True},
                    heartbeat_interval=HEARTBEAT_S,
                    grace_period=GRACE_PERIOD_S,
                    heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
                )
        except (sqlalchemy.exc.SQLAlchemyError, ImportError, RuntimeError) as error:
            if attempt == STORAGE_ATTEMPTS - 1:
                raise _storage_unavailable(error) from error
            time.sleep(POLL_INTERVAL_S)
    raise AssertionError("unreachable")


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise StorageUnavailable for database errors in this context."""
    try:
        yield
    except Exception as error:
        for cause in _context_chain(error):
            if isinstance(cause, optuna.exceptions.StorageInternalError | sqlalchemy.exc.SQLAlchemyError):
                raise _storage_unavailable(cause.__cause__ or cause) from error
        raise


def _context_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and those it hides: `Study.optimize` of Optuna 5.0 fails itself if it cannot end a trial."""
    while error is not None:
        yield error
        error = error.__context__


def run_trials(study: optuna.Study, objective: Objective, count: int) -> list[FrozenTrial]:
    """Run trials until the first `count` that did not fail are finished, in this or other workers; return these.

    All workers return the same trials. If workers start the last trial at the same time, the surplus is ignored.
    """
    limit = MaxTrialsCallback(count, states=(*FINISHED, TrialState.RUNNING))
    first_seen: dict[int, float] = {}
    while True:
        trials = study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING))[:count]
        if len(trials) < count:
            with _trials_ended_elsewhere():
                study.optimize(objective, callbacks=[limit])
        elif all(trial.state in FINISHED for trial in trials):
            return trials
        else:
            _fail_stale_trials(study, first_seen)
            time.sleep(POLL_INTERVAL_S)


def _fail_stale_trials(study: optuna.Study, first_seen: dict[int, float]) -> None:
    """End trials whose worker stopped sending heartbeats; Optuna misses those whose worker was killed before the first.

    `first_seen`: when this worker first saw a running trial without parameters, by number.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    now = time.monotonic()
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if not trial.params and now - first_seen.setdefault(trial.number, now) > GRACE_PERIOD_S:
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)


@contextmanager
def _trials_ended_elsewhere() -> Iterator[None]:
    """Ignore that another worker has ended the running trial, because this one sent no heartbeat for too long."""
    try:
        yield
    except Exception as error:
        # Optuna has no class for this error of `Study.tell`.
        if not any(str(cause).startswith("Cannot tell a FAIL trial") for cause in _context_chain(error)):
            raise


def _fold(split: Split, features: Sequence[Feature], settings: StudySettings) -> Fold:
    encoder = fit_encoder(split.train, features, settings.min_category_count)
    return Fold(encode_events(encoder, split.train), encode_events(encoder, split.validation), split.test)


def _trial_loss(trial: optuna.Trial, folds: Sequence[Fold], settings: StudySettings) -> float:
    """Return the mean log loss over the folds, reported after each fold; a pruned trial starts no further folds."""
    boosting = replace(settings.boosting_settings(), **suggest_boosting(trial))
    losses: list[float] = []
    with closing(run_in_order([partial(_fold_loss, fold, boosting) for fold in folds])) as results:
        for step, loss in enumerate(results):
            losses.append(loss)
            trial.report(sum(losses) / len(losses), step)
            if trial.should_prune():
                raise optuna.TrialPruned
    return sum(losses) / len(losses)


def _fold_loss(fold: Fold, boosting: BoostingSettings) -> float:
    """Return the log loss on the test events of the fold; infinite if it is undefined."""
    model = BoostedModel.fit_encoded(fold.train, boosting, fold.validation)
    loss = compute_metrics(labels(fold.test), model.probabilities(fold.test))["log_loss"]
    return loss if loss is not None else float("inf")


def suggest_boosting(trial: optuna.Trial) -> dict[str, Any]:
    """Return values for fields of BoostingSettings from the search space."""
    return {name: _suggest(trial, name, distribution) for name, distribution in SEARCH_SPACE.items()}


def _suggest(trial: optuna.Trial, name: str, distribution: Distribution) -> float:
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
    return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)


def _study_name(splits: Sequence[Split], features: Sequence[Feature], settings: StudySettings) -> str:
    """Return a name for all that determines a trial: only studies with the same events, features, search space,
    settings and libraries may share trials.
    """
    boosting = asdict(settings.boosting_settings())
    fixed = [item for item in boosting.items() if item[0] not in SEARCH_SPACE]
    search = (*SEARCH_SPACE.items(), N_STARTUP_TRIALS, optuna.__version__)
    inputs = [f"{feature.column} {arrival_days(feature)} {feature.not_inputs}" for feature in features]
    lines = [*(split.id() for split in splits), *(_values_digest(split, features) for split in splits)]
    lines += [*inputs, str(fixed), str(search), f"{settings.min_category_count} {xgboost.__version__}"]
    return f"severity {settings.prediction_time} {digest_lines(lines)}"


def _values_digest(split: Split, features: Sequence[Feature]) -> str:
    """Return a digest of the labels and features of all events."""
    names = ["ev_id", "severity", *(feature.column for feature in features)]
    values = pd.concat([getattr(split, part)[names] for part in PARTS]).astype(object)
    hashes = pd.util.hash_pandas_object(values.where(values.notna(), None).astype(str), index=False)
    return hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest()


def _describe_trial(trial: FrozenTrial) -> dict[str, Any]:
    """Return number, state, parameters and loss of a trial; for a pruned one, the loss when it was pruned."""
    value = trial.value
    if value is None and trial.last_step is not None:
        value = trial.intermediate_values[trial.last_step]
    return {"number": trial.number, "state": trial.state.name.lower(), "value": value, "params": dict(trial.params)}


def _with_installed_driver(url: str) -> str:
    """Return the URL with psycopg2 as the driver for PostgreSQL: SQLAlchemy's default driver is not installed."""
    parsed = sqlalchemy.make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return parsed.render_as_string(hide_password=False)


def _storage_unavailable(error: BaseException) -> StorageUnavailable:
    reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".?")
    return StorageUnavailable(
        f"[Training] tuning_storage: expected a database for trials, found {reason}; correct the URL "
        "(postgresql://user@host/database) or the database and run again (finished trials are kept), "
        "or clear tuning_storage to keep trials in memory."
    )
