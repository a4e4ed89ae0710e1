"""Metrics of the severity study as tables. Keys that are missing in the study's metrics.json give empty tables."""

from collections.abc import Mapping
from typing import Any

from reports.shared import formats
from reports.shared.components import Table, table

Study = Mapping[str, Any]
Metrics = Mapping[str, Any]
CLASSES = {"NONE": "none", "MINR": "minor", "SERS": "serious", "FATL": "fatal"}
# The primary model is first. Models that are not listed follow these, in alphabetical order.
MODEL_ORDER = ("class shares", "recent shares", "logistic regression", "random forest", "ordinal xgboost")
PARTITIONS = ("train", "validation", "test")
RECORD_METRICS = ("log_loss", "log_loss_skill", "brier", "fatal_roc_auc", "fatal_pr_auc", "macro_f1", "weighted_f1")
METRICS = {
    "log_loss": "Log loss (lower is better)",
    "log_loss_skill": "Log-loss skill score, relative to class shares",
    "accuracy": "Accuracy",
    "majority_share": "Accuracy of always predicting the most frequent class",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "weighted_f1": "Weighted F1",
    "fatal_roc_auc": "ROC AUC, fatal or not",
    "fatal_pr_auc": "Average precision, fatal or not",
    "brier": "Brier score (lower is better)",
    "expected_calibration_error": "Expected calibration error, 15 bins (lower is better)",
}


def sort_models(names: Mapping[str, Any], primary: str) -> list[str]:
    """Return the model names, the primary model first, then the baselines."""
    order = {name: position for position, name in enumerate(MODEL_ORDER)}
    return sorted(names, key=lambda name: (name != primary, order.get(name, len(MODEL_ORDER)), name))


def model_names(study: Study) -> list[str]:
    """Return the names of the study's models, the primary model first, then the baselines."""
    return sort_models(study.get("metrics", {}), primary_model(study))


def primary_model(study: Study) -> str:
    """Return the name of the model that the page describes; empty if the study names none."""
    return str(study.get("primary_model", ""))


def metrics_on_test(study: Study, model: str) -> Metrics:
    """Return the metrics of a model on the test set; empty if there are none."""
    metrics: Metrics = study.get("metrics", {}).get(model, {}).get("test", {})
    return metrics


def interval(metrics: Metrics, name: str) -> tuple[float | None, float | None, float | None]:
    """Return (value, lower, upper bound) of a metric; the bounds are None if there is no interval."""
    low, high = metrics.get("intervals", {}).get(name) or (None, None)
    return metrics.get(name), low, high


def format_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Return '0.844 [0.830, 0.860]', breaking only before the bracket, or the value alone if a bound is missing."""
    text = formats.decimal(value)
    return text if low is None or high is None else f"{text} [{formats.decimal(low)},\u00a0{formats.decimal(high)}]"


def format_metric(metrics: Metrics, name: str) -> str:
    """Return a metric with its interval, such as '0.844 [0.830, 0.860]'."""
    return format_interval(*interval(metrics, name))


def study_summary(study: Study) -> str:
    """Return key metrics of the primary model and the number of leakage warnings, in one line."""
    model = primary_model(study)
    if not model:
        return "No study in this release."
    metrics = metrics_on_test(study, model)
    warnings, not_evaluated = len(study.get("leakage_warnings", [])), study.get("not_evaluated", [])
    status = "No leakage warnings."
    if warnings:
        status = f"{formats.counted(warnings, 'leakage warning')}: do not use until explained."
    elif not_evaluated:
        status = f"Leakage checks not evaluated: {'; '.join(not_evaluated)}."
    events, auc = formats.counted(metrics.get("events"), "test event"), format_metric(metrics, "fatal_roc_auc")
    skill = formats.decimal(metrics.get("log_loss_skill"))
    return f"On {events}: fatal ROC AUC {auc}, log-loss skill {skill}. {status}"


def metrics_table(study: Study) -> Table:
    """Return a table of metrics on the test set, one column per model, with 95 % intervals where available."""
    names = model_names(study)
    rows = (
        [
            (label, *(format_metric(metrics_on_test(study, model), metric) for model in names))
            for metric, label in METRICS.items()
        ]
        if names
        else []
    )
    return table("Metrics on the test set, with 95 % intervals", ("Metric", *names), rows)


def counts_table(study: Study) -> Table:
    """Return a table of events by partition and class."""
    counts = study.get("counts", {})
    rows = [
        (partition, counts[partition].get("events"), *(counts[partition].get(code, 0) for code in CLASSES))
        for partition in PARTITIONS
        if partition in counts
    ]
    return table("Events by partition and highest injury", ("Partition", "Events", *CLASSES.values()), rows)


def excluded_table(study: Study) -> Table:
    """Return a table of the number of excluded events by exclusion rule."""
    excluded = study.get("excluded", {})
    return table("Excluded events, by the first rule that applies", ("Rule", "Events"), list(excluded.items()))


def per_class_table(study: Study, min_count: int) -> Table:
    """Return a table of precision and recall by model and class, 'too few' for fewer than `min_count` events."""
    rows = []
    for model in model_names(study):
        for code, label in CLASSES.items():
            metrics = metrics_on_test(study, model).get("per_class", {}).get(code, {})
            events = int(metrics.get("events") or 0)
            names = ("precision", "recall")
            cells = [formats.TOO_FEW if events < min_count else formats.decimal(metrics.get(name)) for name in names]
            rows.append((model, label, events, *cells))
    return table("Metrics by class on the test set", ("Model", "Highest injury", "Events", "Precision", "Recall"), rows)


def settings_table(study: Study) -> Table:
    """Return a table of all settings of the study, by name."""
    rows = [(name, str(value)) for name, value in sorted(study.get("settings", {}).items())]
    return table("Settings of the study", ("Setting", "Value"), rows)


def records_table(study: Study) -> Table:
    """Return a table of the primary model's metrics on the closed record and on the record a week after the event."""
    model = primary_model(study)
    closed, day_7 = (metrics_on_test(one, model) for one in (study, study.get("day_7", {})))
    rows = [
        (METRICS[name], format_metric(closed, name), format_metric(day_7, name)) for name in RECORD_METRICS if day_7
    ]
    return table("Primary model by record", ("Metric", "Closed", "Day 7"), rows)


def seeds_table(study: Study) -> Table:
    """Return a table of mean and standard deviation of the primary model's metrics on validation over seeds."""
    summaries = {name: study.get("seeds", {}).get(name) for name in RECORD_METRICS}
    rows = [
        (METRICS[name], len(one["values"]), formats.decimal(one["mean"]), formats.decimal(one["standard_deviation"]))
        for name, one in summaries.items()
        if one
    ]
    return table("Primary model by seed, on validation", ("Metric", "Seeds", "Mean", "Standard deviation"), rows)
