"""Invalid sources: each stops a run with a message of its own."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.jet4 import Column, write_access
from tests.running import SAMPLES, Workspace, assert_failed

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to drop a capability")


@pytest.fixture
def fresh(repository: Path, tmp_path: Path) -> Iterator[Workspace]:
    """An empty store, and a folder with one database of the samples."""
    sources = tmp_path / "my zips"
    sources.mkdir()
    shutil.copy(SAMPLES / "avall.zip", sources)
    workspace = Workspace(tmp_path / "store", repository, str(sources))
    yield workspace
    workspace.stop()


@pytest.mark.parametrize(
    ("damage", "pattern"),
    [
        (lambda content: content[: len(content) // 2], r"avall\.zip.*expected a complete zip"),
        (lambda content: b"<!DOCTYPE html><html>Please wait</html>", r"avall\.zip.*found a web page"),
        (lambda content: b"", r"avall\.zip"),
    ],
    ids=["truncated", "html", "empty"],
)
def test_an_invalid_zip(fresh: Workspace, damage: Any, pattern: str) -> None:
    path = Path(fresh.sources) / "avall.zip"
    path.write_bytes(damage(path.read_bytes()))
    assert_failed(fresh.run(), pattern, "DownloadSource", "LoadRawTables")
    shutil.copy(SAMPLES / "avall.zip", path)
    assert fresh.run("CreateSnapshot").code == 0


def test_an_access_file_without_events(fresh: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "avall.mdb"
    write_access(
        file, {"aircraft": [Column("ev_id", "TEXT", 14), Column("Aircraft_Key", "LONG")]}, {"aircraft": [("1", 1)]}
    )
    with zipfile.ZipFile(Path(fresh.sources) / "avall.zip", "w") as archive:
        archive.write(file, "avall.mdb")
    result = fresh.run()
    assert_failed(
        result,
        r"Pre2008.zip or avall.zip, found avall.zip \(expected the tables of an era, found aircraft\); put the files",
        "LoadRawTables",
        "CastTables",
        "PublishRelease",
    )


def test_weekly_files_without_a_database_are_named_as_such(fresh: Workspace) -> None:
    for path in Path(fresh.sources).glob("*.zip"):
        path.unlink()
    shutil.copy(SAMPLES / "up08NOV.zip", fresh.sources)
    result = fresh.run("CreateSnapshot")
    assert_failed(result, r"found up08NOV.zip \(a weekly file\); put the files", "LoadRawTables")


@AS_ROOT
@pytest.mark.parametrize("closed", ["folder", "file"])
def test_unreadable_sources(fresh: Workspace, closed: str) -> None:
    path = Path(fresh.sources) if closed == "folder" else Path(fresh.sources) / "avall.zip"
    path.chmod(0)
    # Root without these capabilities has the rights of an ordinary user.
    ordinary = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
    result = fresh.start("AllReports", before=ordinary).result()
    assert_failed(result, "permission denied", "DownloadSource", "LoadRawTables")
    path.chmod(0o755)


def test_a_missing_folder(fresh: Workspace) -> None:
    gone = replace(fresh, sources=str(Path(fresh.sources) / "nowhere"))
    assert_failed(gone.run(), "nowhere: expected a folder with the zips, found none", "CreateSnapshot")
