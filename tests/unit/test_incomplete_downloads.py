"""What `gc` removes of downloads that were killed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import config
from pipeline.cli import gc


def test_incomplete_downloads_and_their_metadata_are_garbage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    folder = config.targets_folder() / "sources" / "0123456789abcdef"
    folder.mkdir(parents=True)
    for name in ("avall.json", "avall.archived.json", "avall.zip.part", "avall.zip.part.json", "codman.pdf.part"):
        (folder / name).write_text("{}")
    needed: Any = SimpleNamespace(zips=set(), files=set(), snapshots=set(), records=set)
    garbage = list(gc.files(needed))
    assert {item.kind for item in garbage} == {"temporary"}
    gc.delete_files(garbage)
    assert sorted(path.name for path in folder.iterdir()) == ["avall.archived.json", "avall.json"]
