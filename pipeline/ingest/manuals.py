"""The manuals that NTSB publishes next to its zips, such as the coding manual: archived as the zips are.

`archive/<sha256>.pdf` with its sidecar; `sources/<key of location>/manuals.json` lists the current ones by name.
"""

import logging
from dataclasses import asdict
from pathlib import Path

from pipeline import json_file
from pipeline.errors import ArchiveError, NotAZip, SourceError
from pipeline.ingest import archive, directory_page, http
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_state import state_folder

# First bytes of PDF, of Word before 2007, and of Word since.
SIGNATURES = (b"%PDF-", b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
log = logging.getLogger(__name__)


def archive_manuals(store: Path, location: SourceLocation, policy: RequestPolicy) -> None:
    """Archive the manuals on the directory page that are new or have changed; failures are logged as warnings."""
    listing = directory_page.read_listing(location.address, policy) if location.is_url else None
    record = state_folder(store, location) / "manuals.json"
    archived = json_file.read(record) or {}
    for name, link in sorted(listing.manuals.items() if listing else ()):
        url = location.absolute_url(link)
        try:
            metadata = asdict(http.probe(url, policy))
            if archived.get(name, {}).get("metadata") != metadata:
                sha256 = _archive_manual(store, record.with_name(f"{name}.part"), name, url, policy)
                archived[name] = {"sha256": sha256, "metadata": metadata}
        except (SourceError, ArchiveError) as error:
            log.warning("manual %s is not archived: %s", name, error)
    if archived:
        json_file.write(record, archived)


def _archive_manual(store: Path, part: Path, name: str, url: str, policy: RequestPolicy) -> str:
    """Download a manual to the archive; return its sha256. Raises SourceError, or ArchiveError for other files."""
    metadata = http.download(url, part, policy)
    try:
        with part.open("rb") as file:
            start = file.read(8)
        if not start.startswith(SIGNATURES):
            raise NotAZip(f"{metadata.url}: expected a PDF or Word file, found one that starts with {start!r}")
        return archive.add_file(store, part, metadata, Path(name).suffix.lower(), name=name)
    finally:
        http.discard_partial(part)
