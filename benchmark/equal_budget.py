"""Tune the primary model and the models that it is compared with, with the same number of trials each.

python -m benchmark.equal_budget targets/store/features/event_features.parquet [--trials 20] [--models NAME ...]

A comparison of a tuned model with one that is not says which one was tuned. Each trial fits one model on train and
evaluates it on validation, on both records; the lowest mean log loss wins. Test is not used. The first trial of each
model has the settings of its first trial in severity-v1/budget.csv, else those of luigi.cfg. Trials are appended to
budget.csv, and the best ones are the settings of luigi.cfg.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import optuna
import pandas as pd

from models.severity import tuning
from models.severity.config import ModelSettings, StudySettings
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.population import select_population
from models.severity.data.records import RECORDS
from models.severity.data.split import Split, split_by_year
from models.severity.estimators.compared import MODELS, ModelEntry
from models.severity.evaluation.metrics import compute_metrics
from models.severity.tracking.csv_log import append_line, read_lines

BUDGET = Path(__file__).resolve().parent / "severity-v1" / "budget.csv"
COLUMNS = ("model", "trial", *RECORDS, "mean", "settings")
Suggest = Callable[[optuna.Trial], dict[str, Any]]


def suggest_logistic(trial: optuna.Trial) -> dict[str, Any]:
    """Return penalty, and resolution of numbers and categories."""
    return {
        "inverse_regularization": trial.suggest_float("inverse_regularization", 0.003, 3, log=True),
        "n_quantiles": trial.suggest_int("n_quantiles", 10, 300, log=True),
        "n_powers": trial.suggest_int("n_powers", 1, 5),
        "max_categories": trial.suggest_int("max_categories", 5, 80, log=True),
    }


def suggest_forest(trial: optuna.Trial) -> dict[str, Any]:
    """Return the size of leaves and samples; the number of trees is fixed, because more are never worse."""
    return {
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 40, log=True),
        "max_samples": trial.suggest_float("max_samples", 0.2, 1),
    }


SPACES: dict[str, Suggest] = {
    "logistic regression": suggest_logistic,
    "random forest": suggest_forest,
    "xgboost": tuning.suggest_boosting,
}


def main() -> int:
    """Run the trials that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="the feature table")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--models", nargs="+", choices=list(SPACES), default=list(SPACES))
    parser.add_argument("--budget", type=Path, default=BUDGET, help="file to append to (default: %(default)s)")
    options = parser.parse_args()
    settings = configured()
    years = (settings.first_year, settings.last_year, settings.min_case_age_days)
    events = select_population(pd.read_parquet(options.table), *years).events
    parts = split_by_year(events, settings.validation_year, settings.test_year)
    for name in options.models:
        for line in trials(name, parts, settings, options.trials):
            append_line(options.budget, COLUMNS, line)
    return 0


def configured() -> StudySettings:
    """Return the settings of luigi.cfg."""
    from pipeline.config import Severity, Training

    values = {name: value for section in (Severity(), Training()) for name, value in section.param_kwargs.items()}
    return StudySettings(**{field.name: values[field.name] for field in fields(StudySettings) if field.name in values})


def trials(name: str, parts: Split, settings: StudySettings, count: int) -> Iterator[dict[str, Any]]:
    """Yield the lines of budget.csv of one model, one per trial."""
    entry = next(entry for entry in MODELS if entry.name == name)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="minimize", sampler=tuning.TrialSeededTPESampler(settings.seed))
    study.enqueue_trial(first_trial(name, settings))
    for number in range(count):
        trial = study.ask()
        chosen = SPACES[name](trial)
        losses = evaluate(entry, parts, settings, with_values(settings, chosen))
        mean = sum(losses.values()) / len(losses)
        study.tell(trial, mean)
        rounded = {record: f"{loss:.6f}" for record, loss in losses.items()} | {"mean": f"{mean:.6f}"}
        yield {"model": name, "trial": number, **rounded, "settings": json.dumps(chosen, sort_keys=True)}


def first_trial(name: str, settings: StudySettings) -> dict[str, Any]:
    """Return the values of a model's first trial in budget.csv, on which the later ones depend, else the settings."""
    first = (line for line in read_lines(BUDGET) if (line["model"], line["trial"]) == (name, "0"))
    values = next((json.loads(line["settings"]) for line in first), vars(settings))
    return SPACES[name](optuna.trial.FixedTrial(values))


def with_values(settings: StudySettings, chosen: Mapping[str, Any]) -> ModelSettings:
    """Return the hyperparameters of all models with the chosen ones."""
    changed = replace(settings, **chosen)
    return changed.model_settings(changed.boosting_settings())


def evaluate(
    entry: ModelEntry, parts: Split, settings: StudySettings, hyperparameters: ModelSettings
) -> dict[str, float]:
    """Return {record: log loss on validation} of a model fitted on train."""
    encoder = fit_encoder(parts.train, settings.selected_features(), settings.min_category_count)
    model = entry.family.fit(parts.train, parts.validation, encoder, hyperparameters)
    shares = {record: model.on_record(record).probabilities(parts.validation) for record in RECORDS}
    truth = labels(parts.validation)
    return {record: float(compute_metrics(truth, matrix)["log_loss"] or 0) for record, matrix in shares.items()}


if __name__ == "__main__":
    sys.exit(main())
