"""Tuning with Optuna: seeded, pruned, over folds that only look forward in time. Off unless trials are asked for.

In memory the same seed gives the same trials. Workers that share a storage see each other's trials in the order in
which they end, so that their choice may differ from run to run; it is in the study's facts either way.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import optuna
import pandas as pd

from models import split
from models.encode import fit_encoder, labels
from models.fit import choose_rounds
from models.judge import figures
from models.knobs import Knobs, StudySettings
from models.registry import Feature

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


class NoFolds(ValueError):
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
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=_name(folds, features, settings),
        storage=storage or None,
        load_if_exists=True,
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=settings.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTING),
    )
    enough = optuna.study.MaxTrialsCallback(
        settings.trials, states=(optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    )
    if len(_ended(study)) < settings.trials:
        # Without a storage nobody else works on it: count, so that a failing trial cannot make it endless.
        study.optimize(lambda trial: _loss(trial, folds, features, settings), settings.trials, callbacks=[enough])
    return Tuned(
        replace(settings.knobs(), **study.best_params), [_facts(trial) for trial in _ended(study)], study.best_params
    )


def _loss(
    trial: optuna.Trial, folds: Sequence[split.Split], features: Sequence[Feature], settings: StudySettings
) -> float:
    """Mean log loss over the folds so far; the latest fold first, since it is nearest to what is to be foretold."""
    knobs = replace(settings.knobs(), **_suggest(trial))
    losses: list[float] = []
    for number, parts in enumerate(reversed(folds)):
        encoder = fit_encoder(parts.train, features, settings.smallest_category)
        model = choose_rounds(parts.train, parts.validation, encoder, knobs)
        loss = figures(labels(parts.test), model.probabilities(parts.test))["log_loss"]
        losses.append(loss if loss is not None else float("inf"))
        trial.report(sum(losses) / len(losses), number)
        if trial.should_prune():
            raise optuna.TrialPruned
    return sum(losses) / len(losses)


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
    return f"severity {settings.moment} {split.digest([*ids, *(each.column for each in features), str(asked)])}"


def _ended(study: optuna.Study) -> list[Any]:
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return study.get_trials(deepcopy=False, states=states)


def _facts(trial: Any) -> dict[str, Any]:
    value = trial.value if trial.value is not None else trial.intermediate_values.get(trial.last_step)
    return {"number": trial.number, "state": trial.state.name.lower(), "value": value, "params": dict(trial.params)}
