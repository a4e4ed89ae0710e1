"""Tasks from the source location to a snapshot: check, download and archive, list.

All later tasks are keyed by (source, sha256): the location of a zip does not determine what is made of it.
"""

from collections.abc import Sequence

import luigi

from pipeline import config, json_file
from pipeline.config import Sources
from pipeline.errors import SnapshotNotFound, SourceUnreachable, TruncatedArchive
from pipeline.ingest import snapshot, source_state
from pipeline.ingest.http import RetryPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_state import SourceState
from pipeline.tasks.base import Step


class CheckedSource(luigi.Target):
    """The recorded metadata of a source; exists while the location reports the same (asked once per process)."""

    def __init__(self, state: SourceState) -> None:
        self.state = state
        self.path = state.checked_path

    def exists(self) -> bool:
        """True if the recorded size, ETag and date are those the location reports."""
        return self.state.is_current()


class ArchivedZip(luigi.Target):
    """The archived zip of a source; exists while it is intact and is the one at the location."""

    def __init__(self, state: SourceState) -> None:
        self.state = state
        self.path = state.archived_path

    def exists(self) -> bool:
        """True if the archive holds the zip that the location has."""
        return self.state.is_downloaded()


class CurrentSnapshot(luigi.Target):
    """The file that names a location's current snapshot; exists while that snapshot lists the archived zips."""

    def __init__(self, location: SourceLocation, states: Sequence[SourceState]) -> None:
        self.states = states
        self.path = source_state.current_snapshot_path(config.targets_folder(), location)

    def identity(self) -> str | None:
        """The id of the snapshot, or None if its list cannot be read."""
        recorded = (json_file.read(self.path) or {}).get("id")
        try:
            return snapshot.snapshot_id(snapshot.read_snapshot(recorded)) if recorded else None
        except SnapshotNotFound:
            return None

    def archived_files(self) -> list[snapshot.SourceFile]:
        """The archived zips, in order, without sources that are not archived yet."""
        return [file for state in self.states if (file := state.file())]

    def exists(self) -> bool:
        """True if every source is archived and the snapshot lists exactly these zips."""
        files = self.archived_files()
        return len(files) == len(self.states) and self.identity() == snapshot.snapshot_id(files)


class LocationTask(Step):
    """A task that accesses the source location; location and retry policy are read in the constructor."""

    settings = (Sources,)
    temporary_errors = (SourceUnreachable, TruncatedArchive)

    @property
    def retry_count(self) -> int | None:
        """Luigi's own setting for a URL; 1 for a folder, where a missing file is no temporary error."""
        return None if self.location.is_url else 1

    @property
    def location(self) -> SourceLocation:
        """The configured folder or URL."""
        return SourceLocation(self.config[Sources].resolved_location())

    def state_of(self, source: str) -> SourceState:
        """The state of one source at the configured location, with the configured retry policy."""
        settings = self.config[Sources]
        policy = RetryPolicy(settings.timeout_s, settings.attempts, settings.backoff_s)
        return SourceState(self.location, source, config.targets_folder(), policy)


class CheckSource(LocationTask):
    """Records one zip's size, ETag and date; complete while the location reports the same."""

    source = luigi.Parameter()

    def output(self) -> CheckedSource:
        """The recorded metadata."""
        return CheckedSource(self.state_of(self.source))

    def run(self) -> None:
        """Asks for the metadata and records it."""
        self.state_of(self.source).check()


class DownloadSource(LocationTask):
    """Downloads one zip into the archive; complete while the archived zip is the one at the location."""

    source = luigi.Parameter()

    def inputs(self) -> Sequence[Step]:
        """The metadata that the location reports."""
        return [CheckSource(source=self.source)]

    def output(self) -> ArchivedZip:
        """The archived zip."""
        return ArchivedZip(self.state_of(self.source))

    def run(self) -> None:
        """Downloads the zip, checks that it holds one Access file, and archives it."""
        self.state_of(self.source).download(self.config[Sources].max_unpacked_gb)


class CreateSnapshot(LocationTask):
    """Lists the zips of the location in order, each with its SHA-256."""

    def sources(self) -> list[str]:
        """Canonical source names in order. Raises SourceError if the location has none."""
        settings = self.config[Sources]
        return source_state.list_sources(config.targets_folder(), self.location, settings.base, settings.weekly)

    def inputs(self) -> Sequence[Step]:
        """One download per source."""
        return [DownloadSource(source=source) for source in self.sources()]

    def output(self) -> CurrentSnapshot:
        """The file that names the current snapshot."""
        return CurrentSnapshot(self.location, [self.state_of(source) for source in self.sources()])

    def run(self) -> None:
        """Writes the list under its id, then the file that names it."""
        output = self.output()
        identity = snapshot.write_snapshot(output.archived_files())
        json_file.write(output.path, {"id": identity, "place": self.location.display_name})

    def current_id(self) -> str:
        """The id of the current snapshot. Raises SnapshotNotFound if there is none for this location."""
        identity = self.output().identity()
        if identity is None:
            raise SnapshotNotFound(
                f"{self.location.display_name}: expected a snapshot, found none; run `CreateSnapshot`"
            )
        return identity
