"""List the reviewed corrections in the folder of [Corrections], and what they change in the current release.

One line per correction: where it is declared, its id, the value, and its status: how many values it changes, or why it
is not applied. `--preview` adds the first rows that each bulk rule changes. Nothing is changed: the next run applies
the corrections. Exit code 1 if a correction is malformed, conflicts with another one, or is not applied.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pipeline import config, config_check
from pipeline.cli.status import require_release
from pipeline.errors import printable
from pipeline.postgres.connection import transaction
from pipeline.warehouse.overlay import files, preview
from pipeline.warehouse.overlay.definitions import Correction, format_value
from pipeline.warehouse.overlay.preview import Status
from pipeline.warehouse.release.publication_log import release_files

SUMMARY = "list reviewed corrections, and preview what they change"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preview", action="store_true", help="print the first rows that each bulk rule changes")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    release, statuses = read_statuses()
    if options.json:
        print(json.dumps({"release": release, "corrections": [as_json(status) for status in statuses]}, indent=1))
    else:
        print("\n".join(format_text(release, statuses, options.preview)))
    return int(any(status.reason for status in statuses))


def read_statuses() -> tuple[str, list[Status]]:
    """Return (current release, status of each correction in the folder)."""
    config_check.require_valid()
    declared = files.read_folder(config.Corrections().resolved_folder())
    release = require_release("corrections")
    with transaction("audit", alone=True) as cursor:
        sources = [file.source for file in release_files(cursor, release)]
        statuses = preview.read_statuses(cursor, sources, *declared)
        cursor.connection.rollback()
    return release, statuses


def as_json(status: Status) -> dict[str, Any]:
    """Return the correction with its status."""
    return {**asdict(status.correction), **asdict(status), "correction": status.correction.id}


def format_text(release: str, statuses: Sequence[Status], with_sample: bool) -> Iterator[str]:
    """Yield one line per correction and, if wanted, the sample of each bulk rule."""
    yield f"release {release}, {len(statuses)} corrections"
    for status in statuses:
        correction = status.correction
        yield f"{correction.origin}  {correction.id}  {describe(correction)}: {describe_status(status)}"
        if with_sample and correction.kind != "value":
            expected = f"expected {correction.rows}, tolerance {correction.tolerance}"
            yield f"  {status.values} rows, {expected}; the first {len(status.sample)}:"
            for key, before, after in status.sample:
                yield f"  {key}: {_shorten(before)} to {_shorten(after)}"


def describe(correction: Correction) -> str:
    """Return what a correction changes, on one line."""
    name = f"{correction.table}.{correction.column}"
    where = f" where {correction.where[0]} is {_shorten(correction.where[1])}" if correction.where else ""
    if correction.kind == "copy":
        return f"{name} copied from {correction.from_column}{where}"
    if correction.kind == "mapping":
        return f"{name}, mapping of {len(correction.changes)} values{where}"
    ((before, after),) = correction.changes
    return f"{name} of {printable(' '.join(correction.key), 80)}, {_shorten(before)} to {_shorten(after)}"


def describe_status(status: Status) -> str:
    """Return how many values a correction changes, or why it is not applied."""
    if status.reason:
        return f"not applied, {status.reason}"
    return f"changes {status.values} values, {'published' if status.is_published else 'not published yet'}"


def _shorten(value: str | None) -> str:
    return printable(format_value(value), 60)
