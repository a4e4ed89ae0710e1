"""The benchmark on the samples: floors, raw load and a cold build, each on a store that is gone afterwards."""

import json
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY
from tests.bench import measures
from tests.bench.__main__ import main

COPIES = [("avall", "engine_duplicate"), ("avall", "finding_duplicate"), ("Pre2008", "engine_duplicate")]


def test_on_the_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "figures.json"
    words = ["--sources", str(REPOSITORY / "samples"), "--scratch", str(tmp_path), "--json", str(told)]
    assert main([*words, "--only", "floors", "load", "cold"]) == 0
    (found,) = json.loads(told.read_text())["sessions"]
    by_name = {each["name"]: each for each in found["measures"]}
    wanted = [measures.A, measures.B, measures.C, measures.UNPACK, measures.LOAD, measures.COLD]
    assert [name for name in by_name if name not in (measures.MEMORY, measures.DATABASE_MEMORY)] == wanted
    assert all(each["value"] > 0 for each in by_name.values())
    # The weekly file is kept apart, and only keys leave rows out of the typed tables.
    rows = json.loads((REPOSITORY / "samples" / "manifest.json").read_text())
    inside = sum(count for source in ("avall", "Pre2008", "PRE1982") for count in rows[source]["rows"].values())
    assert by_name[measures.A]["rows"] == by_name[measures.COLD]["rows"] == found["rows"] == inside
    # Floor (c) types what is published, and copies under other numbers, which no key refuses.
    copies = sum(rows[source]["defects"][kind]["count"] for source, kind in COPIES)
    assert by_name[measures.C]["rows"] == found["published"] + copies
    families = {family: steps for family, steps, *_ in found["stages"][measures.COLD]}
    assert (families["LoadRawTables"], families["CastTables"], families["PublishRelease"]) == (3, 3, 1)
    lines = capsys.readouterr().out.splitlines()
    assert [name for name in wanted if not any(line.startswith(name) for line in lines)] == []
    assert list(tmp_path.iterdir()) == [told]
