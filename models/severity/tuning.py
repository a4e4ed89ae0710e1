"""Tuning with Optuna: seeded, pruned, over folds that only look forward in time. Off unless trials are asked for.

One worker finds the same again, also when it was stopped in between. Of several workers each trial has the knobs and
the loss that it has with one, as long as its number is below that of TPE's first ten; later ones, and which of them are
pruned, depend on what had ended by then.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import optuna
import pandas as pd
import xgboost
from optuna.trial import TrialState

from models.severity import tuning_trials
from models.severity.config import BoostingSettings, StudySettings
from models.severity.data import split
from models.severity.data.encoding import Encoder, fit_encoder, labels
from models.severity.data.feature_registry import Feature
from models.severity.errors import InvalidStudy
from models.severity.estimators.boosting import EncodedEvents, encode_events
from models.severity.estimators.xgboost_multiclass import fit_encoded_with_early_stopping
from models.severity.evaluation.metrics import compute_metrics
from models.severity.parallel import run_in_order
from models.severity.tuning_sampler import TrialSeededTPESampler

N_FOLDS = 3
# Trials before pruning begins: a median of fewer says nothing.
N_STARTUP_TRIALS = 5


@dataclass(frozen=True)
class TuningResult:
    """The knobs of the best trial, and what each trial tried."""

    knobs: BoostingSettings
    trials: list[dict[str, Any]]
    best: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        """As plain values: trials in order of number, the best one's parameters, the knobs in force."""
        return {"trials": self.trials, "best": self.best, "knobs": asdict(self.knobs)}


@dataclass(frozen=True)
class Fold:
    """Events to learn from, to stop on and to judge, encoded once for all trials."""

    encoder: Encoder
    train: EncodedEvents
    validation: EncodedEvents
    test: pd.DataFrame


class NoFolds(InvalidStudy):
    """Training holds too few years to tune on."""


def tune(train: pd.DataFrame, features: Sequence[Feature], settings: StudySettings, storage: str = "") -> TuningResult:
    """The least mean log loss over rolling folds within the training years; validation and test have no part in it.

    `storage`: SQLAlchemy address. Workers that give the same one, table and knobs work off `trials` together.
    """
    years = settings.test_year - settings.validation_year
    folds = split.rolling_windows(train, N_FOLDS, years, settings.validation_year)
    if not folds:
        raise NoFolds(
            f"Tuning: training years before {settings.validation_year} expected to hold three spans of {years} years, "
            "none found with events. Set [Training] trials = 0, or move [Severity] first_year."
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = tuning_trials.open_storage(storage)
    with tuning_trials.storage_errors():
        study = optuna.create_study(
            study_name=_study_name(folds, features, settings),
            storage=kept,
            load_if_exists=True,
            direction="minimize",
            sampler=TrialSeededTPESampler(settings.seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=N_STARTUP_TRIALS),
        )
    # The latest fold first: it is nearest to what is to be foretold.
    ready = [_fold(parts, features, settings) for parts in reversed(folds)]
    done = tuning_trials.run_trials(study, lambda trial: _trial_loss(trial, ready, settings), settings.trials)
    best = min((trial for trial in done if trial.state == TrialState.COMPLETE), key=lambda trial: trial.value or 0.0)
    return TuningResult(
        replace(settings.knobs(), **best.params), [_describe_trial(trial) for trial in done], best.params
    )


def _fold(parts: split.Split, features: Sequence[Feature], settings: StudySettings) -> Fold:
    encoder = fit_encoder(parts.train, features, settings.min_category_count)
    return Fold(encoder, encode_events(encoder, parts.train), encode_events(encoder, parts.validation), parts.test)


def _trial_loss(trial: optuna.Trial, folds: Sequence[Fold], settings: StudySettings) -> float:
    """Mean log loss over the folds, reported fold by fold; a trial that is pruned begins no more of them."""
    knobs = replace(settings.knobs(), **_suggest(trial))
    losses: list[float] = []
    with closing(run_in_order([partial(_fold_loss, fold, knobs) for fold in folds])) as found:
        for number, loss in enumerate(found):
            losses.append(loss)
            trial.report(sum(losses) / len(losses), number)
            if trial.should_prune():
                raise optuna.TrialPruned
    return sum(losses) / len(losses)


def _fold_loss(fold: Fold, knobs: BoostingSettings) -> float:
    model = fit_encoded_with_early_stopping(fold.train, fold.validation, fold.encoder, knobs)
    loss = compute_metrics(labels(fold.test), model.probabilities(fold.test))["log_loss"]
    return loss if loss is not None else float("inf")


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    """The space: names are those of Knobs."""
    return {
        "max_depth": trial.suggest_int("max_depth", 3, 8),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.2, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 1, 30, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.1, 30, log=True),
    }


def _study_name(folds: Sequence[split.Split], features: Sequence[Feature], settings: StudySettings) -> str:
    """Trials may only be shared over the same events, features and knobs that a trial does not choose."""
    ids = [fold.id() for fold in folds]
    asked = (settings.rounds, settings.early_stopping_rounds, settings.min_category_count, settings.seed)
    grown = (settings.device, settings.dask_workers, xgboost.__version__)
    lines = [*ids, *(each.column for each in features), str(asked), str(grown)]
    return f"severity {settings.prediction_time} {split.digest_lines(lines)}"


def _describe_trial(trial: Any) -> dict[str, Any]:
    value = trial.value if trial.value is not None else trial.intermediate_values.get(trial.last_step)
    return {"number": trial.number, "state": trial.state.name.lower(), "value": value, "params": dict(trial.params)}
