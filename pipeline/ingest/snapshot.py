"""Snapshots: ordered lists of archived files, the newest edition last; the order is part of the snapshot's id.

The contents of the files determine names and order, see `editions`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import config, json_file, sources
from pipeline.errors import SnapshotNotFound, UnknownSource, printable

# NTSB's databases in chronological order.
DATABASES = tuple(era.file for era in sources.access_eras())

# Remark on a file with made-up events, and the notice in what is built from it.
MADE_UP = "made_up"
MADE_UP_NOTICE = "Made-up sample data: at least some of these events are invented. Do not cite."


@dataclass(frozen=True)
class SourceFile:
    """A file of a snapshot. `remarks` (origin, name, dates, member) are not part of its identity.

    Archives of the Enterprise API are one file: `months` of its remarks lists them, and its sha256 is that of the list.
    """

    source: str
    sha256: str
    bytes: int
    remarks: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def zips(self) -> list[str]:
        """The sha256 of each archived zip that the file consists of."""
        return [sha256 for _, sha256 in self.remarks.get("months", ())] or [self.sha256]

    @property
    def location_names(self) -> list[str]:
        """The name of each file at the source location that the file consists of."""
        return list(self.remarks.get("location_names", ())) or [self.remarks.get("location_name", self.source)]


Files = list[SourceFile]


def notice(files: Iterable[SourceFile]) -> str:
    """Return the notice for exports of the files if one of them contains made-up events, else an empty string."""
    return MADE_UP_NOTICE if any(file.remarks.get(MADE_UP) for file in files) else ""


def data_date(files: Iterable[SourceFile]) -> str:
    """Return the day of the newest plausible change in the files, as ISO text; empty if none has a date."""
    return max((str(file.remarks.get("newest_change") or "")[:10] for file in files), default="")


def canonical_name(name: str) -> str | None:
    """Return the canonical spelling of a source name (`AVALL.ZIP` -> `avall`), or None if it is invalid (`up8nov`)."""
    return sources.canonical_name(name[:-4] if name.lower().endswith(".zip") else name)


def require_known(names: Iterable[str]) -> list[str]:
    """Return the distinct canonical names, sorted. Raises UnknownSource with all names that are not of a source."""
    distinct = {canonical_name(name) or name for name in names}
    if unknown := sorted(name for name in distinct if sources.canonical_name(name) is None):
        raise UnknownSource(
            f"sources: expected {', '.join(DATABASES)} or a weekly file, found {', '.join(unknown)}; "
            "correct [Sources] base and weekly in luigi.cfg"
        )
    return sorted(distinct)


def is_listed(source: str, base: Sequence[str], weekly: Sequence[str]) -> bool:
    """Return False if a file has one of NTSB's names and the settings list others; an empty setting lists all."""
    if canonical_name(source) != source:
        return True
    names = weekly if sources.era_of(source).is_weekly(source) else base
    return not names or source in map(canonical_name, names)


def snapshot_id(files: Sequence[SourceFile]) -> str:
    """Return 16 hex digits: a digest of the ordered list of (source, sha256)."""
    text = json.dumps([[file.source, file.sha256] for file in files], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def months_sha256(months: Sequence[Sequence[str]]) -> str:
    """Return the sha256 of a list of (month, sha256 of its archive)."""
    return hashlib.sha256(json.dumps([list(pair) for pair in months], separators=(",", ":")).encode()).hexdigest()


def read_months(sha256: str, folder: Path | None = None) -> list[tuple[str, str]]:
    """Return (month, sha256 of its archive) of the API file with this sha256, from the snapshots that list it.

    Raises SnapshotNotFound if none does.
    """
    for path in sorted(snapshot_path("*", folder).parent.glob("*.json")):
        for row in (json_file.read(path) or {}).get("files", ()):
            months = row.get("months", ())
            if row["sha256"] == sha256 and months and months_sha256(months) == sha256:
                return [(month, archived) for month, archived in months]
    raise SnapshotNotFound(
        f"API months {sha256[:8]}: expected a snapshot that lists them, found none; "
        "run `luigi --module pipeline CreateSnapshot`"
    )


def snapshot_path(identity: str, folder: Path | None = None) -> Path:
    """Return the path of a snapshot's list; `folder` is the folder of cached targets, by default the configured one."""
    return (folder or config.targets_folder()) / "snapshots" / f"{identity}.json"


def write_snapshot(files: Sequence[SourceFile], folder: Path | None = None) -> str:
    """Write the list of files under the snapshot's id, and return the id."""
    identity = snapshot_id(files)
    rows = [{"source": file.source, "sha256": file.sha256, "bytes": file.bytes} | file.remarks for file in files]
    json_file.write(snapshot_path(identity, folder), {"id": identity, "files": rows})
    return identity


def read_snapshot(identity: str, folder: Path | None = None) -> Files:
    """Return the files of a snapshot in order.

    Raises SnapshotNotFound if the list is missing or does not match the id.
    """
    path = snapshot_path(identity, folder)
    is_id = re.fullmatch("[0-9a-f]{16}", identity) is not None
    content = json_file.read(path) if is_id else None
    if content is None:
        known = " or ".join(sorted(other.stem for other in snapshot_path("", folder).parent.glob("*.json")))
        hint = f"name {known}" if known else "run `luigi --module pipeline CreateSnapshot`"
        expected = f"{path}, found none" if is_id else "an id of 16 hexadecimal digits, found other text"
        raise SnapshotNotFound(f"snapshot {printable(identity, 80)}: expected {expected}; {hint}")
    files = []
    for row in content["files"]:
        remarks = {name: value for name, value in row.items() if name not in ("source", "sha256", "bytes")}
        files.append(SourceFile(row["source"], row["sha256"], row["bytes"], remarks))
    if snapshot_id(files) != identity:
        raise SnapshotNotFound(
            f"{path}: expected the files of {identity}, found those of {snapshot_id(files)}; remove it and run again"
        )
    return files
