"""Sources that are not what they should be: each has a sentence of its own, through the real `luigi`."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.jet4 import Column, write_access
from tests.running import SAMPLES, Place, sentence

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who takes a right from itself")


@pytest.fixture
def fresh(house: Path, tmp_path: Path) -> Iterator[Place]:
    """An empty store, and a folder with one database of the samples."""
    sources = tmp_path / "my zips"
    sources.mkdir()
    shutil.copy(SAMPLES / "avall.zip", sources)
    place = Place(tmp_path / "store", house, str(sources))
    yield place
    place.stop()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[: len(content) // 2], r"avall\.zip.*expected a whole zip"),
        (lambda content: b"<!DOCTYPE html><html>Please wait</html>", r"avall\.zip.*found a web page"),
        (lambda content: b"", r"avall\.zip"),
    ],
    ids=["truncated", "html", "empty"],
)
def test_a_zip_that_is_none(fresh: Place, spoil: Any, words: str) -> None:
    path = Path(fresh.sources) / "avall.zip"
    path.write_bytes(spoil(path.read_bytes()))
    sentence(fresh.run(), words, "DownloadSource", "LoadRawTables")
    shutil.copy(SAMPLES / "avall.zip", path)
    assert fresh.run("CreateSnapshot").code == 0


def test_an_access_file_without_events(fresh: Place, tmp_path: Path) -> None:
    file = tmp_path / "avall.mdb"
    write_access(
        file, {"aircraft": [Column("ev_id", "TEXT", 14), Column("Aircraft_Key", "LONG")]}, {"aircraft": [("1", 1)]}
    )
    with zipfile.ZipFile(Path(fresh.sources) / "avall.zip", "w") as archive:
        archive.write(file, "avall.mdb")
    told = fresh.run()
    sentence(
        told,
        r"avall: expected the tables and columns of its era, found: .*table events is absent.*Nothing was loaded",
        "LoadRawTables",
        "CastTables",
        "PublishRelease",
    )
    assert "column aircraft.damage is absent" in told.text


@AS_ROOT
@pytest.mark.parametrize("closed", ["folder", "file"])
def test_what_may_not_be_read(fresh: Place, closed: str) -> None:
    path = Path(fresh.sources) if closed == "folder" else Path(fresh.sources) / "avall.zip"
    path.chmod(0)
    # Root without the right to read everything is what an ordinary user is.
    ordinary = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
    told = fresh.start("AllReports", before=ordinary).told()
    sentence(told, "may not be read", "DownloadSource", "LoadRawTables")
    path.chmod(0o755)


def test_a_folder_that_is_not_there(fresh: Place) -> None:
    gone = replace(fresh, sources=str(Path(fresh.sources) / "nowhere"))
    sentence(gone.run(), "nowhere.*it is not there", "CreateSnapshot")
