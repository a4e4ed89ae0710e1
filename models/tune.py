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

from models import split, trials
from models.encode import Encoder, fit_encoder, labels
from models.errors import StudyImpossible
from models.fit import stop_early
from models.growing import Encoded, encoded
from models.jobs import in_turn
from models.judge import figures
from models.knobs import Knobs, StudySettings
from models.registry import Feature
from models.sampler import Sampler

FOLDS = 3
# Trials before pruning begins: a median of fewer says nothing.
STARTING = 5


@dataclass(frozen=True)
class Tuned:
    """The knobs of the best trial, and what each trial tried."""

    knobs: Knobs
    trials: list[dict[str, Any]]
    best: dict[str, Any]

    def facts(self) -> dict[str, Any]:
        """As plain values: trials in order of number, the best one's parameters, the knobs in force."""
        return {"trials": self.trials, "best": self.best, "knobs": asdict(self.knobs)}


@dataclass(frozen=True)
class Fold:
    """Events to learn from, to stop on and to judge, encoded once for all trials."""

    encoder: Encoder
    train: Encoded
    validation: Encoded
    test: pd.DataFrame


class NoFolds(StudyImpossible):
    """Training holds too few years to tune on."""


def search(train: pd.DataFrame, features: Sequence[Feature], settings: StudySettings, storage: str = "") -> Tuned:
    """The least mean log loss over rolling folds within the training years; validation and test have no part in it.

    `storage`: SQLAlchemy address. Workers that give the same one, table and knobs work off `trials` together.
    """
    years = settings.test_year - settings.validation_year
    folds = split.origins(train, FOLDS, years, settings.validation_year)
    if not folds:
        raise NoFolds(
            f"Tuning: training years before {settings.validation_year} expected to hold three spans of {years} years, "
            "none found with events. Set [Training] trials = 0, or move [Severity] first_year."
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = trials.storage(storage)
    with trials.reached():
        study = optuna.create_study(
            study_name=_name(folds, features, settings),
            storage=kept,
            load_if_exists=True,
            direction="minimize",
            sampler=Sampler(settings.seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTING),
        )
    # The latest fold first: it is nearest to what is to be foretold.
    ready = [_fold(parts, features, settings) for parts in reversed(folds)]
    done = trials.work_off(study, lambda trial: _loss(trial, ready, settings), settings.trials)
    best = min((trial for trial in done if trial.state == TrialState.COMPLETE), key=lambda trial: trial.value or 0.0)
    return Tuned(replace(settings.knobs(), **best.params), [_facts(trial) for trial in done], best.params)


def _fold(parts: split.Split, features: Sequence[Feature], settings: StudySettings) -> Fold:
    encoder = fit_encoder(parts.train, features, settings.smallest_category)
    return Fold(encoder, encoded(encoder, parts.train), encoded(encoder, parts.validation), parts.test)


def _loss(trial: optuna.Trial, folds: Sequence[Fold], settings: StudySettings) -> float:
    """Mean log loss over the folds, reported fold by fold; a trial that is pruned begins no more of them."""
    knobs = replace(settings.knobs(), **_suggest(trial))
    losses: list[float] = []
    with closing(in_turn([partial(_loss_of, fold, knobs) for fold in folds])) as found:
        for number, loss in enumerate(found):
            losses.append(loss)
            trial.report(sum(losses) / len(losses), number)
            if trial.should_prune():
                raise optuna.TrialPruned
    return sum(losses) / len(losses)


def _loss_of(fold: Fold, knobs: Knobs) -> float:
    model = stop_early(fold.train, fold.validation, fold.encoder, knobs)
    loss = figures(labels(fold.test), model.probabilities(fold.test))["log_loss"]
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


def _name(folds: Sequence[split.Split], features: Sequence[Feature], settings: StudySettings) -> str:
    """Trials may only be shared over the same events, features and knobs that a trial does not choose."""
    ids = [fold.id() for fold in folds]
    asked = (settings.rounds, settings.early_stopping_rounds, settings.smallest_category, settings.seed)
    grown = (settings.device, settings.dask_workers, xgboost.__version__)
    lines = [*ids, *(each.column for each in features), str(asked), str(grown)]
    return f"severity {settings.moment} {split.digest(lines)}"


def _facts(trial: Any) -> dict[str, Any]:
    value = trial.value if trial.value is not None else trial.intermediate_values.get(trial.last_step)
    return {"number": trial.number, "state": trial.state.name.lower(), "value": value, "params": dict(trial.params)}
