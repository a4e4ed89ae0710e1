"""The evaluation of a study: metrics of every model, and the leakage checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.data.records import CLOSED, as_published
from models.severity.data.split import PARTS, Split
from models.severity.estimators.base import Model
from models.severity.estimators.compared import BASELINE, PRIMARY, FittedModels
from models.severity.evaluation import (
    backtest,
    bootstrap,
    calibration,
    conformal,
    decision_curve,
    decision_rules,
    external,
    fairness,
    leakage,
    metrics,
    missingness,
    negative_controls,
    predictions,
    recalibration,
    subgroups,
)
from models.severity.evaluation.bootstrap import FATAL, Labels
from models.severity.evaluation.leakage import apply_waivers, load_waivers
from models.severity.parallel import run_all

FATAL_MODEL = "xgboost binary (fatal)"
Predictions = dict[str, Matrix]


@dataclass(frozen=True)
class EvaluationReport:
    """Metrics of a study, JSON-serializable, and the `predictions` that they are computed from (predictions.py).

    `metrics`: model -> partition -> metrics (`metrics.evaluate`). `paired`: other model -> metric -> primary model
    minus the other on test. `fatal`: model -> binary metrics (`metrics.evaluate_fatal`). `decision_rules`: rule ->
    metrics. `calibration`: the primary model with and without scaling. `class_calibration`: model -> class -> slope,
    intercept, observed/expected and, for the primary model, curve on test. `conformal_sets`, `decision_curves`,
    `fairness`: on test. `backtest`, `backtest_average`, `eras` and `random_split_comparison`: on years before test.
    `subgroups`: column -> group -> metrics. `external_validation`: on accidents abroad. `negative_controls`: control ->
    metrics on validation. `missing_shares`: partition -> feature -> share of events without a value.
    """

    metrics: dict[str, dict[str, Any]]
    paired: dict[str, Any]
    fatal: dict[str, Any]
    decision_rules: dict[str, Any]
    calibration: dict[str, Any]
    class_calibration: dict[str, Any]
    conformal_sets: dict[str, Any]
    decision_curves: dict[str, Any]
    fairness: dict[str, Any]
    backtest: list[dict[str, Any]]
    backtest_average: dict[str, Any]
    eras: dict[str, Any]
    subgroups: dict[str, Any]
    external_validation: dict[str, Any]
    random_split_comparison: dict[str, Any]
    negative_controls: dict[str, Any]
    missing_shares: dict[str, dict[str, float]]
    predictions: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class LeakageReport:
    """Warnings that block promotion, waived warnings, and the fatal AUC of single features and of missingness.

    `missingness_auc` is the highest of `missingness_auc_by_period`, with its interval; None with too few events.
    `not_evaluated`: the checks without enough events, with the numbers; they block promotion too.
    """

    leakage_warnings: list[str]
    waived_warnings: list[str]
    not_evaluated: list[str]
    single_feature_auc: dict[str, float]
    single_feature_auc_intervals: dict[str, bootstrap.Interval]
    missingness_auc: float | None
    missingness_auc_interval: bootstrap.Interval | None
    missingness_auc_by_period: dict[str, dict[str, Any]]


def evaluate_models(
    settings: StudySettings,
    boosting: BoostingSettings,
    parts: Split,
    early: FittedModels,
    final: FittedModels,
    weighted: Model,
    windows: list[backtest.BacktestWindow],
    foreign: pd.DataFrame,
    record: str = CLOSED,
) -> EvaluationReport:
    """Return the metrics of `early`, fitted on train, on validation, and of `final`, fitted on both, on test.

    `weighted`: the model of decision_rules.fit_weighted. `windows`: of the backtest. `foreign`: accidents outside the
    United States in the test years. `record`: the one that the models are given (records.py). The comparison with a
    random split and the negative controls are of the closed record only, and empty for others.
    """
    validation = {name: model.probabilities(parts.validation) for name, model in early.models.items()}
    test = {name: model.probabilities(parts.test) for name, model in final.models.items()}
    evaluated = _Evaluated(settings, boosting, parts, early, final, weighted, foreign, validation, test, windows)
    # The longest jobs first.
    jobs = _jobs_before_test(evaluated) | _jobs_on_test(evaluated)
    if record != CLOSED:
        jobs |= {"random_split_comparison": dict, "negative_controls": dict}
    return EvaluationReport(**dict(zip(jobs, run_all(list(jobs.values())), strict=True)))


@dataclass(frozen=True)
class _Evaluated:
    """What is evaluated: settings, events, fitted models and their predictions."""

    settings: StudySettings
    boosting: BoostingSettings
    parts: Split
    early: FittedModels
    final: FittedModels
    weighted: Model
    foreign: pd.DataFrame
    validation: Predictions
    test: Predictions
    windows: list[backtest.BacktestWindow]


def _jobs_before_test(of: _Evaluated) -> dict[str, Callable[[], Any]]:
    """Return {section: function that computes it} of the sections on years before test, and the decision rules."""
    settings, boosting, parts, windows = of.settings, of.boosting, of.parts, of.windows
    before, features = parts.before(), of.final.primary.encoder.features
    return {
        "random_split_comparison": lambda: backtest.compare_with_random_split(
            before, features, windows, settings, boosting
        ),
        "decision_rules": lambda: decision_rules.compare_rules(
            of.validation[PRIMARY], of.test[PRIMARY], of.weighted.probabilities(parts.test), parts, settings
        ),
        "negative_controls": lambda: negative_controls.run_controls(
            parts.train, parts.validation, features, settings, boosting
        ),
        "backtest": lambda: backtest.window_metrics(windows, settings),
        "backtest_average": lambda: backtest.average_metrics(windows, settings),
        "eras": lambda: backtest.era_metrics(windows, settings),
        "missing_shares": lambda: _missing_shares(parts, of.final.primary.encoder),
        "predictions": lambda: _predictions(of),
    }


def _jobs_on_test(of: _Evaluated) -> dict[str, Callable[[], Any]]:
    """Return {section: function that computes it} of the sections on test."""
    settings, parts, test, primary = of.settings, of.parts, of.test, of.test[PRIMARY]
    validation_truth, truth, final = labels(parts.validation), labels(parts.test), of.final
    return {
        "metrics": lambda: _metrics(validation_truth, of.validation, truth, test, settings),
        "paired": lambda: _paired(truth, test, settings),
        "fatal": lambda: _fatal(of),
        "calibration": lambda: calibration.compare_scaling(backtest.out_of_fold(of.windows), truth, primary, settings),
        "class_calibration": lambda: {
            name: recalibration.calibration_of_classes(truth, matrix, with_curve=name == PRIMARY)
            for name, matrix in test.items()
        },
        "conformal_sets": lambda: conformal.evaluate_sets(
            (validation_truth, of.validation[PRIMARY]), parts.test, primary
        ),
        "decision_curves": lambda: decision_curve.decision_curves(
            truth == FATAL, _fatal_probabilities(test, final, parts.test)
        ),
        "fairness": lambda: fairness.fairness_table(parts.test, primary, settings),
        "external_validation": lambda: external.validate_externally(
            of.foreign, final.primary, final.models[BASELINE], settings
        ),
        "subgroups": lambda: subgroups.subgroup_metrics(parts.test, primary, settings),
    }


def check_leakage(
    settings: StudySettings, parts: Split, final: FittedModels, evaluation: EvaluationReport
) -> LeakageReport:
    """Run all leakage checks, apply the waivers and return the warnings with the AUC values that they are based on."""
    features, before = final.primary.encoder.features, parts.before()
    # Test events as well: fields appear over the years, and what is missing was not used to choose anything.
    everything = pd.concat([before, parts.test], ignore_index=True)
    single = leakage.single_feature_auc(before, features, settings)
    areas = {name: estimate.value for name, estimate in single.items()}
    periods = missingness.missingness_auc(everything, features, settings)
    worst = max(periods.values(), key=lambda estimate: estimate.value, default=None)
    area, interval = (worst.value, worst.interval) if worst else (None, None)
    by_period = {name: {"roc_auc": one.value, "interval": one.interval} for name, one in periods.items()}
    warnings = _check_models(evaluation, settings.prediction_time)
    warnings += leakage.check_features(single, settings.prediction_time)
    warnings += missingness.check_missingness(periods, settings.prediction_time)
    warnings += negative_controls.check_controls(evaluation.negative_controls)
    blocking, waived = apply_waivers(warnings, settings.prediction_time, load_waivers())
    intervals = {name: estimate.interval for name, estimate in single.items()}
    not_evaluated = _not_evaluated(parts) + missingness.not_evaluated(everything)
    return LeakageReport(blocking, waived, not_evaluated, areas, intervals, area, interval, by_period)


def _not_evaluated(parts: Split) -> list[str]:
    """Return the leakage checks that have too few events: those of metrics, features, and negative controls."""
    checks = {
        "metrics on test": parts.test,
        "single features before test": parts.before(),
        "negative controls on validation": parts.validation,
    }
    return [
        reason
        for check, events in checks.items()
        for reason in leakage.not_evaluated(check, int((events["severity"] == CLASSES[FATAL]).sum()), len(events))
    ]


def _check_models(evaluation: EvaluationReport, prediction_time: str) -> list[leakage.LeakageWarning]:
    """Return warnings about models on test: all models, the primary model's other decision rules, the binary model."""
    evaluations = {name: partitions["test"] for name, partitions in evaluation.metrics.items()}
    evaluations |= {
        f"{PRIMARY}, {rule}": values
        for rule, values in evaluation.decision_rules.items()
        if rule != metrics.DECISION_RULE
    }
    checks = [leakage.check_metrics(name, values, prediction_time) for name, values in evaluations.items()]
    checks.append(leakage.check_fatal_metrics(FATAL_MODEL, evaluation.fatal[FATAL_MODEL], prediction_time))
    return [warning for warnings in checks for warning in warnings]


