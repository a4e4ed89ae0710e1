"""A backup that is restored into an empty installation is the same: nothing is to run, and all results are equal."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.results import results
from tests.running import Workspace
from tests.tasks.test_commands import ask, planned


@pytest.fixture(scope="module")
def backup(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the built store."""
    source = built.copied(tmp_path_factory.mktemp("source") / "store")
    folder = tmp_path_factory.mktemp("backups") / "backup"
    done = ask(source, "backup", str(folder))
    source.stop()
    assert done.returncode == 0, done.stderr
    assert (folder.stat().st_mode & 0o077, ask(source, "backup", str(folder)).returncode) == (0, 1)
    source.stop()
    return folder


def test_a_restored_backup_gives_the_same_release_models_and_pages(
    built: Workspace, backup: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    restored = Workspace(tmp_path / "restored", built.repository)
    try:
        done = ask(restored, "restore", str(backup))
        assert done.returncode == 0, done.stderr
        assert results(restored) == expected
        assert planned(restored) == {}
        assert ask(restored, "restore", str(backup)).returncode == 1
        assert restored.query("select count(*) > 0 from mart.vw_database_health") == [(True,)]
    finally:
        restored.stop()


@pytest.mark.parametrize("name", ["database.dump", "files.tar", "manifest.json"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    built: Workspace, backup: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(backup, damaged := tmp_path / "damaged")
    content = bytearray((damaged / name).read_bytes())
    content[len(content) // 2 :] = b""
    (damaged / name).write_bytes(content)
    empty = Workspace(tmp_path / "empty", built.repository)
    done = ask(empty, "restore", str(damaged))
    assert done.returncode == 1 and done.stderr.startswith("restore: ") and "Traceback" not in done.stderr
    assert not empty.store.exists()
