"""The state of a source: what its location reports, what is archived, and the download of the difference.

Two files in `sources/<key of location>/` record the metadata of a zip: `<source>.json` as of the last check, and
`<source>.archived.json` as of the last download. Equal metadata: nothing to download, except that a zip at a URL is
downloaded again after some days, in case the server's metadata and the sample do not vary with the file.
A file in a folder that differs only in its modification time is read once: where its bytes are archived, both files get
the new time, and no task runs.
Where a location does not answer, an archived zip is used instead, with a warning.
A file of a folder that cannot be read is ignored, unless it has one of NTSB's names and the settings do not exclude
that name: `<source>.archived.json` records why.
"""

import hashlib
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import config, json_file, sources
from pipeline.errors import (
    ArchiveError,
    ExtractionError,
    InsufficientDiskSpace,
    SnapshotNotFound,
    SourceError,
    SourceUnreachable,
    printable,
)
from pipeline.ingest import archive, contents, directory_page, editions, http, locations, snapshot
from pipeline.ingest.editions import ArchivedFile, Ignored
from pipeline.ingest.enterprise_api import configured
from pipeline.ingest.enterprise_api.download import Download
from pipeline.ingest.enterprise_api.months import is_month_file
from pipeline.ingest.http import FileMetadata, RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.redaction import redact

