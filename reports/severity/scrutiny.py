"""Read the study's JSON further: where the model holds, under which rule, and which controls failed as they must."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from reports.severity.findings import CLASSES, Study, best, models, with_interval
from reports.shared import charts, formats
from reports.shared.components import Figure, Table, table

GROUPS = {
    "far_part": "part of the regulations",
    "acft_category": "category of aircraft",
    "region": "region",
    "wx_cond_basic": "weather",
}
COMPARED = {"log_loss": "Log loss", "macro_f1": "Macro F1", "fatal_roc_auc": "Fatal AUC", "fatal_pr_auc": "Fatal AP"}
SPLITS = {"weighted_f1": "Weighted F1", "fatal_roc_auc": "Fatal AUC", "log_loss_skill": "Skill"}


def bounded(figures: Mapping[str, Any], name: str) -> str:
    """'0.844 [0.830, 0.860]' of one figure."""
    low, high = figures.get("intervals", {}).get(name) or (None, None)
    return with_interval(figures.get(name), low, high)


def paired(study: Study) -> Table:
    """Differences between the primary model and each other model on the same test events."""
    rows = []
    for model in _ordered(study, study.get("paired", {})):
        found = study["paired"][model]
        spans = [found.get(name, {}) for name in COMPARED]
        cells = [with_interval(span.get("difference"), *(span.get("interval") or (None, None))) for span in spans]
        rows.append((model, *cells))
    return table(f"{best(study)} minus each other model, same events", ("Against", *COMPARED.values()), rows)


def yes_no(study: Study) -> Table:
    """Fatal or not, with the threshold tuned on validation."""
    names = {"log_loss": "Log loss", "roc_auc": "ROC AUC", "pr_auc": "Average precision", "f1": "F1"}
    rows = [
        (
            model,
            *(bounded(found, name) for name in names),
            *(formats.decimal(found.get(name)) for name in ("precision", "recall", "expected_calibration_error")),
            found.get("decision_rule", ""),
        )
        for model, found in ((name, study["fatal"][name]) for name in _ordered(study, study.get("fatal", {})))
    ]
    heads = ("Model", *names.values(), "Precision", "Recall", "Calibration error", "Rule of F1")
    return table("Does anybody die: figures on the test part", heads, rows)


def rules(study: Study) -> Table:
    """Decision rules side by side."""
    rows = [
        (
            rule,
            *(bounded(found, name) for name in ("accuracy", "weighted_f1", "macro_f1")),
            *(formats.decimal(found.get("per_class", {}).get(code, {}).get("recall")) for code in CLASSES),
        )
        for rule, found in sorted(study.get("decision_rules", {}).items())
    ]
    heads = ("Rule", "Accuracy", "Weighted F1", "Macro F1", *(f"Recall {words}" for words in CLASSES.values()))
    return table("The same model under other decision rules", heads, rows)


def origins(study: Study) -> Figure:
    """Fatal AUC of each span of years before the test, judged by a model of earlier years."""
    found = study.get("backtest", [])
    labels = [f"{each['first_year']}-{each['last_year']}" for each in found]
    metrics = [each["models"][best(study)] for each in found]
    values = [(one["fatal_roc_auc"], *(one["intervals"].get("fatal_roc_auc") or (None, None))) for one in metrics]
    summary = (
        "Fatal AUC of spans of years before the test, each judged by a model that learned from earlier years only."
    )
    return charts.intervals("backtest", labels, values, summary, _spans(study, labels, found))


def eras(study: Study) -> Table:
    """The same events by the database they are from."""
    found = study.get("eras", {})
    return _spans(study, list(found), list(found.values()), "The same events by era", "Era")


def _spans(
    study: Study,
    labels: Sequence[str],
    found: Sequence[Mapping[str, Any]],
    caption: str = "Spans before the test",
    head: str = "Years",
) -> Table:
    figures = ("log_loss", "weighted_f1", "fatal_roc_auc", "expected_calibration_error")
    rows = [
        (
            label,
            each["events"],
            *(bounded(each["models"][best(study)], name) for name in figures),
            formats.decimal(each["models"][best(study)].get("log_loss_skill")),
        )
        for label, each in zip(labels, found, strict=True)
    ]
    heads = (head, "Events", "Log loss", "Weighted F1", "Fatal AUC", "Calibration error", "Skill")
    return table(caption, heads, rows)


def groups(study: Study) -> Table:
    """Figures by part of the regulations, category, region and weather."""
    rows = [
        (
            GROUPS.get(column, column),
            name,
            one["events"],
            one["fatal"],
            formats.decimal(one.get("mean_predicted_fatal")),
            formats.decimal(one.get("fatal_share")),
            bounded(one, "fatal_roc_auc"),
            formats.decimal(one.get("log_loss_skill")),
        )
        for column, members in sorted(study.get("subgroups", {}).items())
        for name, one in _by_size(members)
    ]
    heads = ("By", "Group", "Events", "Fatal", "Fatal share stated", "Fatal share found", "Fatal AUC", "Skill")
    return table(f"{best(study)} on parts of the test", heads, rows)


def split_drop(study: Study) -> Table:
    """What a split at random would have flattered the figures by."""
    found = study.get("random_split_comparison", {})
    rows = [
        (
            words,
            *(bounded(found[way], name) for way in ("random", "temporal")),
            formats.decimal(found["drop"].get(name)),
        )
        for name, words in SPLITS.items()
        if found
    ]
    return table("Years before the test, split in two ways", ("Figure", "At random", "By time", "Drop"), rows)


def controls(study: Study) -> Table:
    """Models that must fail, and how far chance alone may carry them."""
    rows = [
        (name, one["events"], *(formats.decimal(one.get(key)) for key in ("fatal_roc_auc", "fatal_roc_auc_limit")))
        for name, one in sorted(study.get("negative_controls", {}).items())
    ]
    return table("Controls on validation", ("Control", "Events", "Fatal AUC", "Alarm above"), rows)


def reliability(study: Study) -> Figure:
    """Stated against found: the probability of a fatal injury, in tenths, as it comes and scaled."""
    found = study.get("calibration", {})
    ways = [way for way in ("uncalibrated", "calibrated") if way in found]
    bins = {way: [one for one in found[way]["fatal_bins"] if one["events"]] for way in ways}
    line = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="stated = found", line={"color": charts.MUTED, "dash": "dot"}
    )
    look = charts.layout(420, xaxis={"range": [0, 1], "title": "stated"}, yaxis={"range": [0, 1], "title": "found"})
    summary = "Fatal injury: the share that was stated against the share that was found; on the line they are the same."
    rows = [
        (way, f"{one['from']:.1f}", one["events"], formats.decimal(one["mean_predicted"]), _found(one))
        for way in ways
        for one in bins[way]
    ]
    numbers = table(summary, ("Probabilities", "From", "Events", "Stated", "Found"), rows)
    return charts.figure(
        "reliability", [line, *(_dots(at, way, bins[way]) for at, way in enumerate(ways))], look, summary, numbers
    )


def _dots(at: int, way: str, bins: Sequence[Mapping[str, Any]]) -> Any:
    return go.Scatter(
        x=[one["mean_predicted"] for one in bins],
        y=[one["observed_share"] for one in bins],
        mode="markers+lines",
        name=way,
        marker={"color": charts.SERIES[at], "size": 8},
        line={"color": charts.SERIES[at], "width": 1},
        customdata=[one["events"] for one in bins],
        hovertemplate="stated %{x:.3f}, found %{y:.3f}, %{customdata:,} events<extra></extra>",
    )


def _found(one: Mapping[str, Any]) -> str:
    return with_interval(one["observed_share"], *one["interval"])


def _by_size(members: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(members.items(), key=lambda item: (-item[1]["events"], item[0]))


def _ordered(study: Study, names: Mapping[str, Any]) -> list[str]:
    """The names in the order of `models`, and names of no model last."""
    order = {name: index for index, name in enumerate(models(study))}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
