"""The study in words: a quotable summary, readable names of features, and the explained example events."""

import re
from collections.abc import Mapping
from typing import Any

from reports.severity.metric_tables import CLASSES, Study, metrics_on_test, primary_model
from reports.shared import formats
from reports.shared.components import Table, table
from reports.shared.data import Records

Meanings = Mapping[str, str]
FATAL = list(CLASSES).index("FATL")
# Contributions that are shown of each example.
TOP_CONTRIBUTIONS = 3


def quotable_summary(study: Study, min_count: int) -> str:
    """Return how many fatal accidents the primary model finds, and how often its fatal predictions are right.

    Empty without a confusion matrix, with an open leakage warning, and if there are fewer than `min_count` fatal
    accidents or fatal predictions on test.
    """
    confusion = metrics_on_test(study, primary_model(study)).get("confusion", [])
    if len(confusion) != len(CLASSES) or study.get("leakage_warnings"):
        return ""
    fatal, predicted, right = sum(confusion[FATAL]), sum(row[FATAL] for row in confusion), confusion[FATAL][FATAL]
    if min(fatal, predicted) < max(min_count, 1):
        return ""
    return (
        f"Of {formats.count(fatal)} fatal accidents that it had not seen, the model finds {formats.count(right)}; "
        f"{100 * right / predicted:.0f} % of its {formats.count(predicted)} fatal predictions are right."
    )


def label(feature: str, meanings: Meanings) -> str:
    """Return the first words of a feature's meaning, or its name without a meaning."""
    return re.split("[:;.,]", meanings.get(feature, ""))[0].strip() or feature


def cases_table(cases: Records, meanings: Meanings) -> Table:
    """Return a table of explained events: severity, prediction, probability of FATL, and the largest contributions."""
    rows = [
        (
            case["ev_id"],
            CLASSES[case["severity"]],
            CLASSES[case["likeliest"]],
            formats.decimal(case["probabilities"]["FATL"], 2),
            "; ".join(
                _contribution(part, case["explained"], meanings) for part in case["contributions"][:TOP_CONTRIBUTIONS]
            ),
        )
        for case in cases
    ]
    heads = ("Event", "Highest injury", "Most likely by the model", "Probability of fatal", "Largest contributions")
    return table("Examples from the test set", heads, rows)


def _contribution(part: Mapping[str, Any], explained: str, meanings: Meanings) -> str:
    """Return 'Phase of flight: landing, less likely fatal'."""
    value = part["value"]
    text = "not recorded" if value is None else f"{value:g}" if isinstance(value, float) else formats.plain(value)
    direction = "more" if part[explained] > 0 else "less"
    return f"{label(part['feature'], meanings)}: {text}, {direction} likely {CLASSES[explained]}"
