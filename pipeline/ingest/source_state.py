"""The state of a source: what its location reports, what is archived, and the download of the difference.

Two files in `sources/<key of location>/` record the metadata of a zip: `<source>.json` as of the last check, and
`<source>.archived.json` as of the last download. Equal metadata: nothing to download, except that a zip at a URL is
downloaded again after some days, in case the server's metadata and the sample do not vary with the file.
A file in a folder that differs only in its modification time is read once: where its bytes are archived, both files get
the new time, and no task runs.
Where a location does not answer, an archived zip is used instead, with a warning.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import SourceError, SourceUnreachable
from pipeline.ingest import archive, directory_page, http, snapshot, unpack
from pipeline.ingest.http import FileMetadata, RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.redaction import redact

log = logging.getLogger(__name__)
QUICK_PROBE_TIMEOUT_S = 10.0
NS_PER_DAY = 86_400 * 10**9


@dataclass(frozen=True)
class ProbeResult:
    """The metadata of a source at its location, or the error instead, and the time of the request in ns."""

    metadata: FileMetadata | None
    error: SourceError | None
    probed_ns: int


_probe_results: dict[tuple[str, str], ProbeResult] = {}
_unreachable: dict[str, SourceUnreachable] = {}


def clear_probe_results() -> None:
    """Forget what locations reported to this process: the next probe is a new request."""
    directory_page.clear()
    _probe_results.clear()
    _unreachable.clear()


@dataclass(frozen=True)
class SourceState:
    """The state of one source at one location; `store` is the folder of cached targets."""

    location: SourceLocation
    source: str
    store: Path
    policy: RequestPolicy
    recheck_days: float = 7

    @property
    def checked_path(self) -> Path:
        """Return the path of the file with the metadata of the last check."""
        return state_folder(self.store, self.location) / f"{self.source}.json"

    @property
    def archived_path(self) -> Path:
        """Return the path of the JSON file with the metadata of the last download (not of the zip)."""
        return state_folder(self.store, self.location) / f"{self.source}.archived.json"

    def is_current(self) -> bool:
        """Return True if the last check is still valid, or if only the archived zip is available. Never raises."""
        result = self._probe()
        checked = _read(self.checked_path) or {}
        # Another process of this run has checked the source since. A time in the future is that of a wrong clock.
        if result.probed_ns < checked.get("probed_ns", 0) <= time.time_ns():
            return True
        if isinstance(result.error, SourceUnreachable):
            return self.archived() is not None
        return result.metadata is not None and checked.get("metadata") == asdict(result.metadata)

    def check(self) -> None:
        """Probe the location with retries, and record its metadata. Raises SourceError."""
        metadata = self.location.probe(self.source, self.policy)
        now = time.time_ns()
        _unreachable.pop(self.location.key, None)
        _probe_results[self.location.key, self.source] = ProbeResult(metadata, None, now)
        content = {"source": self.source, "location": self.location.display_name, "metadata": asdict(metadata)}
        json_file.write(self.checked_path, content | {"probed_ns": now})

    def is_downloaded(self) -> bool:
        """Return True if the archived zip is intact, and it matches the last check or the location does not answer.

        A zip from a URL must also have been downloaded in the last `recheck_days`.
        """
        archived = self.archived()
        if archived is None:
            return False
        if isinstance(self._probe().error, SourceUnreachable):
            return True
        return archived["metadata"] == self._checked_metadata() and not self._is_recheck_due(archived)

    def _is_recheck_due(self, archived: dict[str, Any]) -> bool:
        if not self.location.is_url:
            return False
        downloaded_ns = archived.get("downloaded_ns", 0)
        # Since the probe: by this run.
        earliest = min(self._probe().probed_ns, time.time_ns() - int(self.recheck_days * NS_PER_DAY))
        return not earliest <= downloaded_ns <= time.time_ns()

    def download(self, max_gb: float) -> None:
        """Download, inspect and archive the zip. Raises SourceError, or ArchiveError after deleting an invalid zip."""
        checked = self._checked_metadata()
        part = self.archived_path.with_name(f"{self.source}.zip.part")
        metadata = self.location.download(self.source, part, self.policy)
        try:
            name = f"{self.source}.zip from {self._describe_origin(metadata)}"
            member = unpack.inspect_zip(part, name, max_gb)
            sha256 = archive.add_file(self.store, part, metadata, ".zip", member=member.filename)
        except BaseException:
            http.discard_partial(part)
            raise
        http.discard_partial(part)
        # The metadata from before the download: if the file changed in between, the next check finds a difference.
        content = {"source": self.source, "sha256": sha256, "metadata": checked or asdict(metadata)}
        json_file.write(self.archived_path, content | {"downloaded_ns": time.time_ns()})

    def _describe_origin(self, metadata: FileMetadata) -> str:
        """Return the address of a file, and the one it was redirected to."""
        requested = redact(self.location.url(self.source, self.policy)) if self.location.is_url else metadata.url
        return requested if requested == metadata.url else f"{requested}, redirected to {metadata.url}"

    def archived(self) -> dict[str, Any] | None:
        """Return {source, sha256, metadata} of the last downloaded zip; None unless it is intact in the archive."""
        content = _read(self.archived_path)
        return content if content and archive.read_metadata(self.store, content["sha256"]) is not None else None

    def file(self) -> snapshot.SourceFile | None:
        """Return the archived zip as a file of a snapshot, or None if there is none."""
        archived = self.archived()
        sidecar = archive.read_metadata(self.store, archived["sha256"]) if archived else None
        if sidecar is None:
            return None
        remarks = {name: sidecar[name] for name in ("url", "etag", "last_modified", "member")}
        return snapshot.SourceFile(self.source, sidecar["sha256"], sidecar["bytes"], remarks)

    def _checked_metadata(self) -> dict[str, Any] | None:
        return (_read(self.checked_path) or {}).get("metadata")

    def _probe(self) -> ProbeResult:
        """Return the result of one quick probe per process; if a location does not answer, it is not asked again."""
        key = (self.location.key, self.source)
        if key not in _probe_results:
            _probe_results[key] = self._probe_quickly()
        return _probe_results[key]

    def _probe_quickly(self) -> ProbeResult:
        probed_ns = time.time_ns()
        try:
            if self.location.key in _unreachable:
                raise _unreachable[self.location.key]
            metadata = self.location.probe(self.source, _quick(self.policy))
            self._update_mtime(metadata)
            return ProbeResult(metadata, None, probed_ns)
        except SourceUnreachable as error:
            _unreachable[self.location.key] = error
            self._warn(error)
            return ProbeResult(None, error, probed_ns)
        except SourceError as error:
            return ProbeResult(None, error, probed_ns)

    def _update_mtime(self, metadata: FileMetadata) -> None:
        """Record the new modification time of a file whose bytes are archived already: nothing to download."""
        archived, checked, current = self.archived(), _read(self.checked_path), asdict(metadata)
        if self.location.is_url or archived is None or checked is None or archived["metadata"] == current:
            return
        differs_in_time_only = current | {"mtime_ns": None} == (archived["metadata"] or {}) | {"mtime_ns": None}
        if differs_in_time_only and self.location.has_content(self.source, archived["sha256"]):
            json_file.try_write(self.archived_path, archived | {"metadata": current})
            json_file.try_write(self.checked_path, checked | {"metadata": current})

    def _warn(self, error: SourceError) -> None:
        if archived := self.archived():
            sidecar = archive.read_metadata(self.store, archived["sha256"]) or {}
            log.warning(
                "no answer from %s; using the archived %s.zip of %s (%s)",
                self.location.display_name,
                self.source,
                sidecar.get("fetched"),
                error,
            )


def _read(path: Path) -> dict[str, Any] | None:
    """Return the content of a state file, None if it is missing; version 0.1 wrote `facts` for `metadata`."""
    content = json_file.read(path)
    return content and {"metadata": content.get("facts"), **content}


def state_folder(store: Path, location: SourceLocation) -> Path:
    """Return the folder with the state files of a location."""
    return store / "sources" / location.key


def list_sources(
    store: Path, location: SourceLocation, base: Sequence[str], weekly: Sequence[str], policy: RequestPolicy
) -> list[str]:
    """Return the sources of a location in order; for a folder that no longer exists, those of its last snapshot.

    For a URL without names in `weekly`: the weekly files on its directory page, without a page those of that snapshot.
    Raises SourceError.
    """
    if location.is_url and not weekly:
        listing = directory_page.read_listing(location.address, _quick(policy))
        names = listing.sources if listing else _sources_of_last_snapshot(store, location) or ()
        weekly = [name for name in names if name not in snapshot.DATABASES]
    try:
        return location.sources(base, weekly)
    except SourceUnreachable:
        sources = _sources_of_last_snapshot(store, location)
        if sources is None:
            raise
        return sources


def _sources_of_last_snapshot(store: Path, location: SourceLocation) -> list[str] | None:
    current = json_file.read(current_snapshot_path(store, location))
    return [file.source for file in snapshot.read_snapshot(current["id"], store)] if current else None


def _quick(policy: RequestPolicy) -> RequestPolicy:
    """Return a policy for `requires` and `complete`: long timeouts and retries belong to the tasks."""
    return replace(policy, attempts=1, timeout_s=min(QUICK_PROBE_TIMEOUT_S, policy.timeout_s))


def current_snapshot_path(store: Path, location: SourceLocation) -> Path:
    """Return the path of the file with the id of the location's current snapshot."""
    return state_folder(store, location) / "snapshot.json"
