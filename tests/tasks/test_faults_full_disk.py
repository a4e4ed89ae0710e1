"""A full disk during each task: a clear message, readers on the last release, and reruns that continue."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.results import release
from tests.running import SAMPLES, Workspace, assert_failed
from tests.tasks.test_faults import publish

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who mounts a small disk")
# Enough for the records of a run, too little for the database.
ROOM = 1 << 17


@pytest.fixture
def small_disk(earlier: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """The earlier release and a newer snapshot on a disk with little free space."""
    mount = tmp_path / "small disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=450m", "tmpfs", str(mount)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    workspace = earlier.copied(mount / "store", sources=str(SAMPLES))
    try:
        assert workspace.run("CreateSnapshot").code == 0
        yield workspace
    finally:
        workspace.stop()
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


def fill(workspace: Workspace, room: int) -> Path:
    """Fills the disk of a store except for `room` bytes; returns the file."""
    filler = workspace.store.parent / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(filler.parent).free - room))
    return filler


@AS_ROOT
def test_a_completely_full_disk(small_disk: Workspace, expected: dict[str, Any]) -> None:
    before = release(small_disk)
    filler = fill(small_disk, 0)
    assert_failed(publish(small_disk), "cannot be written .*No space", "LoadRawTables", "PublishRelease")
    small_disk.stop()
    filler.unlink()
    assert release(small_disk) == before
    again = publish(small_disk)
    assert again.code == 0, again.text[-3000:]
    assert release(small_disk) == expected["release"]


def filled_before(workspace: Workspace) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(command line of the preceding task, command line of a task), in the order of a run."""
    sha256 = hashlib.sha256((SAMPLES / "up08NOV.zip").read_bytes()).hexdigest()
    file, of = ("--source", "up08NOV", "--sha256", sha256), ("--snapshot", workspace.snapshot())
    return [
        (("UnpackAccessFile", *file), ("LoadRawTables", *file)),
        (("LoadRawTables", *file), ("CastTables", *file)),
        (("CastTables", *file), ("MergeTable", *of, "--table", "events")),
        (("RunChecks", *of), ("PublishRelease", *of)),
    ]


@AS_ROOT
def test_a_full_disk_during_each_task(small_disk: Workspace, expected: dict[str, Any]) -> None:
    before = release(small_disk)
    for prepared, task in filled_before(small_disk):
        result = small_disk.run(*prepared)
        assert result.code == 0, result.text[-3000:]
        filler = fill(small_disk, ROOM)
        result = small_disk.run(*task)
        assert_failed(
            result, rf"{task[0]}\(.* failed: The disk of the database server .* is full: make room there", task[0]
        )
        # The disk is still full, and readers still find the earlier release.
        assert release(small_disk) == before
        filler.unlink()
    last = publish(small_disk)
    assert (last.code, last.families) == (0, {"PublishRelease"}), last.text[-3000:]
    assert release(small_disk) == expected["release"]
