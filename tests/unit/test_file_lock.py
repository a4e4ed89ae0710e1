"""Locks are held in folders that belong to one user; links are not followed."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import file_lock
from pipeline.errors import PipelineError
from pipeline.postgres import passfile
from tests.architecture.tree import REPOSITORY

TRY = """
import sys
from pathlib import Path
from pipeline import file_lock
try:
    with file_lock.locked(Path(sys.argv[1]), shared=sys.argv[2] == "shared", wait=False):
        print("locked")
except BlockingIOError:
    print("held")
"""


def try_lock(path: Path, kind: str) -> str:
    command = [sys.executable, "-c", TRY, str(path), kind]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()


def test_folder_and_file_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with file_lock.locked(tmp_path / "store" / "locks" / "run"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "store" / "locks").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "store" / "locks" / "run").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir(mode=0o755)
    assert file_lock.private_folder(tmp_path / "locks").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_to_is_rejected(tmp_path: Path, mode: int) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks").chmod(mode)
    with pytest.raises(PipelineError, match=f"found mode {mode:04o}"), file_lock.locked(tmp_path / "locks" / "run"):
        pass
    assert list((tmp_path / "locks").iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "dangling link", "file"])
def test_a_folder_that_is_a_link_or_a_file_is_rejected(tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    if kind == "file":
        (tmp_path / "locks").touch()
    else:
        (tmp_path / "locks").symlink_to(tmp_path / ("elsewhere" if kind == "link" else "nowhere"))
    with pytest.raises(PipelineError, match="found a link or a file"), file_lock.locked(tmp_path / "locks" / "run"):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == [] and not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir(mode=0o700)
    os.chown(tmp_path / "locks", 65534, 65534)
    with pytest.raises(PipelineError, match="expected user id 0 as its owner, found 65534"):
        file_lock.private_folder(tmp_path / "locks")


@pytest.mark.parametrize("kind", ["link", "open"])
def test_passwords_are_written_to_a_private_folder_only(tmp_path: Path, kind: str) -> None:
    folder, elsewhere = tmp_path / "passwords", tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    if kind == "link":
        folder.symlink_to(elsewhere)
    with pytest.raises(PipelineError):
        passfile.url_without_password("postgresql://ann:secret@h/d", folder if kind == "link" else elsewhere)
    assert list(elsewhere.iterdir()) == []


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir(mode=0o700)
    (tmp_path / "locks" / "run").symlink_to(tmp_path / "target")
    with pytest.raises(OSError), file_lock.locked(tmp_path / "locks" / "run"):
        pass
    assert not (tmp_path / "target").exists()


def test_an_exclusive_lock_excludes_all_others_and_a_shared_lock_only_exclusive_ones(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "run"
    with file_lock.locked(path):
        assert (try_lock(path, "exclusive"), try_lock(path, "shared")) == ("held", "held")
    with file_lock.locked(path, shared=True):
        assert (try_lock(path, "exclusive"), try_lock(path, "shared")) == ("held", "locked")
    assert try_lock(path, "exclusive") == "locked"


def test_a_child_keeps_the_lock_of_its_killed_parent(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "run"
    program = f"""
import os, time
from pathlib import Path
from pipeline import file_lock
with file_lock.locked(Path({str(path)!r})):
    if (child := os.fork()) == 0:
        time.sleep(60)
    print(child, flush=True)
    os.kill(os.getpid(), 9)
"""
    done = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert done.stdout is not None
    child = int(done.stdout.readline())
    done.wait()
    assert try_lock(path, "exclusive") == "held"
    os.kill(child, 9)
    while try_lock(path, "exclusive") == "held":
        pass
    done.stdout.close()


def test_a_folder_is_locked_without_a_file_in_it(tmp_path: Path) -> None:
    with file_lock.locked_folder(tmp_path / "new"):
        descriptor = os.open(tmp_path / "new", os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert list((tmp_path / "new").iterdir()) == []
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