def _predictions(of: _Evaluated) -> pd.DataFrame:
    """Return the predictions of all models, and of the binary model, on validation, test and the backtest windows."""
    validation, test = of.parts.validation, of.parts.test
    evaluated: dict[str, tuple[pd.DataFrame, Predictions]] = {
        "validation": (validation, {**of.validation, FATAL_MODEL: of.early.fatal_model.fatal(validation)}),
        "test": (test, {**of.test, FATAL_MODEL: of.final.fatal_model.fatal(test)}),
    }
    return predictions.table(evaluated | backtest.predictions_by_window(of.windows))


def _metrics(
    validation_truth: Labels, validation: Predictions, test_truth: Labels, test: Predictions, settings: StudySettings
) -> dict[str, dict[str, Any]]:
    """Return {model: {partition: metrics}}; the baseline of the skill is the class shares on the same partition."""
    evaluations: dict[str, dict[str, Any]] = {name: {} for name in test}
    partitions = (("validation", validation, validation_truth), ("test", test, test_truth))
    for partition, by_model, truth in partitions:
        for name, probabilities in by_model.items():
            evaluations[name][partition] = metrics.evaluate(
                truth, probabilities, settings.n_bootstrap, settings.seed, baseline=by_model[BASELINE]
            )
    return evaluations


