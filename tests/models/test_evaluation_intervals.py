"""Every metric of a study has an interval, and every F1 score names its decision rule."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from severity_frame import feature_table

from models.severity.evaluation import metrics
from models.severity.study import StudySettings, run_study

QUICK = StudySettings(rounds=15, early_stopping_rounds=5, n_bootstrap=20, trees=5)
# Counts, settings, limits and fitted parameters; all other numbers are metrics, which vary by chance.
WITHOUT_INTERVAL = {
    *("events", "fatal", "n_train", "rounds", "first_year", "last_year", "fatal_roc_auc_limit", "slope", "threshold"),
    # Compared with its null distribution instead.
    "expected_calibration_error",
}
SECTIONS = (
    "metrics",
    "fatal",
    "decision_rules",
    "calibration",
    "decision_curves",
    "backtest",
    "backtest_average",
    "eras",
    "subgroups",
    "external_validation",
    "random_split_comparison",
    "negative_controls",
)
NOT_METRICS = {
    *("weights", "shifts", "per_class", "per_class_intervals", "intervals", "fatal_bins", "confusion"),
    # Tested in tests/unit/test_recalibration.py and test_calibration_error.py.
    *("calibration_error_null", "fatal_calibration", "calibration", "fatal_brier"),
}


@cache
def facts() -> dict[str, Any]:
    table = feature_table(1600)
    return run_study(table.assign(is_us=table.index % 4 > 0), QUICK).to_dict()


def tables(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, table) of every table of metrics nested in a value."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from tables(inner, f"{path}/{index}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in NOT_METRICS:
                yield from tables(inner, f"{path}/{key}")
        if any(isinstance(inner, float) and key not in WITHOUT_INTERVAL for key, inner in value.items()):
            yield path, value


@pytest.mark.parametrize("section", SECTIONS)
def test_every_metric_has_an_interval(section: str) -> None:
    section_tables = list(tables(facts()[section], section))
    missing = [
        f"{path}/{name}"
        for path, table in section_tables
        for name, value in table.items()
        if isinstance(value, float) and name not in WITHOUT_INTERVAL
        if None in (table.get("intervals", {}).get(name) or [None])
    ]
    assert section_tables and missing == []
    reversed_bounds = [
        (f"{path}/{name}", interval)
        for path, table in section_tables
        for name, interval in table.get("intervals", {}).items()
        if interval[0] is not None and interval[0] > interval[1]
    ]
    assert reversed_bounds == []


@pytest.mark.parametrize("section", (*SECTIONS, "paired"))
def test_every_f1_score_names_its_decision_rule(section: str) -> None:
    with_f1 = [
        (path, table) for path, table in tables(facts()[section], section) if any("f1" in name for name in table)
    ]
    assert [path for path, table in with_f1 if not table.get("decision_rule")] == []


def test_paired_differences_of_f1_name_their_decision_rule() -> None:
    rules = {differences["macro_f1"]["decision_rule"] for differences in facts()["paired"].values()}
    assert rules == {metrics.DECISION_RULE}


@pytest.mark.parametrize("section", ["metrics", "decision_rules", "backtest", "eras", "subgroups"])
def test_precision_and_recall_of_every_class_have_intervals(section: str) -> None:
    four_class = [table for _, table in tables(facts()[section], section) if "macro_f1" in table]
    assert four_class
    for table in four_class:
        names = {f"{metric}_{name}" for name in table["per_class"] for metric in ("precision", "recall")}
        assert names == set(table["per_class_intervals"])


def test_leakage_checks_have_intervals() -> None:
    intervals, areas = facts()["single_feature_auc_intervals"], facts()["single_feature_auc"]
    assert set(intervals) == set(areas) != set()
    assert None not in facts()["missingness_auc_interval"]


def estimates(value: Any, path: str = "") -> Iterator[tuple[str, float, Any]]:
    """(path, value, interval) of every number with an interval, wherever a study states them."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from estimates(inner, f"{path}/{index}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "intervals":
                yield from ((f"{path}/{name}", value[name], interval) for name, interval in inner.items())
            elif key == "per_class_intervals":
                for name, interval in inner.items():
                    metric, _, severity = name.partition("_")
                    yield f"{path}/{name}", value["per_class"][severity][metric], interval
            elif key == "interval":
                yield path, value.get("difference", value.get("observed_share")), inner
            elif key != "per_class" and isinstance(intervals := value.get(f"{key}_intervals"), dict):
                yield from ((f"{path}/{key}/{name}", inner[name], interval) for name, interval in intervals.items())
            elif f"{key}_interval" in value:
                yield f"{path}/{key}", inner, value[f"{key}_interval"]
            else:
                yield from estimates(inner, f"{path}/{key}")


def test_every_interval_contains_its_estimate() -> None:
    every = list(estimates(facts()))
    assert len(every) > 400
    assert {
        *("paired", "decision_rules", "calibration", "single_feature_auc", "missingness_auc", "class_calibration"),
        *("conformal_sets", "decision_curves", "fairness", "external_validation", "backtest_average"),
    } <= {path.split("/")[1] for path, _, _ in every}
    outside = [
        (path, value, interval)
        for path, value, interval in every
        if value is not None and None not in interval and not interval[0] <= value <= interval[1]
    ]
    assert outside == []
