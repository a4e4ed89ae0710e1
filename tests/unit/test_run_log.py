"""Records of the last run of each task."""

import json
import os
from pathlib import Path

import luigi
import luigi.worker
import pytest

from pipeline import config, run_log, run_worker
from pipeline.operations import end_of_run
from pipeline.tasks.load import PrepareDatabase


def test_records_of_version_0_1_have_the_current_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "targets_folder", lambda: tmp_path)
    (tmp_path / "steps").mkdir()
    assert run_log.last_success(PrepareDatabase()) is None
    record = {"step": "PrepareDatabase", "stamp": "a1", "ingredients": {"library x": "1"}, "seconds": 1, "ended_ns": 1}
    (tmp_path / "steps" / "PrepareDatabase.json").write_text(json.dumps(record))
    current = {"step": "PrepareDatabase", "fingerprint": "a1", "fingerprint_inputs": {"library x": "1"}}
    assert run_log.last_success(PrepareDatabase()) == current | {"seconds": 1, "ended_ns": 1}


@pytest.mark.parametrize(
    ("statuses", "state"), [(["PENDING", "DONE"], ""), (["FAILED", "DONE"], ""), (["DONE", "FAILED"], "failed")]
)
def test_the_state_of_a_run_does_not_depend_on_files_that_a_full_disk_lacks(
    statuses: list[str], state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = object.__new__(run_worker.RunWorker)
    monkeypatch.setattr(luigi.worker.Worker, "run", lambda _: True)
    monkeypatch.setattr(run_worker.RunWorker, "_is_local", lambda _: True)
    worker._add_task_history = [(PrepareDatabase(), status, True) for status in statuses]
    monkeypatch.setattr(run_log, "has_failed", False)
    worker.run()
    states: list[str] = []
    monkeypatch.setattr(end_of_run, "conclude", lambda _, state: states.append(state))
    monkeypatch.setattr(run_log, "_run_id", "20240703T094640Z-12")
    monkeypatch.setattr(run_log, "release_lines", lambda _: [])
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    run_log.finish_run(os.getpid())
    assert states == [state]