def _paired(truth: Labels, by_model: Predictions, settings: StudySettings) -> dict[str, Any]:
    """Return {other model: {metric: primary model minus the other}}."""
    return {
        name: bootstrap.paired_differences(truth, by_model[PRIMARY], probabilities, settings.n_bootstrap, settings.seed)
        for name, probabilities in by_model.items()
        if name != PRIMARY
    }


def _missing_shares(parts: Split, encoder: Encoder) -> dict[str, dict[str, float]]:
    """Return {partition: {feature: share of events without a value on the record that models are given}}."""
    shown = {part: as_published(getattr(parts, part), encoder.features, encoder.record) for part in PARTS}
    return {part: {name: float(events[name].isna().mean()) for name in encoder.names} for part, events in shown.items()}


def _fatal_probabilities(by_model: Predictions, fitted: FittedModels, events: pd.DataFrame) -> Predictions:
    """Return {model: probability of FATL}, with that of the binary model."""
    shares = {name: probabilities[:, FATAL] for name, probabilities in by_model.items()}
    return shares | {FATAL_MODEL: fitted.fatal_model.fatal(events)}


def _fatal(of: _Evaluated) -> dict[str, Any]:
    """Return {model: binary metrics on test of its probability of FATL}, and those of the binary model."""
    validation = _fatal_probabilities(of.validation, of.early, of.parts.validation)
    test = _fatal_probabilities(of.test, of.final, of.parts.test)
    validation_truth, truth = labels(of.parts.validation) == FATAL, labels(of.parts.test) == FATAL
    evaluations = {}
    for name, probability in test.items():
        threshold = metrics.choose_threshold(validation_truth, validation[name])
        evaluations[name] = metrics.evaluate_fatal(
            truth, probability, threshold, of.settings.n_bootstrap, of.settings.seed, test[BASELINE]
        )
    return evaluations
