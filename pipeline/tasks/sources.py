"""Tasks from the source location to a snapshot; all later tasks are keyed by (source, sha256), not by location."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import luigi

from pipeline import config, json_file
from pipeline.config import Sources
from pipeline.errors import ArchiveError, SnapshotNotFound, SourceError, SourceUnreachable, TruncatedArchive
from pipeline.ingest import snapshot, source_state
from pipeline.ingest.http import RetryPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_state import SourceState
from pipeline.tasks.base import Step


@dataclass(frozen=True)
class CheckedSource(luigi.Target):
    """Recorded size, ETag and date of a source; exists while the location reports the same, asked once per process."""

    state: SourceState

    def exists(self) -> bool:
        return self.state.is_current()


@dataclass(frozen=True)
class ArchivedZip(luigi.Target):
    """The archived zip of a source; exists while it is intact and is the one at the location."""

    state: SourceState

    def exists(self) -> bool:
        return self.state.is_downloaded()


class CurrentSnapshot(luigi.Target):
    """The file that names a location's current snapshot; exists while that lists exactly the archived zips."""

    def __init__(self, location: SourceLocation, states: Sequence[SourceState]) -> None:
        self.states = states
        self.path = source_state.current_snapshot_path(config.targets_folder(), location)

    def identity(self) -> str | None:
        """Return the id of the snapshot, or None if its list cannot be read."""
        recorded = (json_file.read(self.path) or {}).get("id")
        try:
            return snapshot.snapshot_id(snapshot.read_snapshot(recorded)) if recorded else None
        except SnapshotNotFound:
            return None

    def archived_files(self) -> list[snapshot.SourceFile]:
        """Return the archived zips, in order, without sources that are not archived yet."""
        return [file for state in self.states if (file := state.file())]

    def exists(self) -> bool:
        files = self.archived_files()
        return len(files) == len(self.states) and self.identity() == snapshot.snapshot_id(files)


class LocationTask(Step):
    """A task that accesses the source location; location and retry policy are read in the constructor."""

    settings = (Sources,)

    @property
    def retry_count(self) -> int | None:  # type: ignore[override]  # Luigi only reads it.
        """Attempts: 1 for a folder, which would give the same result again; None, Luigi's setting, for a URL."""
        return None if self.location.is_url else 1

    @property
    def location(self) -> SourceLocation:
        return SourceLocation(self.config[Sources].resolved_location())

    def state_of(self, source: str) -> SourceState:
        """Return the state of one source at the configured location, with the configured retry policy."""
        settings = self.config[Sources]
        policy = RetryPolicy(settings.timeout_s, settings.attempts, settings.backoff_s)
        return SourceState(self.location, source, config.targets_folder(), policy)


class PermanentFailure(Step):
    """Fails with the message of another task's permanent error; not retried."""

    source = luigi.Parameter()
    message = luigi.Parameter(significant=False)

    def complete(self) -> bool:
        # The next run accesses the location again.
        return False

    def run(self) -> None:
        raise SourceError(self.message)


class SourceRequest(LocationTask):
    """A task that requests one zip from the location. Only temporary errors are retried.

    Luigi reads `retry_count` before a task fails, so a permanent error (no zip, a web page) is raised by
    PermanentFailure, which Luigi tries once.
    """

    source = luigi.Parameter()

    @abstractmethod
    def request(self) -> None:
        """Access the location. Raises SourceError or ArchiveError."""

    def run(self) -> Iterator[PermanentFailure]:
        try:
            self.request()
        except (SourceUnreachable, TruncatedArchive):
            raise
        except (SourceError, ArchiveError) as error:
            yield PermanentFailure(source=self.source, message=str(error))


class CheckSource(SourceRequest):
    """Records one zip's size, ETag and date; complete while the location reports the same."""

    def output(self) -> CheckedSource:
        return CheckedSource(self.state_of(self.source))

    def request(self) -> None:
        self.state_of(self.source).check()


class DownloadSource(SourceRequest):
    """Downloads one zip into the archive; complete while the archived zip is the one at the location."""

    def inputs(self) -> Sequence[Step]:
        return [CheckSource(source=self.source)]

    def output(self) -> ArchivedZip:
        return ArchivedZip(self.state_of(self.source))

    def request(self) -> None:
        self.state_of(self.source).download(self.config[Sources].max_unpacked_gb)


class CreateSnapshot(LocationTask):
    """Lists the zips of the location in order, each with its SHA-256."""

    def sources(self) -> list[str]:
        """Return the canonical source names in order. Raises SourceError if the location has none."""
        settings = self.config[Sources]
        return source_state.list_sources(config.targets_folder(), self.location, settings.base, settings.weekly)

    def inputs(self) -> Sequence[Step]:
        return [DownloadSource(source=source) for source in self.sources()]

    def output(self) -> CurrentSnapshot:
        return CurrentSnapshot(self.location, [self.state_of(source) for source in self.sources()])

    def run(self) -> None:
        output = self.output()
        identity = snapshot.write_snapshot(output.archived_files())
        json_file.write(output.path, {"id": identity, "location": self.location.display_name})

    def current_id(self) -> str:
        """Return the id of the current snapshot. Raises SnapshotNotFound if there is none for this location."""
        identity = self.output().identity()
        if identity is None:
            raise SnapshotNotFound(
                f"{self.location.display_name}: expected a snapshot, found none; run `CreateSnapshot`"
            )
        return identity
