"""The judgement of a study: every table of figures, and the gates that its figures must pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.data.split import Split
from models.severity.estimators.compared import BASELINE, PRIMARY, FittedModels
from models.severity.evaluation import (
    backtest,
    bootstrap,
    calibration,
    decision_rules,
    fatal_metrics,
    leakage,
    metrics,
    negative_controls,
    subgroups,
)
from models.severity.evaluation.bootstrap import FATAL
from models.severity.evaluation.leakage import apply_waivers, load_waivers
from models.severity.parallel import run_all

FATAL_MODEL = "xgboost, asked yes or no"
Predictions = dict[str, Matrix]


@dataclass(frozen=True)
class EvaluationReport:
    """Figures of a study, as plain values.

    `metrics`: model -> part -> figures (models/judge.py). `paired`: other model -> figure -> XGBoost minus the other on
    test. `fatal`: model -> figures of the yes-no question. `rules`: decision rule -> figures. `calibration`: XGBoost as
    it comes and scaled on held-out years.
    `origins`, `eras`, `random_split`: models/rolling.py, all before the test. `subgroups`: column -> group -> figures.
    """

    metrics: dict[str, dict[str, Any]]
    paired: dict[str, Any]
    fatal: dict[str, Any]
    decision_rules: dict[str, Any]
    calibration: dict[str, Any]
    backtest: list[dict[str, Any]]
    eras: dict[str, Any]
    subgroups: dict[str, Any]
    random_split_comparison: dict[str, Any]
    negative_controls: dict[str, Any]


@dataclass(frozen=True)
class LeakageReport:
    """Alarms that stop promotion, those that exceptions.toml excuses, and the figures of single features and blanks."""

    leakage_warnings: list[str]
    waived_warnings: list[str]
    single_feature_auc: dict[str, float]
    single_feature_auc_intervals: dict[str, bootstrap.Interval]
    missingness_auc: float | None
    missingness_auc_interval: bootstrap.Interval | None


def evaluate_models(
    settings: StudySettings, knobs: BoostingSettings, parts: Split, early: FittedModels, final: FittedModels
) -> EvaluationReport:
    """Judge the models that learned on train on validation, and those fitted again on test."""
    before, features = parts.before(), final.primary.encoder.features
    said_early = {name: model.probabilities(parts.validation) for name, model in early.models.items()}
    said = {name: model.probabilities(parts.test) for name, model in final.models.items()}
    truth_early, truth = labels(parts.validation), labels(parts.test)
    draws, seed = settings.n_bootstrap, settings.seed
    product = said[PRIMARY]
    windows = backtest.run_backtest(before, features, settings, knobs)
    jobs: dict[str, Callable[[], Any]] = {
        "random_split_comparison": lambda: backtest.compare_with_random_split(
            before, features, windows, settings, knobs
        ),
        "decision_rules": lambda: decision_rules.compare_rules(
            said_early[PRIMARY], final.primary, parts, knobs, settings
        ),
        "negative_controls": lambda: negative_controls.run_controls(
            parts.train, parts.validation, features, settings.min_category_count, knobs, draws
        ),
        "metrics": lambda: _metrics(truth_early, said_early, truth, said, settings),
        "paired": lambda: _paired(truth, said, settings),
        "fatal": lambda: _fatal(parts, early, final, said_early, said, settings),
        "calibration": lambda: calibration.compare_calibration(
            truth_early, said_early[PRIMARY], truth, product, draws, seed
        ),
        "backtest": lambda: backtest.window_metrics(windows, settings),
        "eras": lambda: backtest.era_metrics(windows, settings),
        "subgroups": lambda: subgroups.subgroup_metrics(parts.test, product, said[BASELINE], settings),
    }
    return EvaluationReport(**dict(zip(jobs, run_all(list(jobs.values())), strict=True)))


def check_leakage(settings: StudySettings, parts: Split, final: FittedModels, found: EvaluationReport) -> LeakageReport:
    """Every gate at once."""
    features, before = final.primary.encoder.features, parts.before()
    draws, seed = settings.n_bootstrap, settings.seed
    single = leakage.single_feature_auc(before, features, settings.min_category_count, seed, draws)
    areas, spans = ({name: getattr(area, what) for name, area in single.items()} for what in ("figure", "interval"))
    blanks = leakage.missingness_auc(before, features, seed, draws)
    blank, span = (blanks.figure, blanks.interval) if blanks else (None, None)
    raised = [alarm for name, judged in found.metrics.items() for alarm in leakage.check_metrics(name, judged["test"])]
    rules = {name: judged for name, judged in found.decision_rules.items() if name != metrics.DECISION_RULE}
    raised += [alarm for name, judged in rules.items() for alarm in leakage.check_metrics(f"{PRIMARY}, {name}", judged)]
    raised += leakage.check_fatal_metrics(FATAL_MODEL, found.fatal[FATAL_MODEL])
    raised += leakage.check_features(areas, blank) + negative_controls.check_controls(found.negative_controls)
    stopping, excused = apply_waivers(raised, settings.prediction_time, load_waivers())
    return LeakageReport(stopping, excused, areas, spans, blank, span)


def _metrics(
    truth_early: bootstrap.Labels,
    early: Predictions,
    truth: bootstrap.Labels,
    final: Predictions,
    settings: StudySettings,
) -> dict[str, dict[str, Any]]:
    """Model -> part -> figures; the skill is against the class shares of the same part."""
    found: dict[str, dict[str, Any]] = {}
    for part, said, actual in (("validation", early, truth_early), ("test", final, truth)):
        for name, given in said.items():
            draws, seed = settings.n_bootstrap, settings.seed
            found.setdefault(name, {})[part] = metrics.evaluate(actual, given, draws, seed, baseline=said[BASELINE])
    return found


def _paired(truth: bootstrap.Labels, said: Predictions, settings: StudySettings) -> dict[str, Any]:
    """Other model -> figure -> XGBoost minus the other."""
    draws, seed = settings.n_bootstrap, settings.seed
    others = {name: given for name, given in said.items() if name != PRIMARY}
    return {
        name: bootstrap.paired_differences(truth, said[PRIMARY], given, draws, seed) for name, given in others.items()
    }


def _fatal(
    parts: Split,
    early: FittedModels,
    final: FittedModels,
    said_early: Predictions,
    said: Predictions,
    settings: StudySettings,
) -> dict[str, Any]:
    """Every model's probability of FATL as an answer to yes or no, and the model that was asked only that."""
    asked = {name: given[:, FATAL] for name, given in said.items()}
    asked_early = {name: given[:, FATAL] for name, given in said_early.items()}
    asked[FATAL_MODEL], asked_early[FATAL_MODEL] = (
        final.fatal_model.fatal(parts.test),
        early.fatal_model.fatal(parts.validation),
    )
    died_early, died = labels(parts.validation) == FATAL, labels(parts.test) == FATAL
    found = {}
    for name, given in asked.items():
        threshold = fatal_metrics.choose_threshold(died_early, asked_early[name])
        draws, seed = settings.n_bootstrap, settings.seed
        found[name] = fatal_metrics.evaluate_fatal(died, np.asarray(given), threshold, draws, seed, asked[BASELINE])
    return found
