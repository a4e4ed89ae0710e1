"""Diagnostics of the severity study: backtest, subgroups, decision rules, calibration and negative controls."""

from collections.abc import Mapping
from typing import Any

from reports.severity.metric_tables import (
    CLASSES,
    Metrics,
    Study,
    format_interval,
    format_metric,
    interval,
    primary_model,
    sort_models,
)
from reports.shared import charts, formats
from reports.shared.components import Chart, Table, table
from reports.shared.data import Eras
from reports.shared.eras import sort_eras, years_of

SUBGROUP_COLUMNS = {
    "far_part": "regulation (FAR part)",
    "acft_category": "aircraft category",
    "region": "region",
    "wx_cond_basic": "weather",
    "year": "year",
    "age_band": "age of the pilot",
    "sex": "sex of the pilot",
    "is_homebuilt": "homebuilt",
}
PAIRED_METRICS = {
    "log_loss": "Log loss",
    "macro_f1": "Macro F1",
    "fatal_roc_auc": "Fatal ROC AUC",
    "fatal_pr_auc": "Fatal average precision",
}
SPLIT_METRICS = {"weighted_f1": "Weighted F1", "fatal_roc_auc": "Fatal ROC AUC", "log_loss_skill": "Log-loss skill"}


def paired_differences(study: Study) -> Table:
    """Return a table of differences between the primary model and each other model on the same test events."""
    rows = []
    for model in sort_models(study.get("paired", {}), primary_model(study)):
        differences = [study["paired"][model].get(name, {}) for name in PAIRED_METRICS]
        cells = [
            format_interval(difference.get("difference"), *(difference.get("interval") or (None, None)))
            for difference in differences
        ]
        rows.append((model, *cells))
    return table("Primary model minus each other model, same events", ("Compared with", *PAIRED_METRICS.values()), rows)


def fatal_metrics(study: Study) -> Table:
    """Return a table of metrics for fatal or not; the decision threshold is tuned on the validation set."""
    with_interval = {"log_loss": "Log loss", "roc_auc": "ROC AUC", "pr_auc": "Average precision", "f1": "F1"}
    fatal = study.get("fatal", {})
    rows = [
        (
            model,
            *(format_metric(fatal[model], name) for name in with_interval),
            *(
                formats.decimal(fatal[model].get(name))
                for name in ("precision", "recall", "expected_calibration_error")
            ),
            fatal[model].get("decision_rule", ""),
        )
        for model in sort_models(fatal, primary_model(study))
    ]
    heads = ("Model", *with_interval.values(), "Precision", "Recall", "Calibration error", "Decision rule")
    return table("Fatal or not: metrics on the test set", heads, rows)


def decision_rules(study: Study) -> Table:
    """Return a table of the primary model's metrics under each decision rule."""
    rows = [
        (
            rule,
            *(format_metric(metrics, name) for name in ("accuracy", "weighted_f1", "macro_f1")),
            *(formats.decimal(metrics.get("per_class", {}).get(code, {}).get("recall")) for code in CLASSES),
        )
        for rule, metrics in sorted(study.get("decision_rules", {}).items())
    ]
    recalls = (f"Recall {label}" for label in CLASSES.values())
    heads = ("Decision rule", "Accuracy", "Weighted F1", "Macro F1", *recalls)
    return table("Metrics of the same model by decision rule", heads, rows)


def backtest(study: Study) -> Chart:
    """Return a chart of the primary model's fatal ROC AUC by backtest window; its table has further metrics."""
    windows = study.get("backtest", [])
    labels = [f"{window['first_year']}-{window['last_year']}" for window in windows]
    values = [interval(window["models"][primary_model(study)], "fatal_roc_auc") for window in windows]
    summary = "ROC AUC (fatal or not) by backtest window, each predicted by a model trained on earlier years only."
    numbers = _primary_metrics(
        study, "Backtest windows before the test set", "Years", dict(zip(labels, windows, strict=True))
    )
    return charts.intervals("backtest", labels, values, summary, numbers)


def metrics_by_era(study: Study, eras: Eras) -> Table:
    """Return a table of the primary model's metrics on the backtest events of each era, oldest era first."""
    results = study.get("eras", {})
    labeled = {years_of(name, eras): results[name] for name in sort_eras(results, eras)}
    return _primary_metrics(study, "The same events by era", "Era", labeled)


