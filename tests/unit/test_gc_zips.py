"""Which archived zips of a source location `gc` keeps for the next run."""

import os
from pathlib import Path

from pipeline import json_file
from pipeline.cli import gc
from pipeline.ingest import source_state
from pipeline.ingest.locations import SourceLocation


def test_zips_of_files_in_the_folder_stay_also_if_no_snapshot_uses_them(tmp_path: Path) -> None:
    """Otherwise gc would remove the zip of an ignored file, and the next run would archive it again."""
    folder, store = tmp_path / "sources", tmp_path / "store"
    folder.mkdir()
    for name in ("avall.zip", "avall (1).zip"):
        (folder / name).write_bytes(b"zip")
    location = SourceLocation(str(folder))
    pointer = source_state.current_snapshot_path(store, location)
    for name in ("avall", "avall (1).zip", "up01NOV", "up08NOV"):
        path = pointer.with_name(f"{name}.archived.json")
        json_file.write(path, {"source": name, "sha256": f"sha256 of {name}"})
        os.utime(path, (1, 1))
    json_file.write(pointer, {"id": "0"})
    os.utime(pointer, (2, 2))
    os.utime(pointer.with_name("up08NOV.archived.json"), (3, 3))
    kept = {f"sha256 of {name}" for name in ("avall", "avall (1).zip", "up08NOV")}
    assert set(gc.zips_of_location(location, pointer)) == kept


def test_zips_of_a_folder_that_is_gone_are_those_of_its_snapshot(tmp_path: Path) -> None:
    location = SourceLocation(str(tmp_path / "gone"))
    pointer = source_state.current_snapshot_path(tmp_path / "store", location)
    json_file.write(pointer.with_name("avall.archived.json"), {"source": "avall", "sha256": "0"})
    os.utime(pointer.with_name("avall.archived.json"), (1, 1))
    json_file.write(pointer, {"id": "0"})
    assert list(gc.zips_of_location(location, pointer)) == []