log = logging.getLogger(__name__)
QUICK_PROBE_TIMEOUT_S = 10.0
# State files add an ending and a process id to the name of a source; file systems allow 255 bytes.
MAX_NAME_BYTES = 200
NS_PER_DAY = 86_400 * 10**9
NO_REQUESTS = RequestPolicy(timeout_s=0, attempts=1, backoff_s=0)


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
    locations.clear()
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
    # False if the settings exclude the file's name; what it contains decides whether it is used.
    is_listed: bool = True

    @property
    def checked_path(self) -> Path:
        """Return the path of the file with the metadata of the last check."""
        return state_folder(self.store, self.location) / f"{self._state_name}.json"

    @property
    def archived_path(self) -> Path:
        """Return the path of the JSON file with the metadata of the last download (not of the zip)."""
        return state_folder(self.store, self.location) / f"{self._state_name}.archived.json"

    def is_current(self) -> bool:
        """Return True if the last check is still valid, or if only the archived zip is available. Never raises."""
        result = self._probe()
        checked = _read(self.checked_path) or {}
        # Another process of this run has checked the source since. A time in the future is that of a wrong clock.
        if result.probed_ns < checked.get("probed_ns", 0) <= time.time_ns():
            return True
        if isinstance(result.error, SourceUnreachable):
            return self.archived() is not None or self.ignored_reason() is not None
        return result.metadata is not None and checked.get("metadata") == asdict(result.metadata)

    def require_answer(self) -> None:
        """Raise SourceUnreachable if the location does not answer: what is archived may be outdated."""
        if isinstance(error := self._probe().error, SourceUnreachable):
            raise error

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
        archived = self.archived() or self._ignored()
        if archived is None:
            return False
        if isinstance(self._probe().error, SourceUnreachable):
            return True
        return archived["metadata"] == self._checked_metadata() and not self._is_recheck_due(archived)

    def _is_recheck_due(self, archived: dict[str, Any]) -> bool:
        """Return True if the zip was downloaded neither in the last `recheck_days` nor by this run."""
        if not self.location.is_url:
            return False
        downloaded_ns = archived.get("downloaded_ns", 0)
        # A download after the probe was made by this run.
        earliest = min(self._probe().probed_ns, time.time_ns() - int(self.recheck_days * NS_PER_DAY))
        return not earliest <= downloaded_ns <= time.time_ns()

    def ignored_reason(self) -> str | None:
        """Return why the file is ignored, None if it is not, or has not been read yet by the current code."""
        content = self._ignored()
        return content["ignored"] if content else None

    def download(self, max_gb: float) -> None:
        """Download, inspect and archive the file, or record why it is ignored.

        Raises SourceError, or ArchiveError or ExtractionError after deleting an invalid file.
        """
        checked = self._checked_metadata()
        part = self.archived_path.with_name(f"{self._state_name}.zip.part")
        metadata = self.location.download(self.source, part, self.policy)
        name = f"{self.file_name} from {self._describe_origin(metadata)}"
        try:
            self.location.verify(self.source, part, name)
            with contents.inspecting(part, name, max_gb) as (inspected, access):
                sha256 = archive.add_file(self.store, part, metadata, ".zip", member=inspected.member)
                contents.write(self.store, sha256, inspected)
                contents.keep_unpacked(self.store, sha256, access)
            result: dict[str, Any] = {"sha256": sha256, "downloaded_ns": time.time_ns()}
        except (ArchiveError, ExtractionError) as error:
            if self.is_required or isinstance(error, InsufficientDiskSpace):
                raise
            result = {"ignored": str(error).removeprefix(f"{name}: "), "read_by": contents.reading_code()}
            result["ignored_sha256"] = archive.file_sha256(part)
        finally:
            http.discard_partial(part)
        # The metadata from before the download: if the file changed in between, the next check finds a difference.
        json_file.write(self.archived_path, {"source": self.source, "metadata": checked or asdict(metadata)} | result)

    def _describe_origin(self, metadata: FileMetadata) -> str:
        """Return the address of a file, and the one it was redirected to."""
        requested = redact(self.location.url(self.source, self.policy)) if self.location.is_url else metadata.url
        return requested if requested == metadata.url else f"{requested}, redirected to {metadata.url}"

    @property
    def is_required(self) -> bool:
        """Return True for a file with one of NTSB's names that is not excluded: a run fails if it is invalid."""
        return self._has_source_name and self.is_listed

    @property
    def _has_source_name(self) -> bool:
        return snapshot.canonical_name(self.source) == self.source

    @property
    def file_name(self) -> str:
        """Return the name of the file, with its ending, for messages."""
        return f"{self.source}.zip" if self._has_source_name else printable(self.source)

    def archived(self) -> dict[str, Any] | None:
        """Return {source, sha256, metadata} of the last downloaded zip; None unless it is intact in the archive."""
        content = _read(self.archived_path)
        if content is None or "sha256" not in content:
            return None
        return content if archive.read_metadata(self.store, content["sha256"]) is not None else None

    def file(self) -> ArchivedFile | None:
        """Return the archived file with its contents, or None if there is none or its contents are not recorded."""
        archived = self.archived()
        sidecar = archive.read_metadata(self.store, archived["sha256"]) if archived else None
        recorded = contents.read(self.store, sidecar["sha256"]) if sidecar else None
        if sidecar is None or recorded is None:
            return None
        remarks = {name: sidecar[name] for name in ("url", "etag", "last_modified", "member")}
        remarks |= {"location_name": self.source}
        return ArchivedFile(self.file_name, sidecar["sha256"], sidecar["bytes"], recorded, remarks)

    def record_contents(self, max_gb: float) -> None:
        """Record the contents of a file that an earlier version archived. Raises ArchiveError or ExtractionError."""
        if archived := self.archived():
            contents.record(self.store, archived["sha256"], self.file_name, max_gb)

    @property
    def _state_name(self) -> str:
        """Return the source, or a digest where a file name of this length would be too long."""
        encoded = os.fsencode(self.source)
        return self.source if len(encoded) <= MAX_NAME_BYTES else hashlib.sha256(encoded).hexdigest()

    def _ignored(self) -> dict[str, Any] | None:
        """Return the record of why the file is ignored; None if it is used or must be read again."""
        # A required file was ignored with other settings: it is read again.
        content = None if self.is_required else _read(self.archived_path)
        return content if content and "ignored" in content and content["read_by"] == contents.reading_code() else None

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
        archived = self.archived() or self._ignored()
        checked, current = _read(self.checked_path), asdict(metadata)
        if self.location.is_url or archived is None or checked is None or archived["metadata"] == current:
            return
        differs_in_time_only = current | {"mtime_ns": None} == (archived["metadata"] or {}) | {"mtime_ns": None}
        sha256 = archived.get("sha256") or archived["ignored_sha256"]
        if differs_in_time_only and self.location.has_content(self.source, sha256):
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


