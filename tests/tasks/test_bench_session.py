"""The benchmark on the samples: floors, raw load and a cold build, each in a temporary store."""

import json
from pathlib import Path

import pytest

from samples import make
from tests.access import read_table
from tests.architecture.tree import REPOSITORY
from tests.bench import files, measures
from tests.bench.__main__ import main

COPIES = [("avall", "engine_duplicate"), ("avall", "finding_duplicate"), ("Pre2008", "engine_duplicate")]


def test_benchmark_of_the_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures_file = tmp_path / "figures.json"
    words = ["--sources", str(REPOSITORY / "samples"), "--scratch", str(tmp_path), "--json", str(figures_file)]
    assert main([*words, "--only", "floors", "load", "cold"]) == 0
    (actual,) = json.loads(figures_file.read_text())["sessions"]
    by_name = {item["name"]: item for item in actual["measures"]}
    wanted = [measures.A, measures.B, measures.C, measures.UNPACK, measures.LOAD, measures.COLD]
    assert [name for name in by_name if name not in (measures.MEMORY, measures.DATABASE_MEMORY)] == wanted
    assert all(item["value"] > 0 for item in by_name.values())
    # Without the weekly file; only duplicate keys remove rows from the typed tables.
    rows = json.loads((REPOSITORY / "samples" / "manifest.json").read_text())
    sources = ("avall", "Pre2008", "PRE1982")
    # Each file has a marker table with one row.
    inside = sum(sum(rows[source]["rows"].values()) + 1 for source in sources)
    assert by_name[measures.A]["rows"] == by_name[measures.COLD]["rows"] == actual["rows"] == inside
    # Floor (c) casts the published rows, and copies with other numbers, which are no duplicate keys.
    copies = sum(rows[source]["defects"][kind]["count"] for source, kind in COPIES)
    assert by_name[measures.C]["rows"] == actual["published"] + copies
    families = {family: steps for family, steps, *_ in actual["stages"][measures.COLD]}
    assert (families["LoadRawTables"], families["CastTables"], families["PublishRelease"]) == (3, 3, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [name for name in wanted if not any(line.startswith(name) for line in lines)] == []
    assert list(tmp_path.iterdir()) == [figures_file]


def test_the_smallest_scale_has_its_numbers_of_events(tmp_path: Path) -> None:
    size = make.scaled(make.SMALLEST_SCALE)
    make.make(tmp_path / "zips", size)
    access_files = files.unpack(files.zips(tmp_path / "zips"), tmp_path / "access")
    assert list(access_files) == ["PRE1982", "Pre2008", "avall", "up08NOV"]
    assert len(read_table(access_files["Pre2008"], "events")) == size.pre2008
    assert len(read_table(access_files["avall"], "events")) == size.avall + make.SHARED_EVENTS
    assert len(read_table(access_files["PRE1982"], "tblFirstHalf")) == size.pre1982 + 1  # with one duplicate
