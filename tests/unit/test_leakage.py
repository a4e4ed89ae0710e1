"""Leakage checks on given metrics, and waivers: one check, one prediction time, up to one value, with a reason."""

from pathlib import Path

import pytest

from models.severity.evaluation import leakage
from models.severity.evaluation.leakage import LeakageWarning, apply_waivers, load_waivers

WAIVER = {
    "check": "xgboost: weighted_f1",
    "prediction_time": "T1",
    "at_most": 0.67,
    "release": "r1",
    "reason": "Reviewed.",
}
WARNINGS = [
    LeakageWarning("xgboost: weighted_f1", 0.66, "xgboost: weighted_f1: found 0.660"),
    LeakageWarning("phase: fatal AUC", 0.81, "phase: fatal AUC: found 0.810"),
]


def test_a_warning_needs_enough_events_and_a_metric_above_its_limit() -> None:
    plausible = {"weighted_f1": 0.55, "fatal_roc_auc": 0.85, "events": 400, "per_class": {"FATL": {"events": 60.0}}}
    assert leakage.check_metrics("xgboost", plausible) == []
    warnings = leakage.check_metrics("xgboost", plausible | {"weighted_f1": 0.66, "fatal_roc_auc": 0.91})
    assert [warning.check for warning in warnings] == ["xgboost: weighted_f1", "xgboost: fatal_roc_auc"]
    assert [warning.message.partition(": expected")[0] for warning in warnings] == [
        warning.check for warning in warnings
    ]
    assert leakage.check_metrics("xgboost", plausible | {"weighted_f1": 0.66, "events": 70}) == []


def test_without_waivers_every_warning_blocks() -> None:
    assert apply_waivers(WARNINGS, "T1", load_waivers()) == ([warning.message for warning in WARNINGS], [])


def test_a_waiver_covers_its_check_only() -> None:
    blocking, waived = apply_waivers(WARNINGS, "T1", [WAIVER])
    assert blocking == ["phase: fatal AUC: found 0.810"]
    assert waived == ["xgboost: weighted_f1: found 0.660. Waived: Reviewed."]


@pytest.mark.parametrize("change", [{"prediction_time": "T0"}, {"at_most": 0.65}, {"check": "xgboost: fatal_roc_auc"}])
def test_a_waiver_covers_no_other_prediction_time_check_or_higher_value(change: dict[str, object]) -> None:
    assert apply_waivers(WARNINGS, "T1", [WAIVER | change])[1] == []


def test_all_invalid_waivers_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    entry = '[[waiver]]\ncheck = "phase"\nprediction_time = "T1"\nat_most = 0.9\nrelease = "r"\nreason = " "\n'
    path.write_text(entry + '[[waiver]]\ncheck = "make"\n')
    with pytest.raises(ValueError, match=r"waiver 2: expected keys at_most, check.*waiver 1: expected a reason"):
        load_waivers(path)
