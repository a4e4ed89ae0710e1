"""Calibration, fairness and use of the severity model: tables and curves from the study's metrics.json."""

from typing import Any

from reports.severity.metric_tables import CLASSES, Study, format_interval, format_metric, primary_model
from reports.shared import charts, formats
from reports.shared.components import Chart, Table, table


def class_calibration(study: Study) -> Table:
    """Return a table of observed and expected events, their ratio, intercept and slope of each class on test."""
    classes = study.get("class_calibration", {}).get(primary_model(study), {})
    rows = [
        (
            label,
            classes[code]["observed"],
            formats.decimal(classes[code]["expected"], 1),
            *(format_metric(classes[code], name) for name in ("observed_expected", "intercept", "slope")),
        )
        for code, label in CLASSES.items()
        if code in classes
    ]
    heads = ("Class", "Observed", "Expected", "Observed/expected", "Intercept", "Slope")
    return table("Calibration of each class on the test set, with 95 % intervals", heads, rows)


def calibration_curves(study: Study) -> Chart:
    """Return the flexible calibration curves of the four classes; the table has the bands."""
    classes = study.get("class_calibration", {}).get(primary_model(study), {})
    curves = {label: classes[code].get("curve", []) for code, label in CLASSES.items() if code in classes}
    summary = "Calibration curves: stated probability of each class and observed share; perfect is on the diagonal."
    rows = [
        (label, formats.decimal(point["predicted"]), format_interval(point["observed_share"], *point["interval"]))
        for label, points in curves.items()
        for point in points
    ]
    numbers = table(summary, ("Class", "Predicted", "Observed, with 95 % band"), rows)
    drawn = {
        label: [(point["predicted"], point["observed_share"], "") for point in points]
        for label, points in curves.items()
    }
    return charts.curves("calibration_curves", drawn, summary, numbers)


def fairness(study: Study) -> Table:
    """Return a table of calibration and ROC AUC of fatal by group, with simultaneous intervals."""
    rows = [
        (
            f"{column}: {name}",
            group["events"],
            group["observed"],
            *(format_metric(group, metric) for metric in ("observed_expected", "intercept", "roc_auc")),
            {None: "too few events", True: "yes", False: "no"}[group["differs"]],
        )
        for column, groups in sorted(study.get("fairness", {}).get("groups", {}).items())
        for name, group in sorted(groups.items(), key=lambda item: (-item[1]["events"], item[0]))
    ]
    heads = ("Group", "Events", "Fatal", "Observed/expected", "Intercept", "ROC AUC", "Differs")
    return table("Fatal injury by group, intervals simultaneous over all groups", heads, rows)


def conformal_sets(study: Study) -> Table:
    """Return a table of how often the sets of classes contain the true class: overall, by class and by year."""
    sets: dict[str, Any] = dict(study.get("conformal_sets", {}))
    parts = {"all": sets["coverage"], **sets["coverage_by_class"], **sets["coverage_by_year"]} if sets else {}
    rows = [
        (CLASSES.get(name, name), part["events"], format_interval(part["observed_share"], *part["interval"]))
        for name, part in parts.items()
    ]
    size = f", {format_metric(sets, 'mean_size')} classes on average" if sets else ""
    return table(f"Sets of classes that contain the true one{size}", ("Test events", "Events", "In the set"), rows)


def net_benefit(study: Study) -> Table:
    """Return a table of the net benefit per 1,000 accidents, by threshold, of each model and of acting on all."""
    curves = study.get("decision_curves", {})
    names = [name for name in (primary_model(study), "all accidents") if name in curves]
    rows = [
        (points[0]["threshold"], *(format_metric(point, "net_benefit") for point in points))
        for points in zip(*(curves[name] for name in names), strict=True)
    ]
    return table("Net benefit per 1,000 accidents", ("Threshold", *names), rows)


def accidents_abroad(study: Study) -> Table:
    """Return a table of the primary model's metrics on accidents outside the United States."""
    metrics = study.get("external_validation", {})
    names = {"log_loss": "Log loss", "log_loss_skill": "Log-loss skill", "fatal_roc_auc": "Fatal ROC AUC"}
    rows = [(label, format_metric(metrics, name)) for name, label in names.items() if name in metrics]
    caption = f"Primary model on {formats.counted(metrics.get('events'), 'accident')} outside the United States"
    return table(caption, ("Metric", "Value"), rows)
