"""The lock of a run on a store: what is in its place is named, with advice that resolves it."""

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
