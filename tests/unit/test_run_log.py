"""Records of the last run of each task."""

import json
from pathlib import Path

import pytest

from pipeline import config, run_log
from pipeline.tasks.load import PrepareDatabase


def test_records_of_version_0_1_have_the_current_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "targets_folder", lambda: tmp_path)
    (tmp_path / "steps").mkdir()
    assert run_log.last_success(PrepareDatabase()) is None
    record = {"step": "PrepareDatabase", "stamp": "a1", "ingredients": {"library x": "1"}, "seconds": 1, "ended_ns": 1}
    (tmp_path / "steps" / "PrepareDatabase.json").write_text(json.dumps(record))
    current = {"step": "PrepareDatabase", "fingerprint": "a1", "fingerprint_inputs": {"library x": "1"}}
    assert run_log.last_success(PrepareDatabase()) == current | {"seconds": 1, "ended_ns": 1}
