"""Snapshots: which zips, in which order. Later files win, so the order is part of what a snapshot is.

NTSB names its weekly files by day and month only (`up08NOV`) and keeps them about three months, so they can be ordered
without the year: the oldest is the one after the longest stretch of the year without a file.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import config, json_file
from pipeline.errors import SnapshotNotFound, UnknownSource

DATABASES = ("PRE1982", "Pre2008", "avall")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Of a leap year: a file of 29FEB must have a day too.
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEKLY = re.compile(r"up(\d\d)([A-Z]{3})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class SourceFile:
    """One zip of a snapshot. `remarks` (where it came from, dates, member) do not identify it."""

    source: str
    sha256: str
    bytes: int
    remarks: dict[str, Any] = field(default_factory=dict, compare=False)


Files = list[SourceFile]


def canonical_name(name: str) -> str | None:
    """The one spelling of a source's name (`AVALL.ZIP` -> `avall`, `up8nov` -> None), or None where it is no source."""
    stem = name[:-4] if name.lower().endswith(".zip") else name
    for base in DATABASES:
        if stem.lower() == base.lower():
            return base
    weekly = f"up{stem[2:].upper()}"
    return weekly if WEEKLY.fullmatch(stem) and _day_of_year(weekly) else None


def _day_of_year(source: str) -> int | None:
    """1..366 of a weekly source, None for any other name or a day that no month has."""
    match = WEEKLY.fullmatch(source)
    if not match or match[2].upper() not in MONTHS:
        return None
    day, month = int(match[1]), MONTHS.index(match[2].upper())
    return sum(DAYS[:month]) + day if 1 <= day <= DAYS[month] else None


def order_sources(sources: Iterable[str]) -> list[str]:
    """Canonical names, each once: databases, then weekly files, each from the oldest on. Raises UnknownSource."""
    names = set(sources)
    days = {name: day for name in names if (day := _day_of_year(name))}
    if strange := names - set(DATABASES) - set(days):
        raise UnknownSource(
            f"sources: expected {', '.join(DATABASES)} or upDDMON, found {', '.join(sorted(strange))}; "
            "correct [Sources] base and weekly in luigi.cfg"
        )
    return [base for base in DATABASES if base in names] + _order_weekly(days)


def _order_weekly(days: dict[str, int]) -> list[str]:
    weekly = sorted(days, key=lambda name: days[name])
    if not weekly:
        return []
    # Days without a file before each one; the first looks back over the turn of the year.
    gaps = [(days[name] - days[weekly[place - 1]]) % sum(DAYS) or sum(DAYS) for place, name in enumerate(weekly)]
    oldest = gaps.index(max(gaps))
    return weekly[oldest:] + weekly[:oldest]


def snapshot_id(files: Sequence[SourceFile]) -> str:
    """16 hex digits over the ordered (source, sha256) list; nothing else of a file counts."""
    text = json.dumps([[file.source, file.sha256] for file in files], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def snapshot_path(identity: str, folder: Path | None = None) -> Path:
    """Where a snapshot's list lies; `folder` is the folder of cached targets."""
    return (folder or config.targets_folder()) / "snapshots" / f"{identity}.json"


def write_snapshot(files: Sequence[SourceFile], folder: Path | None = None) -> str:
    """Writes the list under its id, and gives the id."""
    identity = snapshot_id(files)
    rows = [{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} | file.remarks for file in files]
    json_file.write(snapshot_path(identity, folder), {"id": identity, "files": rows})
    return identity


def read_snapshot(identity: str, folder: Path | None = None) -> Files:
    """The files of a snapshot in order. Raises SnapshotMissing where the list is not there or has another id."""
    content = json_file.read(snapshot_path(identity, folder))
    if content is None:
        raise SnapshotNotFound(
            f"snapshot {identity}: expected its list in {snapshot_path(identity, folder)}, found none; run `CreateSnapshot` first"
        )
    files = []
    for row in content["files"]:
        remarks = {name: value for name, value in row.items() if name not in ("source", "sha256", "bytes")}
        files.append(SourceFile(row["source"], row["sha256"], row["bytes"], remarks))
    if snapshot_id(files) != identity:
        raise SnapshotNotFound(
            f"snapshot {identity}: {snapshot_path(identity, folder)} lists other files ({snapshot_id(files)}); remove it, run again"
        )
    return files
