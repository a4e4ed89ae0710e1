"""The model card (Mitchell et al. 2019) and the TRIPOD+AI checklist of a study, rendered from its JSON files.

TRIPOD+AI: transparent reporting of prediction models that use regression or machine learning (Collins et al. 2024).
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
    "log_loss_skill": "log loss skill against class shares (1 is perfect, 0 no better)",
    "brier": "Brier score (lower is better)",
    "expected_calibration_error": "expected calibration error, 15 bins (lower is better)",
    "accuracy": "accuracy",
    "majority_share": "accuracy of always predicting the most frequent class",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "weighted_f1": "weighted F1",
    "fatal_roc_auc": "fatal against the rest: area under the ROC curve",
    "fatal_pr_auc": "fatal against the rest: average precision",
}


def render_cards(folder: Path, evaluations: int = 0) -> dict[str, str]:
    """Return {file name: text} of both documents, from the JSON files of the study in `folder`.

    `evaluations`: models evaluated on this test set so far. 0 for the files of the study, which do not depend on
    earlier runs; the card that MLflow shows states the number.
    """
    study, explanation, identity = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("metrics.json", "explanation.json", "identity.json")
    )
    known = {feature.column: feature for feature in feature_registry.load_features()}
    values = {
        "study": study,
        "settings": study["settings"],
        "test": study["metrics"][study["primary_model"]]["test"],
        "explanation": explanation,
        "identity": identity,
        "evaluations": evaluations,
        "metric_names": METRIC_NAMES,
        "classes": CLASSES,
        "features": [known[name] for name in study["features"]],
        "prediction_time": {"T0": "before the flight", "T1": "at first notification"}[
            study["settings"]["prediction_time"]
        ],
        "model": study["primary_model"],
        "calibration": study["class_calibration"][study["primary_model"]],
        "different": _different_groups(study),
        "missing_most": sorted(study["missing_shares"]["test"].items(), key=lambda item: (-item[1], item[0]))[:5],
    }
    return {
        name: _environment().from_string(path.read_text(encoding="utf-8")).render(values)
        for name, path in TEMPLATES.items()
    }


def _different_groups(study: Mapping[str, Any]) -> list[str]:
    """Return the groups whose calibration differs from the model's, as `column: group`."""
    return [
        f"{column}: {name}"
        for column, groups in study["fairness"]["groups"].items()
        for name, group in groups.items()
        if group["differs"]
    ]


def format_decimal(value: float | None, digits: int = 3) -> str:
    """Return the value with three decimals, or "not available" for None."""
    return "not available" if value is None else f"{value:.{digits}f}"


def format_metric(evaluation: Mapping[str, Any], name: str, digits: int = 3) -> str:
    """Return a metric with its interval, such as '0.844 [0.830, 0.860]', or without if it has none."""
    return format_interval(evaluation[name], evaluation["intervals"].get(name), digits)


def format_interval(value: float | None, interval: Sequence[float | None] | None, digits: int = 3) -> str:
    """Return a value with its interval, such as '0.844 [0.830, 0.860]', or without if a bound is missing."""
    low, high = interval or (None, None)
    if low is None or high is None:
        return format_decimal(value, digits)
    return f"{format_decimal(value, digits)} [{format_decimal(low, digits)}, {format_decimal(high, digits)}]"


def format_value(value: Any) -> str:
    """Return a feature's value as text: 'not recorded', 'yes' or 'no', a number, or the category."""
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"decimal": format_decimal, "text": format_value}
    environment.globals |= {"metric": format_metric, "interval": format_interval}
    return environment
