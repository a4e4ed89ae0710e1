"""The committed samples are those that their generator writes."""

import zipfile
from pathlib import Path

from samples import make

SAMPLES = Path(make.__file__).parent
NAMES = ("avall", "Pre2008", "PRE1982", "up08NOV")


def test_the_generator_reproduces_the_committed_files(tmp_path: Path) -> None:
    make.make(tmp_path)
    assert (tmp_path / "manifest.json").read_bytes() == (SAMPLES / "manifest.json").read_bytes()
    for name in NAMES:
        with zipfile.ZipFile(SAMPLES / f"{name}.zip") as old, zipfile.ZipFile(tmp_path / f"{name}.zip") as new:
            assert old.namelist() == new.namelist()
            # Members instead of zips: zlib versions compress the same bytes differently.
            assert old.read(old.namelist()[0]) == new.read(new.namelist()[0]), name
    assert sum((SAMPLES / f"{name}.zip").stat().st_size for name in NAMES) < 3_000_000
