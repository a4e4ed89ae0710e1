"""Tasks from the source location to a snapshot; all later tasks are keyed by (source, sha256), not by location."""

import ast
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import luigi

from pipeline import config, json_file
from pipeline.config import Api, Sources
from pipeline.errors import SnapshotNotFound, SourceUnreachable, TruncatedArchive
from pipeline.ingest import contents, manuals, snapshot, source_state
from pipeline.ingest.editions import Ignored
from pipeline.ingest.enterprise_api import configured
from pipeline.ingest.enterprise_api import download as api_download
from pipeline.ingest.enterprise_api.download import Download
from pipeline.ingest.enterprise_api.months import file_name
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


# A download with `refresh_days` of 0 is valid for this process.
STARTED = api_download.utc_now()


@dataclass(frozen=True)
class ArchivedMonths(luigi.Target):
    """The archived months of the API; exists while none is missing, and no refresh is due."""

    download: Download
    states: Sequence[SourceState]

    def exists(self) -> bool:
        if not self.download.is_current(api_download.utc_now(), STARTED):
            return False
        return all(state.is_current() and state.is_downloaded() for state in self.states)


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
            reasons = {item.name: item.reason for item in ignored}
            files_at_location = [state.file_name for state in self.states]
            names = [f"{name} ({reasons.get(name, 'a weekly file')})" for name in files_at_location]
            raise self.location.missing_databases(self.settings.base, names)
        for item in ignored:
            log.warning("%s is ignored: %s", item.name, item.reason)
        return files

    def exists(self) -> bool:
        is_read = all(state.file() or state.ignored_reason() for state in self.states)
        return is_read and self.identity() == snapshot.snapshot_id(self.selection()[0])


class LocationTask(Step):
    """A task that accesses the source location; location and policy of requests are read in the constructor."""

    settings = (Sources, Api)
    # Why such a task runs, for `plan`.
    reason = "the source location has changed"
    temporary_errors = (SourceUnreachable, TruncatedArchive)

    @property
    def retry_count(self) -> int | None:
        """Attempts: 1 for a folder, where a missing file is not a temporary error; None, Luigi's setting, for a URL."""
        return None if self.location.is_url else 1

    @property
    def location(self) -> SourceLocation:
        return source_state.configured_location(self.config[Sources], self.api)

    @property
    def api(self) -> Download:
        """The download of the API's months, whether it is used or not."""
        return configured.download(self.config[Api], config.targets_folder())

    @property
    def policy(self) -> RequestPolicy:
        """The configured timeout, attempts, pauses, size limit and client name."""
        settings = self.config[Sources]
        max_bytes = int(settings.max_download_gb * GIGABYTE)
        return RequestPolicy(settings.timeout_s, settings.attempts, settings.backoff_s, max_bytes, settings.user_agent)

    def month_states(self) -> list[SourceState]:
        """Return the states of the API's months, empty if it is not used."""
        if not self.config[Sources].uses_api():
            return []
        location, folder = source_state.months_location(self.api), config.targets_folder()
        months = self.api.wanted(api_download.utc_now())
        return [SourceState(location, file_name(month), folder, self.policy) for month in months]

    def state_of(self, source: str) -> SourceState:
        """Return the state of one source at the configured location, with the configured policy of requests."""
        settings = self.config[Sources]
        is_listed = snapshot.is_listed(source, settings.base, settings.weekly)
        folder, days = config.targets_folder(), settings.recheck_days
        return SourceState(self.location, source, folder, self.policy, days, is_listed)


class FileName(luigi.Parameter):
    """The name of a file, which may contain any characters: in logs, ids and commands, it is one printable line."""

    def serialize(self, x: str) -> str:
        return x if x.isprintable() and "\\" not in x else ascii(x)

    def parse(self, x: str) -> str:
        if x[:1] in ("'", '"') and "\\" in x:
            # Any other text is a name as the user writes it.
            with contextlib.suppress(ValueError, SyntaxError, MemoryError):
                return str(ast.literal_eval(x))
        return x


class CheckSource(LocationTask):
    """Records one zip's size, ETag and date; complete while the location reports the same."""

    source = FileName()

    def output(self) -> CheckedSource:
        return CheckedSource(self.state_of(self.source))

    def run(self) -> None:
        self.state_of(self.source).check()


class DownloadSource(LocationTask):
    """Downloads one zip into the archive; complete while the archived zip is the one at the location."""

    source = FileName()

    def inputs(self) -> Sequence[Step]:
        return [CheckSource(source=self.source)]

    def output(self) -> ArchivedZip:
        return ArchivedZip(self.state_of(self.source))

    def run(self) -> None:
        self.state_of(self.source).download(self.config[Sources].max_unpacked_gb)


class DownloadApiMonths(LocationTask):
    """Downloads the months of NTSB's API that are missing or may have changed, and archives them."""

    reason = "a month is missing, or the last download is refresh_days old"

    @property
    def retry_count(self) -> int | None:
        """Attempts: Luigi's setting, because the API is on the network even if no other source is."""
        return None

    def output(self) -> ArchivedMonths:
        return ArchivedMonths(self.api, self.month_states())

    def run(self) -> None:
        settings = self.config[Sources]
        api_download.update(self.api, configured.client(self.config[Api], settings.user_agent))
        for state in self.month_states():
            state.check()
            if not state.is_downloaded():
                state.download(settings.max_unpacked_gb)


class CreateSnapshot(LocationTask):
    """Lists the files of the location with their SHA-256, the newest edition last; warns of files that are ignored."""

    def sources(self) -> list[str]:
        """Return the names of the files at the location, besides the API's. Raises SourceError if it has none."""
        settings = self.config[Sources]
        if not settings.files_location():
            return []
        folder, location = config.targets_folder(), self.location
        return source_state.list_sources(folder, location, settings.base, settings.weekly, self.policy)

    def inputs(self) -> Sequence[Step]:
        # Computed before the worker forks: otherwise each of hundreds of months would compute it again.
        contents.reading_code()
        downloads: list[Step] = [DownloadSource(source=source) for source in self.sources()]
        return [*downloads, DownloadApiMonths()] if self.config[Sources].uses_api() else downloads

    def output(self) -> CurrentSnapshot:
        states = [*(self.state_of(source) for source in self.sources()), *self.month_states()]
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
