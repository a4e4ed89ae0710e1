"""The lock of a run on a store: what is in its place is named, with advice that resolves it."""

import os
import re
from pathlib import Path

import pytest

from pipeline import config, run_lock
from pipeline.errors import PipelineError


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the lock of an empty store with the embedded server."""
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    monkeypatch.delenv("NTSB_DATABASE_URL", raising=False)
    path = config.targets_folder() / "locks" / "run"
    path.parent.mkdir(parents=True, mode=0o700)
    return path


def test_a_link_in_its_place_is_not_followed_and_can_be_removed(lock: Path, tmp_path: Path) -> None:
    lock.symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(PipelineError, match="locks/run: expected a file, found a link; remove it"),
        run_lock.held("run"),
    ):
        pass
    assert not (tmp_path / "elsewhere").exists()
    lock.unlink()
    with run_lock.held("run"):
        pass


def test_one_schedule_at_a_time_works_on_a_store_and_its_workers_share_the_lock(lock: Path) -> None:
    """With a shared scheduler, the lock of the store excludes no other runs."""
    first, other = "WeeklySync(date=2026-12-01)", "MonthlySync(date=2026-12-01)"
    with run_lock.schedule_held(first):
        with run_lock.schedule_held(first):
            pass
        expected = rf"expected no run on the schedules of .*, found {re.escape(first)}, process {os.getpid()} since 20"
        with pytest.raises(run_lock.RunInProgress, match=expected), run_lock.schedule_held(other):
            pass
    with run_lock.schedule_held(other):
        pass
