"""Read the study's JSON: what it says, in the order and the words of the page. What it does not say is empty."""

from collections.abc import Mapping
from typing import Any

from reports.shared import formats
from reports.shared.components import Table, table

Study = Mapping[str, Any]
CLASSES = {"NONE": "none", "MINR": "minor", "SERS": "serious", "FATL": "fatal"}
PARTS = ("train", "validation", "test")
FIGURES = {
    "log_loss": "Log loss (lower is better)",
    "log_loss_skill": "Share of the log loss of class shares taken away",
    "accuracy": "Accuracy",
    "majority_share": "Accuracy of always saying the most frequent class",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "weighted_f1": "Weighted F1",
    "fatal_roc_auc": "Fatal or not: area under ROC",
    "fatal_pr_auc": "Fatal or not: average precision",
    "brier": "Brier score (lower is better)",
    "expected_calibration_error": "Expected calibration error, 15 bins (lower is better)",
}


def models(study: Study) -> list[str]:
    """Names of the models: the primary model last, the others by decreasing log loss on test."""
    others = [name for name in study.get("metrics", {}) if name != study.get("primary_model")]
    others.sort(key=lambda name: (-(judged(study, name).get("log_loss") or 0.0), name))
    return [*others, *([best(study)] if best(study) else [])]


def best(study: Study) -> str:
    """The primary model, which the page describes; empty if there is no study."""
    return str(study.get("primary_model", ""))


def judged(study: Study, model: str, part: str = "test") -> Mapping[str, Any]:
    """All figures of a model on a part; empty where there are none."""
    found: Mapping[str, Any] = study.get("metrics", {}).get(model, {}).get(part, {})
    return found


def bounds(study: Study, model: str, name: str) -> tuple[float | None, float | None, float | None]:
    """(value, low, high) of a figure on the test part."""
    figures = judged(study, model)
    low, high = figures.get("intervals", {}).get(name) or (None, None)
    return figures.get(name), low, high


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """'0.844 [0.830, 0.860]'."""
    text = formats.decimal(value)
    return text if low is None or high is None else f"{text} [{formats.decimal(low)}, {formats.decimal(high)}]"


def headline(study: Study) -> str:
    """One line for the index."""
    model = best(study)
    if not model:
        return "No study in this release."
    auc = with_interval(*bounds(study, model, "fatal_roc_auc"))
    skill = formats.decimal(judged(study, model).get("log_loss_skill"))
    raised = len(study.get("leakage_warnings", []))
    words = (
        f"{raised} alarm{'s' if raised != 1 else ''} raised: do not use before they are explained."
        if raised
        else "No alarm raised."
    )
    events = formats.count(judged(study, model).get("events"))
    return f"On {events} test events: fatal AUC {auc}, log-loss skill {skill}. {words}"


def metrics_table(study: Study) -> Table:
    """Every figure on the test part, one column per model, with its 95 % interval where there is one."""
    names = models(study)
    rows = (
        [(words, *(with_interval(*bounds(study, model, name)) for model in names)) for name, words in FIGURES.items()]
        if names
        else []
    )
    return table("Figures on the test part, with 95 % intervals", ("Figure", *names), rows)


def counts_table(study: Study) -> Table:
    """Events per part and class."""
    counts = study.get("counts", {})
    rows = [
        (part, counts[part].get("events"), *(counts[part].get(code, 0) for code in CLASSES))
        for part in PARTS
        if part in counts
    ]
    return table("Events studied, by part and worst injury", ("Part", "Events", *CLASSES.values()), rows)


def excluded_table(study: Study) -> Table:
    """Events left out, each under the first rule that excludes it, in the order of the rules."""
    excluded = study.get("excluded", {})
    return table("Events left out, each under the first rule that applies", ("Rule", "Events"), list(excluded.items()))


def classes_table(study: Study, smallest: int) -> Table:
    """Precision and recall of each class for each model; none where the class has fewer than `smallest` events."""
    rows = []
    for model in models(study):
        for code, words in CLASSES.items():
            found = judged(study, model).get("per_class", {}).get(code, {})
            few = (found.get("events") or 0) < smallest
            figures = [formats.TOO_FEW if few else formats.decimal(found.get(name)) for name in ("precision", "recall")]
            rows.append((model, words, int(found.get("events") or 0), *figures))
    return table("Per class on the test part", ("Model", "Worst injury", "Events", "Precision", "Recall"), rows)


def settings_table(study: Study) -> Table:
    """Every knob of the study."""
    rows = [(name, str(value)) for name, value in sorted(study.get("settings", {}).items())]
    return table("Settings of the study", ("Setting", "Value"), rows)