def select_files(
    location: SourceLocation, states: Sequence[SourceState], base: Sequence[str], weekly: Sequence[str]
) -> tuple[list[snapshot.SourceFile], list[Ignored]]:
    """Return the files of a snapshot in order, from what is archived, and the files that are not used, by name.

    The settings restrict a folder to these names; from a URL only these are requested. Raises SourceError.
    """
    # The location itself says whether the API is used.
    is_used = location.with_api or all(is_month_file(state.source) for state in states)
    used = [*base, sources.api_era().file] if base and is_used else base
    settings = ((), ()) if location.is_url else (used, weekly)
    files, ignored = editions.select_files([file for state in states if (file := state.file())], *settings)
    unread = [Ignored(state.file_name, reason) for state in states if (reason := state.ignored_reason())]
    others = [Ignored(name, reason) for name, reason in location.ignored_files().items()]
    return files, sorted([*ignored, *unread, *others], key=lambda item: item.name)


def ignored_files() -> list[Ignored]:
    """Return the files of the configured location that are not used, by name, from what earlier runs have read.

    Files without one of NTSB's names that no run has read yet are listed too. Accesses no server. Raises SourceError.
    """
    settings, store = config.Sources(), config.targets_folder()
    api = configured.download(config.Api(), store)
    location = configured_location(settings, api)
    if location.is_months_of(api.months):
        names = api.archived()
    elif location.is_url:
        names = _sources_of_last_snapshot(store, location) or []
    else:
        names = list_sources(store, location, settings.base, settings.weekly, NO_REQUESTS)
    base, weekly = settings.base, settings.weekly
    states = [
        SourceState(location, name, store, NO_REQUESTS, is_listed=snapshot.is_listed(name, base, weekly))
        for name in names
    ]
    if location.with_api:
        states += [SourceState(months_location(api), name, store, NO_REQUESTS) for name in api.archived()]
    unread = [state for state in states if not (state.is_required or state.file() or state.ignored_reason())]
    _, ignored = select_files(location, states, base, weekly)
    ignored += [Ignored(state.file_name, "not read yet: the next run reads what it contains") for state in unread]
    return sorted(ignored, key=lambda item: item.name)


def configured_location(settings: config.Sources, api: Download) -> SourceLocation:
    """Return the location of the Access files; if only the API is used, the folder of its archived months."""
    if not settings.files_location():
        return months_location(api)
    return SourceLocation(settings.files_location(), with_api=settings.uses_api())


def months_location(api: Download) -> SourceLocation:
    """Return the folder of the archived months of the API as a location."""
    return SourceLocation(str(api.months.folder))


def list_sources(
    store: Path, location: SourceLocation, base: Sequence[str], weekly: Sequence[str], policy: RequestPolicy
) -> list[str]:
    """Return the sources of a location; for a folder that no longer exists, those of its last snapshot.

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
    """Return the names of the sources in the last snapshot, None if it cannot be read."""
    current = json_file.read(current_snapshot_path(store, location))
    if current is None:
        return None
    try:
        files = snapshot.read_snapshot(current["id"], store)
    except SnapshotNotFound:
        # The next run writes the list again.
        return None
    names = [name for file in files for name in file.location_names]
    return [name for name in names if not (location.with_api and is_month_file(name))]


def _quick(policy: RequestPolicy) -> RequestPolicy:
    """Return a policy for `requires` and `complete`: long timeouts and retries belong to the tasks."""
    return replace(policy, attempts=1, timeout_s=min(QUICK_PROBE_TIMEOUT_S, policy.timeout_s))


def current_snapshot_path(store: Path, location: SourceLocation) -> Path:
    """Return the path of the file with the id of the location's current snapshot."""
    return state_folder(store, location) / ("snapshot-with-api.json" if location.with_api else "snapshot.json")
