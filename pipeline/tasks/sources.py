"""Tasks from the source location to a snapshot; all later tasks are keyed by (source, sha256), not by location."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import luigi

from pipeline import config, json_file
from pipeline.config import Sources
from pipeline.errors import SnapshotNotFound, SourceUnreachable, TruncatedArchive
from pipeline.ingest import contents, manuals, snapshot, source_state
from pipeline.ingest.editions import Ignored
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_state import SourceState
from pipeline.ingest.unpack import GIGABYTE
from pipeline.sources import era_of
from pipeline.tasks.base import Step

log = logging.getLogger(__name__)


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
    """The file that names a location's current snapshot; exists while that snapshot lists the files at the location."""

    def __init__(self, location: SourceLocation, states: Sequence[SourceState], settings: Sources) -> None:
        self.location, self.states, self.settings = location, states, settings
        self.path = source_state.current_snapshot_path(config.targets_folder(), location)

    def identity(self) -> str | None:
        """Return the id of the snapshot, or None if its list cannot be read."""
        recorded = (json_file.read(self.path) or {}).get("id")
        try:
            return snapshot.snapshot_id(snapshot.read_snapshot(recorded)) if recorded else None
        except SnapshotNotFound:
            return None

    def selection(self) -> tuple[list[snapshot.SourceFile], list[Ignored]]:
        """Return the files of a snapshot of what is archived now, in order, and the files that are not used."""
        return source_state.select_files(self.location, self.states, self.settings.base, self.settings.weekly)

    def read_files(self) -> list[snapshot.SourceFile]:
        """Return the files to use, in order, after reading what they contain; warn of the others.

        Raises SourceNotFound if no database is used.
        """
        for state in self.states:
            state.record_contents(self.settings.max_unpacked_gb)
        files, ignored = self.selection()
        if all(era_of(file.source).is_weekly(file.source) for file in files):
            reasons = {item.name: f" ({item.reason})" for item in ignored}
            names = [state.file_name + reasons.get(state.file_name, "") for state in self.states]
            raise self.location.missing_databases(self.settings.base, names)
        for item in ignored:
            log.warning("%s is ignored: %s", item.name, item.reason)
        return files

    def exists(self) -> bool:
        is_read = all(state.file() or state.ignored_reason() for state in self.states)
        return is_read and self.identity() == snapshot.snapshot_id(self.selection()[0])


class LocationTask(Step):
    """A task that accesses the source location; location and policy of requests are read in the constructor."""

    settings = (Sources,)
    temporary_errors = (SourceUnreachable, TruncatedArchive)

    @property
    def retry_count(self) -> int | None:
        """Attempts: 1 for a folder, where a missing file is no temporary error; None, Luigi's setting, for a URL."""
        return None if self.location.is_url else 1

    @property
    def location(self) -> SourceLocation:
        return SourceLocation(self.config[Sources].resolved_location())

    @property
    def policy(self) -> RequestPolicy:
        """The configured timeout, attempts, pauses, size limit and client name."""
        settings = self.config[Sources]
        max_bytes = int(settings.max_download_gb * GIGABYTE)
        return RequestPolicy(settings.timeout_s, settings.attempts, settings.backoff_s, max_bytes, settings.user_agent)

    def state_of(self, source: str) -> SourceState:
        """The state of one source at the configured location, with the configured policy of requests."""
        settings = self.config[Sources]
        is_listed = snapshot.is_listed(source, settings.base, settings.weekly)
        folder, days = config.targets_folder(), settings.recheck_days
        return SourceState(self.location, source, folder, self.policy, days, is_listed)


class CheckSource(LocationTask):
    """Records one zip's size, ETag and date; complete while the location reports the same."""

    source = luigi.Parameter()

    def output(self) -> CheckedSource:
        return CheckedSource(self.state_of(self.source))

    def run(self) -> None:
        self.state_of(self.source).check()


class DownloadSource(LocationTask):
    """Downloads one zip into the archive; complete while the archived zip is the one at the location."""

    source = luigi.Parameter()

    def inputs(self) -> Sequence[Step]:
        return [CheckSource(source=self.source)]

    def output(self) -> ArchivedZip:
        return ArchivedZip(self.state_of(self.source))

    def run(self) -> None:
        self.state_of(self.source).download(self.config[Sources].max_unpacked_gb)


class CreateSnapshot(LocationTask):
    """Lists the files of the location with their SHA-256, the newest edition last; warns of files that are ignored."""

    def sources(self) -> list[str]:
        """Return the names of the files at the location. Raises SourceError if it has none."""
        settings = self.config[Sources]
        folder, location = config.targets_folder(), self.location
        return source_state.list_sources(folder, location, settings.base, settings.weekly, self.policy)

    def inputs(self) -> Sequence[Step]:
        # Computed before the worker forks: otherwise each of hundreds of months would compute it again.
        contents.reading_code()
        return [DownloadSource(source=source) for source in self.sources()]

    def output(self) -> CurrentSnapshot:
        states = [self.state_of(source) for source in self.sources()]
        return CurrentSnapshot(self.location, states, self.config[Sources])

    def run(self) -> None:
        """Write the list under its id, then the file that names it; archive new manuals."""
        output = self.output()
        identity = snapshot.write_snapshot(output.read_files())
        json_file.write(output.path, {"id": identity, "location": self.location.display_name})
        manuals.archive_manuals(config.targets_folder(), self.location, self.policy)

    def current_id(self) -> str:
        """Return the id of the current snapshot. Raises SnapshotNotFound if there is none for this location."""
        identity = self.output().identity()
        if identity is None:
            raise SnapshotNotFound(
                f"{self.location.display_name}: expected a snapshot, found none; "
                "run `luigi --module pipeline CreateSnapshot`"
            )
        return identity
