"""Snapshots: ordered lists of zips. Later files override earlier ones, so the order is part of the snapshot's id.

NTSB names its weekly files by day and month only (`up08NOV`) and keeps them for about three months. They can be ordered
without the year: the oldest file is the one after the longest part of the year without a file.
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
# Of a leap year, because there may be a file up29FEB.
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEKLY = re.compile(r"up(\d\d)([A-Z]{3})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class SourceFile:
    """A zip of a snapshot. `remarks` (origin, dates, member) are not part of its identity."""

    source: str
    sha256: str
    bytes: int
    remarks: dict[str, Any] = field(default_factory=dict, compare=False)


Files = list[SourceFile]


def canonical_name(name: str) -> str | None:
    """The canonical spelling of a source name (`AVALL.ZIP` -> `avall`), or None where it is invalid (`up8nov`)."""
    stem = name[:-4] if name.lower().endswith(".zip") else name
    for base in DATABASES:
        if stem.lower() == base.lower():
            return base
    weekly = f"up{stem[2:].upper()}"
    return weekly if WEEKLY.fullmatch(stem) and _day_of_year(weekly) else None


def _day_of_year(source: str) -> int | None:
    """Day 1..366 of a weekly source, None for any other name and for invalid dates."""
    match = WEEKLY.fullmatch(source)
    if not match or match[2].upper() not in MONTHS:
        return None
    day, month = int(match[1]), MONTHS.index(match[2].upper())
    return sum(DAYS[:month]) + day if 1 <= day <= DAYS[month] else None


def order_sources(sources: Iterable[str]) -> list[str]:
    """Distinct names in chronological order, databases before weekly files. Raises UnknownSource."""
    names = set(sources)
    days = {name: day for name in names if (day := _day_of_year(name))}
    if unknown := names - set(DATABASES) - set(days):
        raise UnknownSource(
            f"sources: expected {', '.join(DATABASES)} or upDDMON, found {', '.join(sorted(unknown))}; "
            "correct [Sources] base and weekly in luigi.cfg"
        )
    return [base for base in DATABASES if base in names] + _order_weekly(days)


def _order_weekly(days: dict[str, int]) -> list[str]:
    weekly = sorted(days, key=lambda name: days[name])
    if not weekly:
        return []
    # Days since the previous file; the first file of the year follows the last one.
    gaps = [(days[name] - days[weekly[index - 1]]) % sum(DAYS) or sum(DAYS) for index, name in enumerate(weekly)]
    oldest = gaps.index(max(gaps))
    return weekly[oldest:] + weekly[:oldest]


def snapshot_id(files: Sequence[SourceFile]) -> str:
    """16 hex digits: a digest of the ordered list of (source, sha256)."""
    text = json.dumps([[file.source, file.sha256] for file in files], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def snapshot_path(identity: str, folder: Path | None = None) -> Path:
    """The path of a snapshot's list; `folder` is the folder of cached targets."""
    return (folder or config.targets_folder()) / "snapshots" / f"{identity}.json"


def write_snapshot(files: Sequence[SourceFile], folder: Path | None = None) -> str:
    """Write the list of files under the snapshot's id; returns the id."""
    identity = snapshot_id(files)
    rows = [{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} | file.remarks for file in files]
    json_file.write(snapshot_path(identity, folder), {"id": identity, "files": rows})
    return identity


def read_snapshot(identity: str, folder: Path | None = None) -> Files:
    """The files of a snapshot in order. Raises SnapshotNotFound where the list is missing or does not match the id."""
    path = snapshot_path(identity, folder)
    content = json_file.read(path)
    if content is None:
        raise SnapshotNotFound(f"snapshot {identity}: expected {path}, found none; run `CreateSnapshot` first")
    files = []
    for row in content["files"]:
        remarks = {name: value for name, value in row.items() if name not in ("source", "sha256", "bytes")}
        files.append(SourceFile(row["source"], row["sha256"], row["bytes"], remarks))
    if snapshot_id(files) != identity:
        raise SnapshotNotFound(
            f"{path}: expected the files of {identity}, found those of {snapshot_id(files)}; remove it and run again"
        )
    return files
