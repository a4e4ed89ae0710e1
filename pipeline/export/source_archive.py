"""An archive of source files for deposit: files, manifest, README, and metadata as Frictionless and RO-Crate."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import SourceNotFound, TruncatedArchive
from pipeline.ingest import archive
from pipeline.ingest.source_archive import FORMAT, MANIFEST, read_manifest

TITLE = "NTSB aviation accident data: source files"
DESCRIPTION = (
    "The files from which the National Transportation Safety Board (NTSB) published its aviation accident data: "
    "Microsoft Access databases, weekly updates, manuals, and pages of its Enterprise API, as they were retrieved."
)
LICENSE = {
    "name": "other-pd",
    "title": "Works of the United States government, not protected by copyright (17 U.S.C. 105)",
    "path": "https://www.usa.gov/government-copyright",
}
MEDIA_TYPES = {".zip": "application/zip", ".pdf": "application/pdf", ".doc": "application/msword"}
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Deposit:
    """A file to add: its name at the source, and where its bytes and origin are. `url` has no credentials."""

    name: str
    kind: str
    sha256: str
    bytes: int
    url: str
    last_modified: str | None
    retrieved: str
    stored: Path

    @property
    def path(self) -> str:
        """Return the path in the archive: the name with the beginning of the sha256, because names recur."""
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", Path(self.name).stem)
        return f"files/{stem}-{self.sha256[:16]}{Path(self.name).suffix.lower()}"


def add(folder: Path, deposits: Sequence[Deposit], time: str) -> tuple[list[str], Manifest]:
    """Add what is new to an archive and return the paths of new files, and the manifest.

    A run that finds the same files changes nothing. Raises, before any change, TruncatedArchive for a damaged file, and
    SourceNotFound for a manifest that cannot be read.
    """
    manifest = read_manifest(folder)
    if manifest is None and (folder / MANIFEST).exists():
        raise SourceNotFound(
            f"{folder / MANIFEST}: expected a manifest of the format {FORMAT}, found another file; restore it from a "
            "copy of the archive, or name another folder"
        )
    manifest = manifest or {"format": FORMAT, "files": [], "states": []}
    verify(folder, manifest)
    known = {file["sha256"] for file in manifest["files"]}
    new = list({deposit.sha256: deposit for deposit in deposits if deposit.sha256 not in known}.values())
    for deposit in new:
        _copy(deposit, folder / deposit.path)
        manifest["files"].append({"path": deposit.path} | {k: v for k, v in asdict(deposit).items() if k != "stored"})
    manifest["files"].sort(key=lambda file: (file["name"], file["retrieved"], file["sha256"]))
    current = sorted({deposit.sha256 for deposit in deposits})
    if not manifest["states"] or manifest["states"][-1]["files"] != current:
        manifest["states"].append({"time": time, "files": current})
    json_file.write(folder / "datapackage.json", frictionless(manifest))
    json_file.write(folder / "ro-crate-metadata.json", ro_crate(manifest))
    (folder / "README.md").write_text(readme(manifest), encoding="utf-8")
    # Last: a file that is not listed is copied again.
    json_file.write(folder / MANIFEST, manifest)
    return [deposit.path for deposit in new], manifest


def verify(folder: Path, manifest: Manifest) -> None:
    """Verify the sha256 of every file. Raises TruncatedArchive with all that are missing or damaged."""
    damaged = [
        file["path"]
        for file in manifest["files"]
        if not (folder / file["path"]).is_file() or archive.file_sha256(folder / file["path"]) != file["sha256"]
    ]
    if damaged:
        raise TruncatedArchive(
            f"{folder}: expected the files with the sha256 in {MANIFEST}, found others or none at "
            f"{', '.join(damaged[:5])}; restore {len(damaged)} file(s) from a copy of the archive"
        )


def _copy(deposit: Deposit, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    shutil.copyfile(deposit.stored, part)
    if (actual := archive.file_sha256(part)) != deposit.sha256:
        part.unlink()
        raise TruncatedArchive(
            f"{deposit.stored}: expected the sha256 in its name, found {actual}; {archive.DOWNLOAD_HINT}"
        )
    part.replace(path)


def frictionless(manifest: Manifest) -> dict[str, Any]:
    """Return the description of the files as a Frictionless data package."""
    return {
        "profile": "data-package",
        "name": "ntsb-aviation-source-files",
        "title": TITLE,
        "description": DESCRIPTION,
        "licenses": [LICENSE],
        "created": manifest["states"][0]["time"],
        "resources": [
            {
                "name": re.sub(r"[^a-z0-9._-]", "-", Path(file["path"]).name.lower()),
                "path": file["path"],
                "title": file["name"],
                "bytes": file["bytes"],
                "hash": f"sha256:{file['sha256']}",
                "mediatype": _media_type(file["path"]),
                "sources": [{"title": "NTSB", "path": file["url"]}],
            }
            for file in manifest["files"]
        ],
    }


def ro_crate(manifest: Manifest) -> dict[str, Any]:
    """Return the description of the files as an RO-Crate 1.1."""
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    publisher = {"@id": "https://www.ntsb.gov", "@type": "Organization", "name": "National Transportation Safety Board"}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": TITLE,
        "description": DESCRIPTION,
        "datePublished": manifest["states"][-1]["time"][:10],
        "license": {"@id": LICENSE["path"]},
        "publisher": {"@id": publisher["@id"]},
        "hasPart": [{"@id": file["path"]} for file in manifest["files"]],
    }
    rights = {"@id": LICENSE["path"], "@type": "CreativeWork", "name": LICENSE["title"]}
    files = [_file_entity(file) for file in manifest["files"]]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [descriptor, root, publisher, rights, *files],
    }


def _file_entity(file: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a file in an RO-Crate."""
    return {
        "@id": file["path"],
        "@type": "File",
        "name": file["name"],
        "contentSize": str(file["bytes"]),
        "encodingFormat": _media_type(file["path"]),
        "sha256": file["sha256"],
        "dateCreated": file["retrieved"],
        "url": file["url"],
    }


def readme(manifest: Manifest) -> str:
    """Return the README of an archive."""
    size = sum(file["bytes"] for file in manifest["files"]) / 1e6
    states = [[state["time"][:10], len(state["files"])] for state in manifest["states"]]
    files = [[f"`{file['path']}`", f"{file['bytes']:,}", file["retrieved"][:10]] for file in manifest["files"]]
    return f"""# {TITLE}

{DESCRIPTION}

{len(manifest["files"])} files, {size:.1f} MB. `{MANIFEST}` lists origin, time of retrieval and SHA-256 of each, and
what was available when; `datapackage.json` and `ro-crate-metadata.json` describe the same files as Frictionless data
package and as RO-Crate. {LICENSE["title"]}.

The data were retrieved with the project ntsb-pipeline, which rebuilds its database and reports from them:

    make run SOURCES=FOLDER               # the last state
    make run SOURCES=FOLDER@{states[0][0]}    # the state of that day

## States
{_table(("Date", "Files"), states)}

## Files
{_table(("File", "Bytes", "Retrieved"), files)}
"""


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def _media_type(path: str) -> str:
    return MEDIA_TYPES.get(Path(path).suffix, "application/octet-stream")
