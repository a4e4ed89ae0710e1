"""Build the severity model page from the study's metrics.json: metrics next to baselines, diagnostics, limitations."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from reports.severity import calibration, cases, diagnostics, metric_tables
from reports.severity.metric_tables import CLASSES, Study
from reports.shared import charts, formats, page, site_data
from reports.shared.components import Chart, Headline, Table, table
from reports.shared.data import Context, Inputs

TOP_FEATURES = 15
LOG_LOSS_SUMMARY = "Log loss on the test set with 95 % intervals; lower is better."
FATAL_AUC_SUMMARY = "ROC AUC (fatal or not) on the test set with 95 % intervals; 0.5 is chance, 1 is perfect."


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Metrics that are missing in `inputs.study` are shown as unknown."""
    study, record = inputs.study or {}, inputs.record
    model = metric_tables.primary_model(study)
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "leakage_warnings": list(study.get("leakage_warnings", [])),
        "not_evaluated": list(study.get("not_evaluated", [])),
        "waived_warnings": list(study.get("waived_warnings", [])),
        "settings": study.get("settings", {}),
        "model": model,
        "headlines": headlines(study),
        "sentence": "" if context.is_made_up else cases.quotable_summary(study, context.min_cell_count),
        "cases": replace(cases.cases_table(record.cases, record.meanings), link="event.html#"),
        "documents": sorted(record.documents),
        "script": page.scripts("shared/load_data.js", "severity/runs.js"),
        "features": feature_importance(study, record.meanings),
        "single_features": single_feature_table(study, record.meanings),
        "calibration_error": formats.decimal(
            metric_tables.metrics_on_test(study, model).get("expected_calibration_error")
        ),
        "calibration_null": metric_tables.metrics_on_test(study, model).get("calibration_error_null", {}),
        "missingness_auc": formats.decimal(study.get("missingness_auc")),
        "study_json": json.dumps(study, indent=1, sort_keys=True),
        "classes": metric_tables.per_class_table(study, context.min_cell_count),
        "eras": diagnostics.metrics_by_era(study, context.eras),
        **{name: component(study) for name, component in COMPONENTS.items()},
    }
    return page.render("severity/template.html", context, components)


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content} of the documents of the study, and of runs.js: its version and status."""
    documents = {name: text.encode() for name, text in inputs.record.documents.items()}
    return {**documents, "runs.js": site_data.script("severity/runs", dict(inputs.record.history))}


def headlines(study: Study) -> list[Headline]:
    """Return the number of test events, and ROC AUC, log-loss skill and macro F1 of the primary model."""
    metrics = metric_tables.metrics_on_test(study, metric_tables.primary_model(study))
    auc, low, high = metric_tables.interval(metrics, "fatal_roc_auc")
    auc_label = "ROC AUC, fatal or not"
    if low is not None and high is not None:
        auc_label += f", 95 % interval {formats.decimal(low, 2)} to {formats.decimal(high, 2)}"
    skill = formats.decimal(metrics.get("log_loss_skill"), 2)
    return [
        Headline(formats.count(metrics.get("events")), "accidents in the test set", "study"),
        Headline(formats.decimal(auc, 2), auc_label, "study"),
        Headline(skill, "log-loss skill score, relative to class shares", "study"),
        Headline(formats.decimal(metrics.get("macro_f1"), 2), "macro F1 over four classes", "study"),
    ]


def model_comparison(study: Study, metric: str, summary: str) -> Chart:
    """Return a chart of a metric of all models on the test set, with intervals."""
    names = metric_tables.model_names(study)
    values = [metric_tables.interval(metric_tables.metrics_on_test(study, model), metric) for model in names]
    rows = [(model, *map(formats.decimal, numbers)) for model, numbers in zip(names, values, strict=True)]
    numbers = table(summary, ("Model", "Value", "Low", "High"), rows)
    return charts.intervals(metric, names, values, summary, numbers)


def confusion(study: Study) -> Chart:
    """Return a chart of the primary model's confusion matrix on the test set, in numbers of events."""
    counts = metric_tables.metrics_on_test(study, metric_tables.primary_model(study)).get("confusion", [])
    labels = list(CLASSES.values())
    rows = [(f"actual {label}", *row, sum(row)) for label, row in zip(labels, counts, strict=False)]
    summary = "Test events by actual (rows) and predicted (columns) highest injury. The shade is the share of the row."
    header = ("", *(f"predicted {label}" for label in labels), "All")
    counts_table = table("Confusion matrix: test events by actual and predicted highest injury", header, rows)
    return charts.confusion_matrix("confusion", labels, counts, summary, counts_table)


def feature_importance(study: Study, meanings: cases.Meanings) -> Chart:
    """Return a chart of the mean absolute SHAP values of the most important features."""
    importances = study.get("importances", {})
    ranked = sorted(importances.items(), key=lambda item: (-(item[1].get("FATL") or 0), item[0]))[:TOP_FEATURES]
    injured = {code: label for code, label in CLASSES.items() if code != "NONE"}
    rows = [
        (cases.label(name, meanings), name, *(formats.decimal(values.get(code)) for code in injured))
        for name, values in ranked
    ]
    numbers = table("Mean absolute SHAP value by feature, against none", ("Feature", "Name", *injured.values()), rows)
    summary = (
        f"Mean absolute SHAP value in log odds of fatal against none, the {len(ranked)} largest: "
        "what the model uses, not what causes injuries."
    )
    series = {"mean absolute SHAP value": [values.get("FATL") for _, values in ranked]}
    labels = [cases.label(name, meanings) for name, _ in ranked]
    return charts.bar_chart("features", labels, series, summary, numbers)


def single_feature_table(study: Study, meanings: cases.Meanings) -> Table:
    """Return a table of the ROC AUC of each feature alone, highest first; a very high value is a sign of leakage."""
    ranked = sorted(study.get("single_feature_auc", {}).items(), key=lambda item: (-item[1], item[0]))
    rows = [(cases.label(name, meanings), name, formats.decimal(auc)) for name, auc in ranked]
    return table("ROC AUC of each feature alone, fatal or not", ("Feature", "Name", "ROC AUC"), rows)


# Tables and charts that are made of the study alone.
COMPONENTS: dict[str, Callable[[Study], Table | Chart]] = {
    "counts": metric_tables.counts_table,
    "excluded": metric_tables.excluded_table,
    "metrics": metric_tables.metrics_table,
    "records": metric_tables.records_table,
    "seeds": metric_tables.seeds_table,
    "log_loss": partial(model_comparison, metric="log_loss", summary=LOG_LOSS_SUMMARY),
    "fatal_auc": partial(model_comparison, metric="fatal_roc_auc", summary=FATAL_AUC_SUMMARY),
    "confusion": confusion,
    "settings_table": metric_tables.settings_table,
    "paired": diagnostics.paired_differences,
    "fatal_metrics": diagnostics.fatal_metrics,
    "decision_rules": diagnostics.decision_rules,
    "reliability": diagnostics.reliability,
    "class_calibration": calibration.class_calibration,
    "calibration_curves": calibration.calibration_curves,
    "fairness": calibration.fairness,
    "conformal_sets": calibration.conformal_sets,
    "net_benefit": calibration.net_benefit,
    "abroad": calibration.accidents_abroad,
    "backtest": diagnostics.backtest,
    "subgroups": diagnostics.subgroups,
    "random_split": diagnostics.random_split_comparison,
    "negative_controls": diagnostics.negative_controls,
}