def _primary_metrics(study: Study, caption: str, head: str, results: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table of the primary model's metrics, with one row per window or era."""
    names, model = ("log_loss", "weighted_f1", "fatal_roc_auc", "expected_calibration_error"), primary_model(study)
    rows = [
        (
            label,
            result["events"],
            *(format_metric(result["models"][model], name) for name in names),
            formats.decimal(result["models"][model].get("log_loss_skill")),
        )
        for label, result in results.items()
    ]
    heads = (head, "Events", "Log loss", "Weighted F1", "Fatal ROC AUC", "Calibration error", "Log-loss skill")
    return table(caption, heads, rows)


def subgroups(study: Study) -> Table:
    """Return a table of the primary model's metrics by subgroup of the test set, largest subgroups first."""
    rows = [
        (
            SUBGROUP_COLUMNS.get(column, column),
            name,
            metrics["events"],
            metrics["fatal"],
            formats.decimal(metrics.get("mean_predicted_fatal")),
            formats.decimal(metrics.get("fatal_share")),
            format_metric(metrics, "fatal_roc_auc"),
            formats.decimal(metrics.get("log_loss_skill")),
        )
        for column, groups in sorted(study.get("subgroups", {}).items())
        for name, metrics in sorted(groups.items(), key=lambda item: (-item[1]["events"], item[0]))
    ]
    shares = ("Fatal share predicted", "Fatal share observed")
    heads = ("Grouped by", "Group", "Events", "Fatal", *shares, "Fatal ROC AUC", "Log-loss skill")
    return table("Primary model by subgroup of the test set", heads, rows)


def random_split_comparison(study: Study) -> Table:
    """Return a table of metrics under a random split and a split by date, and the optimism of the random split."""
    comparison = study.get("random_split_comparison", {})
    rows = [
        (
            label,
            *(format_metric(comparison[split], name) for split in ("random", "temporal")),
            formats.decimal(comparison["drop"].get(name)),
        )
        for name, label in SPLIT_METRICS.items()
        if comparison
    ]
    heads = ("Metric", "Random split", "Split by date", "Difference")
    return table("Random split compared with split by date, same events before the test set", heads, rows)


def negative_controls(study: Study) -> Table:
    """Return a table of the negative controls' ROC AUC, and the limit above which a leakage warning is raised."""
    rows = [
        (
            name,
            control["events"],
            *(formats.decimal(control.get(key)) for key in ("fatal_roc_auc", "fatal_roc_auc_limit")),
        )
        for name, control in sorted(study.get("negative_controls", {}).items())
    ]
    return table(
        "Negative controls on the validation set", ("Control", "Events", "Fatal ROC AUC", "Warning above"), rows
    )


def reliability(study: Study) -> Chart:
    """Return a reliability diagram of the probability of a fatal injury, before and after calibration."""
    calibration = study.get("calibration", {})
    bins = {
        name: [one_bin for one_bin in calibration[name]["fatal_bins"] if one_bin["events"]]
        for name in ("uncalibrated", "calibrated")
        if name in calibration
    }
    summary = "Fatal injury: predicted probability and observed share; perfect calibration is on the diagonal."
    rows = [
        (
            name,
            f"{one_bin['from']:.1f}",
            one_bin["events"],
            formats.decimal(one_bin["mean_predicted"]),
            format_interval(one_bin["observed_share"], *one_bin["interval"]),
        )
        for name, name_bins in bins.items()
        for one_bin in name_bins
    ]
    numbers = table(summary, ("Probabilities", "Bin from", "Events", "Predicted", "Observed"), rows)
    curves = {name: [_point(one_bin) for one_bin in name_bins] for name, name_bins in bins.items()}
    return charts.curves("reliability", curves, summary, numbers)


def _point(one_bin: Metrics) -> tuple[float, float, str]:
    """Return predicted probability, observed share and tooltip of a bin."""
    predicted, observed = one_bin["mean_predicted"], one_bin["observed_share"]
    events = formats.counted(one_bin["events"], "event")
    return predicted, observed, f"predicted {predicted:.3f}, observed {observed:.3f}, {events}"
