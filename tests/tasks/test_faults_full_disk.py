"""A disk that is full in one step after the other: a sentence each, readers on the last release, reruns that go on."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.results import release
from tests.running import SAMPLES, Place, sentence
from tests.tasks.test_faults import publish

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who mounts a small disk")
# Enough for the run's own notes, too little for any work of the database.
ROOM = 1 << 17


@pytest.fixture
def small_disk(earlier: Place, tmp_path: Path) -> Iterator[Place]:
    """The earlier release on a disk of its own that is not much larger, and one more source since."""
    mount = tmp_path / "small disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=450m", "tmpfs", str(mount)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    place = earlier.copied(mount / "store", sources=str(SAMPLES))
    try:
        assert place.run("CreateSnapshot").code == 0
        yield place
    finally:
        place.stop()
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


def fill(place: Place, room: int) -> Path:
    """A file that leaves so many bytes on the disk of a store."""
    filler = place.store.parent / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(filler.parent).free - room))
    return filler


@AS_ROOT
def test_a_disk_on_which_nothing_can_be_written(small_disk: Place, expected: dict[str, Any]) -> None:
    before = release(small_disk)
    filler = fill(small_disk, 0)
    sentence(publish(small_disk), "cannot be written .*No space", "LoadRawTables", "PublishRelease")
    small_disk.stop()
    filler.unlink()
    assert release(small_disk) == before
    again = publish(small_disk)
    assert again.code == 0, again.text[-3000:]
    assert release(small_disk) == expected["release"]


def filled_before(place: Place) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(a run that ends right before a step, one that does this step), as they are typed, in the order of a run."""
    sha256 = hashlib.sha256((SAMPLES / "up08NOV.zip").read_bytes()).hexdigest()
    file, of = ("--source", "up08NOV", "--sha256", sha256), ("--snapshot", place.snapshot())
    return [
        (("UnpackAccessFile", *file), ("LoadRawTables", *file)),
        (("LoadRawTables", *file), ("CastTables", *file)),
        (("CastTables", *file), ("MergeTable", *of, "--table", "events")),
        (("RunChecks", *of), ("PublishRelease", *of)),
    ]


@AS_ROOT
def test_a_disk_that_is_full_in_one_step_after_the_other(small_disk: Place, expected: dict[str, Any]) -> None:
    before = release(small_disk)
    for prepared, task in filled_before(small_disk):
        told = small_disk.run(*prepared)
        assert told.code == 0, told.text[-3000:]
        filler = fill(small_disk, ROOM)
        told = small_disk.run(*task)
        sentence(
            told, rf"{task[0]}\(.* failed: The disk of the database server .* is full: free some space there", task[0]
        )
        # There is still no room: also now readers find what they found before.
        assert release(small_disk) == before
        filler.unlink()
    last = publish(small_disk)
    assert (last.code, last.families) == (0, {"PublishRelease"}), last.text[-3000:]
    assert release(small_disk) == expected["release"]
