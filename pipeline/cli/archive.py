"""Add the source files that are archived in the store to a folder for deposit: databases, weekly files, manuals and,
with the source `api`, months of NTSB's API. `make archive` downloads them first.

The folder has the files, manifest.json (origin, time of retrieval and SHA-256 of each file, and what was available
when), datapackage.json (Frictionless), ro-crate-metadata.json and a README. Every file in it is verified; a further run
adds only what is new, and waits for one that adds to the same folder. `make run SOURCES=FOLDER` builds from its last
state, `FOLDER@2026-11-30` from that of a day.
"""

import argparse
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import config, file_lock, json_file
from pipeline.errors import PipelineError
from pipeline.export import source_archive
from pipeline.export.source_archive import Deposit
from pipeline.ingest import archive
from pipeline.ingest.enterprise_api.months import is_month_file
from pipeline.ingest.source_state import SourceState, state_folder
from pipeline.redaction import redact
from pipeline.tasks.sources import CreateSnapshot

SUMMARY = "add the archived source files to a folder for deposit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")


def run(options: argparse.Namespace) -> int:
    task = CreateSnapshot()
    deposits = [deposit for state in task.output().states if (deposit := deposit_of(state))]
    deposits += manuals(state_folder(config.targets_folder(), task.location) / "manuals.json")
    if not deposits:
        raise PipelineError(
            f"{task.location.display_name}: expected archived files, found none; "
            "run `luigi --module pipeline CreateSnapshot`"
        )
    folder: Path = options.folder.expanduser().resolve()
    with file_lock.locked_folder(folder):
        new, manifest = source_archive.add(folder, deposits, datetime.now(UTC).isoformat(timespec="seconds"))
    for path in new:
        print(f"new  {path}")
    print(f"{folder}: {len(manifest['files'])} files, {len(new)} new, {len(manifest['states'])} state(s)")
    return 0


def deposit_of(state: SourceState) -> Deposit | None:
    """Return the archived file of a source, None if there is none."""
    archived = state.archived()
    sidecar = archive.read_metadata(state.store, archived["sha256"]) if archived else None
    if sidecar is None:
        return None
    stored = archive.zip_path(state.store, sidecar["sha256"])
    kind, record = "access", {}
    if is_month_file(state.file_name):
        # Its origin is the API, not the folder of the download.
        path = state.location.folder / state.file_name
        kind, record = "api", json_file.read(path.with_name(f"{path.name}.json")) or {}
    return _deposit(state.file_name, kind, stored, sidecar, record)


def manuals(record: Path) -> Iterator[Deposit]:
    """Yield the archived manuals that the record of a location lists."""
    store = config.targets_folder()
    for name, entry in sorted((json_file.read(record) or {}).items()):
        suffix = Path(name).suffix.lower()
        if sidecar := archive.read_metadata(store, entry["sha256"], suffix):
            stored = archive.zip_path(store, sidecar["sha256"]).with_suffix(suffix)
            yield _deposit(name, "manual", stored, sidecar, {})


def _deposit(name: str, kind: str, stored: Path, sidecar: Mapping[str, Any], record: Mapping[str, Any]) -> Deposit:
    """Return an archived file. `record`: what is known about its origin, which is otherwise that of the sidecar."""
    return Deposit(
        name=name,
        kind=kind,
        sha256=sidecar["sha256"],
        bytes=sidecar["bytes"],
        url=redact(record.get("address") or sidecar["url"]),
        last_modified=sidecar["last_modified"],
        retrieved=record.get("retrieved") or sidecar["fetched"],
        stored=stored,
    )
