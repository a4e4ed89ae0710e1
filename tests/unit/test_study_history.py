"""What the severity page says about a study's run and its status in the registry."""

from pathlib import Path

import pytest

from models.severity.tracking import promotion, study_history
from models.severity.tracking.store import sqlite_address


def log(path: Path, *lines: tuple[str, str, bool, str]) -> Path:
    """A promotion log with (fingerprint, version, promoted, reason)."""
    for fingerprint, version, promoted, reason in lines:
        values = {"fingerprint": fingerprint, "release": "r", "model": "severity", "version": version}
        promotion.log_decision(path, values, promotion.Decision(promoted, reason))
    return path


@pytest.mark.parametrize(
    ("fingerprint", "status"), [("a", "challenger"), ("b", "champion"), ("c", "challenger"), ("x", "")]
)
def test_the_last_promoted_version_is_champion(tmp_path: Path, fingerprint: str, status: str) -> None:
    decisions = [("a", "1", True, "first"), ("b", "2", True, "better"), ("c", "3", False, "not better")]
    address, path = sqlite_address(tmp_path / "none.db"), log(tmp_path / "promotions.csv", *decisions)
    history = study_history.describe_study(address, fingerprint, "T1", path)
    assert (history["status"], history["champion"], history["run"]) == (status, "2", "")
    assert [line["version"] for line in history["decisions"]] == ["3", "2", "1"]
    assert history["experiment"] == "severity/four-class/T1"


def test_the_reason_of_a_person_is_not_published_and_a_promotion_changes_the_state(tmp_path: Path) -> None:
    address, path = sqlite_address(tmp_path / "none.db"), tmp_path / "promotions.csv"
    states = [study_history.state(address, "a", path)]
    log(path, ("a", "1", True, "promoted by a person: as R. Viewer asked"))
    states.append(study_history.state(address, "a", path))
    assert states[0] != states[1]
    (line,) = study_history.describe_study(address, "a", "T1", path)["decisions"]
    assert line["reason"] == "promoted by a person"
