"""What the severity page says about a study's run and its status in the registry."""

from pathlib import Path

from models.severity.tracking import promotion, study_history
from models.severity.tracking.store import sqlite_address


def log(path: Path, *lines: tuple[str, str, bool, str]) -> Path:
    """A promotion log with (fingerprint, version, promoted, reason)."""
    for fingerprint, version, promoted, reason in lines:
        values = {"fingerprint": fingerprint, "release": "r", "model": "severity", "version": version}
        promotion.log_decision(path, values, promotion.Decision(promoted, reason))
    return path


def test_decisions_are_newest_first_without_the_reason_of_a_person(tmp_path: Path) -> None:
    reason = "promoted by a person: as R. Viewer asked"
    decisions = [("a", "1", True, "first"), ("b", "2", True, reason), ("c", "3", False, "not better")]
    address, path = sqlite_address(tmp_path / "none.db"), log(tmp_path / "promotions.csv", *decisions)
    history = study_history.describe_study(address, "a", "T1", path)
    published = [(line["version"], line["reason"]) for line in history["decisions"]]
    assert published == [("3", "not better"), ("2", "promoted by a person"), ("1", "first")]
    assert history["experiment"] == "severity/four-class/T1"
    # The registry decides, not the log: a store without a run has no version and no champion.
    assert (history["version"], history["status"], history["champion"]) == ("", "", "")


def test_the_state_changes_with_decisions_about_the_model_that_the_page_shows_only(tmp_path: Path) -> None:
    address, path = sqlite_address(tmp_path / "none.db"), tmp_path / "promotions.csv"
    states = [study_history.state(address, "a", time, log(path)) for time in ("T0", "T1")]
    log(path, ("a", "1", True, "first"))
    assert study_history.state(address, "a", "T0", path) == states[0]
    assert study_history.state(address, "a", "T1", path) != states[1]
