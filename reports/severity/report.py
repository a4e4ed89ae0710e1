"""Build the page of the severity model from the study's JSON: figures beside baselines, mistakes, alarms, limits."""

import json
from typing import Any

from reports.severity import findings, scrutiny
from reports.severity.findings import Study
from reports.shared import charts, formats, page
from reports.shared.components import Figure, Headline, table
from reports.shared.data import Context, Inputs

TOP_FEATURES = 15


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. `inputs.study` is what `Study.to_dict()` gives; parts it lacks are shown as not known."""
    study = inputs.study or {}
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "leakage_warnings": list(study.get("leakage_warnings", [])),
        "settings": study.get("settings", {}),
        "model": findings.best(study),
        "headlines": headlines(study),
        "counts": findings.counts_table(study),
        "excluded": findings.excluded_table(study),
        "metrics": findings.metrics_table(study),
        "log_loss": compared(
            study, "log_loss", "Log loss on the test part with 95 % intervals; further left is better."
        ),
        "fatal_auc": compared(
            study, "fatal_roc_auc", "Area under ROC for fatal or not, with 95 % intervals; 0.5 is chance, 1 is perfect."
        ),
        "confusion": confusion(study),
        "classes": findings.classes_table(study, context.min_cell_count),
        "features": features(study),
        "single": single(study),
        "missingness_auc": formats.decimal(study.get("missingness_auc")),
        "calibration": formats.decimal(findings.judged(study, findings.best(study)).get("expected_calibration_error")),
        "settings_table": findings.settings_table(study),
        "waived_warnings": list(study.get("waived_warnings", [])),
        **deeper(study),
        "study_json": json.dumps(study, indent=1, sort_keys=True),
    }
    return page.render("severity/template.html", context, parts)


def deeper(study: Study) -> dict[str, Any]:
    """Where the model holds, under which rule, and what the controls say."""
    return {
        "paired": scrutiny.paired(study),
        "yes_no": scrutiny.yes_no(study),
        "decision_rules": scrutiny.rules(study),
        "reliability": scrutiny.reliability(study),
        "backtest": scrutiny.origins(study),
        "eras": scrutiny.eras(study),
        "groups": scrutiny.groups(study),
        "split_drop": scrutiny.split_drop(study),
        "negative_controls": scrutiny.controls(study),
    }


def headlines(study: Study) -> list[Headline]:
    """The model in four numbers."""
    model = findings.best(study)
    test = findings.judged(study, model)
    auc, low, high = findings.bounds(study, model, "fatal_roc_auc")
    span = (
        f", 95 % interval {formats.decimal(low, 2)} to {formats.decimal(high, 2)}"
        if low is not None and high is not None
        else ""
    )
    return [
        Headline(formats.count(test.get("events")), "accidents in the test part", "study"),
        Headline(formats.decimal(auc, 2), f"area under ROC, fatal or not{span}", "study"),
        Headline(
            formats.decimal(test.get("log_loss_skill"), 2), "of the log loss of plain class shares taken away", "study"
        ),
        Headline(formats.decimal(test.get("macro_f1"), 2), "macro F1 over four classes", "study"),
    ]


def compared(study: Study, name: str, summary: str) -> Figure:
    """One figure of all models with its interval."""
    names = findings.models(study)
    values = [findings.bounds(study, model, name) for model in names]
    rows = [(model, *(formats.decimal(number) for number in found)) for model, found in zip(names, values, strict=True)]
    numbers = table(summary, ("Model", "Value", "Low", "High"), rows)
    return charts.intervals(name, names, values, summary, numbers)


def confusion(study: Study) -> Figure:
    """Which class is taken for which, on the test part."""
    cells = findings.judged(study, findings.best(study)).get("confusion", [])
    labels = list(findings.CLASSES.values())
    rows = [(f"actual {label}", *row, sum(row)) for label, row in zip(labels, cells, strict=False)]
    summary = (
        "Rows: the actual class. Columns: the model's likeliest class. A stronger colour is a larger share of the row."
    )
    numbers = table(
        "Test events by actual and predicted worst injury",
        ("", *(f"predicted {label}" for label in labels), "All"),
        rows,
    )
    return charts.squares("confusion", labels, cells, summary, numbers)


def features(study: Study) -> Figure:
    """What the model leans on most."""
    found = list(study.get("importances", {}).items())
    ranked = sorted(found, key=lambda item: (-(item[1].get("all") or 0), item[0]))[:TOP_FEATURES]
    rows = [(name, *(formats.decimal(means.get(key)) for key in ("all", *findings.CLASSES))) for name, means in ranked]
    summary = (
        f"Mean absolute contribution to the log odds, the {len(ranked)} greatest: what is used, not what causes injury."
    )
    heads = ("Feature", "All classes", *findings.CLASSES.values())
    series = {"mean absolute contribution": [means.get("all") for _, means in ranked]}
    return charts.bars(
        "features", [name for name, _ in ranked], series, summary, table("Features the model leans on", heads, rows)
    )


def single(study: Study) -> Any:
    """How far each feature gets alone: the table that gives a leak away."""
    found = sorted(study.get("single_feature_auc", {}).items(), key=lambda item: (-item[1], item[0]))
    rows = [(name, formats.decimal(auc)) for name, auc in found]
    return table("Each feature by itself, fatal or not", ("Feature", "Area under ROC"), rows)
