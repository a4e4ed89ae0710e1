"""The format of an archive of source files, as `make archive` writes it: a folder that is ready for deposit.

`manifest.json` = {format, files, states}. `files`: {path, name, sha256, bytes, kind, url, last_modified, retrieved} of
each file. `states`: {time, files: [sha256]} of what was available, oldest first. A file or state is only ever added.
"""

import re
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import SourceNotFound, TruncatedArchive, printable
from pipeline.ingest import archive
from pipeline.ingest.change_dates import is_date

FORMAT = "ntsb-source-archive 1"
MANIFEST = "manifest.json"
DATE = re.compile(r"(?P<folder>.+)@(?P<date>\d{4}-\d\d-\d\d)", re.ASCII | re.DOTALL)


def split_date(address: str) -> tuple[str, str]:
    """Return the folder and the date of `FOLDER@YYYY-MM-DD`; no date for an existing folder of that name."""
    match = DATE.fullmatch(address)
    if match is None or Path(address).expanduser().exists():
        return address, ""
    return match["folder"], match["date"]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of an archive, None for another folder."""
    content = json_file.read(folder / MANIFEST)
    return content if content and content.get("format") == FORMAT else None


def files_at(folder: Path, date: str) -> dict[str, Path]:
    """Return {name: path} of the files that were available on a date, empty: on the last one.

    Raises SourceNotFound for another folder, an invalid date or one before the first state, and for missing files.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise SourceNotFound(
            f"{folder}: expected an archive with {MANIFEST}, found none; name a folder that `make archive` has written"
        )
    if date and not is_date(date):
        raise SourceNotFound(f"{folder}: expected a date such as 2026-11-30, found {date}; correct it")
    try:
        files = _select_files(folder, manifest, date)
        outside = [path for path in files.values() if not path.resolve().is_relative_to(folder.resolve())]
    except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, OSError) as error:
        reason = printable(repr(error), 200)
        raise SourceNotFound(
            f"{folder / MANIFEST}: expected lists of files and states, found another form ({reason}); restore it"
        ) from error
    if missing := [path for path in files.values() if not path.is_file() or path in outside]:
        names = ", ".join(printable(str(path).removeprefix(f"{folder}/")) for path in missing[:5])
        raise SourceNotFound(
            f"{folder}: expected the files of {MANIFEST}, found none at {names}; restore {len(missing)} file(s)"
        )
    return files


def verify_copy(folder: Path, file: Path, copy: Path, name: str) -> None:
    """Raise TruncatedArchive if a copy of a file of an archive does not have the sha256 that the manifest has.

    `name`: the file, for messages.
    """
    listed = (read_manifest(folder) or {}).get("files", ())
    expected = [entry["sha256"] for entry in listed if folder / str(entry.get("path", "")) == file]
    if (actual := archive.file_sha256(copy)) not in expected:
        raise TruncatedArchive(
            f"{name}: expected the sha256 in {MANIFEST}, found {actual}; restore it from a copy of the archive"
        )


def _select_files(folder: Path, manifest: dict[str, Any], date: str) -> dict[str, Path]:
    """Return {name: path} of a state; a file is named like its path if another one has its name, or it is no name."""
    states = [state for state in manifest["states"] if not date or state["time"][:10] <= date]
    if not states:
        first = manifest["states"][0]["time"][:10] if manifest["states"] else "none"
        raise SourceNotFound(f"{folder}: expected a state of {date} or before, found {first} as the first; name it")
    listed = {file["sha256"]: file for file in manifest["files"]}
    files: dict[str, Path] = {}
    for file in map(listed.__getitem__, states[-1]["files"]):
        path, name = folder / file["path"], str(file["name"])
        # A name becomes that of a file in the store.
        is_name = name.isprintable() and name == Path(name).name and name not in ("", "..", *files)
        files[name if is_name else path.name] = path
    return files
