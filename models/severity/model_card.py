"""The model card and the reporting sheet of a study, written from the files that the study has left.

The sheet goes through the items of the TRIPOD statement (transparent reporting of a multivariable prediction model).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from models.severity.data import feature_registry
from models.severity.data.population import CLASSES

FOLDER = Path(__file__).parent
TEMPLATES = {"model_card.md": FOLDER / "model_card.md.jinja", "tripod.md": FOLDER / "tripod.md.jinja"}
METRIC_NAMES = {
    "log_loss": "log loss (lower is better)",
    "log_loss_skill": "share of the log loss of class shares taken away",
    "brier": "Brier score (lower is better)",
    "expected_calibration_error": "expected calibration error, 15 bins (lower is better)",
    "accuracy": "accuracy",
    "majority_share": "accuracy of always saying the commonest class",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "fatal_roc_auc": "fatal or not: area under ROC",
    "fatal_pr_auc": "fatal or not: average precision",
}


def render_cards(folder: Path) -> dict[str, str]:
    """{file name: text} of both sheets. Reads metrics.json, explanation.json and identity.json of a study's folder."""
    facts, explanation, identity = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("metrics.json", "explanation.json", "identity.json")
    )
    known = {feature.column: feature for feature in feature_registry.load_features()}
    values = {
        "facts": facts,
        "settings": facts["settings"],
        "judged": facts["metrics"][facts["primary_model"]]["test"],
        "explanation": explanation,
        "identity": identity,
        "figures": METRIC_NAMES,
        "classes": CLASSES,
        "features": [known[name] for name in facts["features"]],
        "prediction_time": {"T0": "before the flight", "T1": "at first notification"}[
            facts["settings"]["prediction_time"]
        ],
        "model": facts["primary_model"],
    }
    return {name: _environment().from_string(path.read_text()).render(values) for name, path in TEMPLATES.items()}


def format_decimal(value: float | None) -> str:
    """Three digits after the point; a figure that cannot be had says so."""
    return "not to be had" if value is None else f"{value:.3f}"


def format_metric(judged: Mapping[str, Any], name: str) -> str:
    """'0.844 [0.830, 0.860]', without the interval where the figure has none."""
    return format_interval(judged[name], judged["intervals"].get(name))


def format_interval(value: float | None, interval: Sequence[float | None] | None) -> str:
    """The same of a value and its interval."""
    low, high = interval or (None, None)
    return (
        format_decimal(value)
        if low is None or high is None
        else f"{format_decimal(value)} [{format_decimal(low)}, {format_decimal(high)}]"
    )


def format_value(value: Any) -> str:
    """A feature's value in a sentence."""
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    found.filters |= {"decimal": format_decimal, "shown": format_value}
    found.globals |= {"bounded": format_metric, "spanned": format_interval}
    return found
