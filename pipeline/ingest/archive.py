"""The archive of zips and manuals: each is stored once under its sha256, with a sidecar that records its origin.

`archive/<sha256>.zip`, `archive/<sha256>.json` = {sha256, bytes, member, url, etag, last_modified, fetched}.
The sidecar is written last: a file without one is not in the archive. It describes the first download of these bytes;
`url` is the address after redirects, without credentials.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import TruncatedArchive
from pipeline.ingest.http import FileMetadata

DOWNLOAD_HINT = "run `luigi --module pipeline CreateSnapshot`, which archives it again if its source still has it"


def zip_path(store: Path, sha256: str) -> Path:
    """Return the path of the zip with that sha256; `store` is the folder of cached targets."""
    return _file_path(store, sha256, ".zip")


def _file_path(store: Path, sha256: str, suffix: str) -> Path:
    return store / "archive" / f"{sha256}{suffix}"


def read_metadata(store: Path, sha256: str, suffix: str = ".zip") -> dict[str, Any] | None:
    """Return the content of the JSON file next to an archived file.

    The result is None if either file is missing, or the archived one does not have its full size.
    """
    path = _file_path(store, sha256, suffix)
    sidecar = json_file.read(path.with_suffix(".json"))
    is_complete = sidecar is not None and path.is_file() and path.stat().st_size == sidecar.get("bytes")
    return sidecar if is_complete else None


def add_file(store: Path, part: Path, metadata: FileMetadata, suffix: str, **remarks: str) -> str:
    """Move the inspected file `part` into the archive, or delete it if its bytes are there; return the sha256.

    `remarks`: entries of the sidecar that describe the content, such as `member`, the Access file in a zip.
    """
    sha256 = file_sha256(part)
    if read_metadata(store, sha256, suffix) is not None:
        part.unlink()
        return sha256
    sidecar = remarks | {
        "sha256": sha256,
        "bytes": part.stat().st_size,
        "url": metadata.url,
        "etag": metadata.etag,
        "last_modified": metadata.last_modified,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = _file_path(store, sha256, suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    part.replace(path)
    json_file.write(path.with_suffix(".json"), sidecar)
    return sha256


def verify_zip(store: Path, sha256: str) -> Path:
    """Return the path of an archived zip after verifying its sha256.

    Raises TruncatedArchive if it is missing or modified.
    """
    path = zip_path(store, sha256)
    if not path.is_file():
        raise TruncatedArchive(f"{path}: expected an archived zip, found none; {DOWNLOAD_HINT}")
    if (actual := file_sha256(path)) != sha256:
        raise TruncatedArchive(f"{path}: expected the sha256 in its name, found {actual}; {DOWNLOAD_HINT}")
    return path


def file_sha256(file: Path) -> str:
    """Return the sha256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
