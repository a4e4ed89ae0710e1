"""Reviewed exceptions: one alarm, one prediction_time, up to one figure, for a reason."""

from pathlib import Path

import pytest

from models.severity.evaluation.leakage import LeakageWarning, apply_waivers, load_waivers

ENTRY = {
    "alarm": "xgboost: weighted_f1",
    "prediction_time": "T1",
    "at_most": 0.67,
    "release": "r1",
    "reason": "Looked into.",
}
RAISED = [
    LeakageWarning("xgboost: weighted_f1", 0.66, "xgboost: weighted_f1 0.660 too high."),
    LeakageWarning("phase", 0.81, "phase: 0.81."),
]


def test_without_an_exception_every_alarm_stops() -> None:
    assert apply_waivers(RAISED, "T1", load_waivers()) == ([alarm.text for alarm in RAISED], [])


def test_an_exception_excuses_its_alarm_and_no_other() -> None:
    stopping, excused = apply_waivers(RAISED, "T1", [ENTRY])
    assert stopping == ["phase: 0.81."]
    assert excused == ["xgboost: weighted_f1 0.660 too high. Excused: Looked into."]


@pytest.mark.parametrize("change", [{"prediction_time": "T0"}, {"at_most": 0.65}, {"alarm": "xgboost: fatal_roc_auc"}])
def test_another_moment_a_higher_figure_or_another_alarm_is_not_excused(change: dict[str, object]) -> None:
    assert apply_waivers(RAISED, "T1", [ENTRY | change])[1] == []


def test_an_exception_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_text('[[exception]]\nalarm = "phase"\nmoment = "T1"\nat_most = 0.9\nrelease = "r"\nreason = " "\n')
    path.write_text(path.read_text() + '[[exception]]\nalarm = "make"\n')
    with pytest.raises(ValueError, match=r"entry 2: keys alarm, at_most.*entry 1: a reason expected"):
        load_waivers(path)
