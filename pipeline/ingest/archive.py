"""The archive of zips: each kept once under the sha256 of its bytes, with a sidecar that says where it came from.

`archive/<sha256>.zip`, `archive/<sha256>.json` = {sha256, bytes, member, url, etag, last_modified, fetched}.
The sidecar is written last: a zip without one is not in the archive. It tells of the first time these bytes came.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import TruncatedArchive
from pipeline.ingest.http import FileMetadata


def zip_path(store: Path, sha256: str) -> Path:
    """Where the zip of that hash lies; `store` is the folder of cached targets."""
    return store / "archive" / f"{sha256}.zip"


def read_metadata(store: Path, sha256: str) -> dict[str, Any] | None:
    """The sidecar of a zip that is in the archive with all its bytes, else None."""
    found = zip_path(store, sha256)
    content = json_file.read(found.with_suffix(".json"))
    whole = content is not None and found.is_file() and found.stat().st_size == content.get("bytes")
    return content if whole else None


def add_zip(store: Path, part: Path, facts: FileMetadata, member: str) -> str:
    """Moves a whole, inspected zip into the archive and gives its sha256. The same bytes are not kept twice."""
    sha256 = file_sha256(part)
    if read_metadata(store, sha256) is not None:
        part.unlink()
        return sha256
    content = {
        "sha256": sha256,
        "bytes": part.stat().st_size,
        "member": member,
        "url": facts.url,
        "etag": facts.etag,
        "last_modified": facts.last_modified,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    final = zip_path(store, sha256)
    final.parent.mkdir(parents=True, exist_ok=True)
    part.replace(final)
    json_file.write(final.with_suffix(".json"), content)
    return sha256


def verify_zip(store: Path, sha256: str) -> Path:
    """The archived zip, after reading all of it: raises TruncatedArchive where it is gone or was changed."""
    found = zip_path(store, sha256)
    if not found.is_file():
        raise TruncatedArchive(f"{found}: expected an archived zip, found none; run again and it is fetched again")
    if (now := file_sha256(found)) != sha256:
        raise TruncatedArchive(
            f"{found}: expected bytes with the hash in its name, found {now}; remove it and run again"
        )
    return found


def file_sha256(file: Path) -> str:
    """sha256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
