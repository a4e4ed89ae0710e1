"""Steps from NTSB's zips to a snapshot: ask, fetch and archive, list.

Everything below is keyed by (source, sha256): where a zip came from decides nothing about what is made of it.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import luigi

from pipeline import config, json_file
from pipeline.config import Sources
from pipeline.errors import ArchiveError, SnapshotNotFound, SourceError, SourceUnreachable, TruncatedArchive
from pipeline.ingest import snapshot, source_state
from pipeline.ingest.http import RetryPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_state import SourceState
from pipeline.tasks.base import Step


class CheckedSource(luigi.Target):
    """Exists where the note on a source says what its place says now; the place is asked once in a process."""

    def __init__(self, watch: SourceState) -> None:
        self.watch = watch
        self.path = watch.checked_path

    def exists(self) -> bool:
        """See Watch.is_current."""
        return self.watch.is_current()


class ArchivedZip(luigi.Target):
    """Exists where the zip of a source is whole in the archive and is the one its place has."""

    def __init__(self, watch: SourceState) -> None:
        self.watch = watch
        self.path = watch.archived_path

    def exists(self) -> bool:
        """See Watch.is_downloaded."""
        return self.watch.is_downloaded()


class CurrentSnapshot(luigi.Target):
    """Exists where the snapshot in force for a place is the list of its archived zips."""

    def __init__(self, place: SourceLocation, watches: Sequence[SourceState]) -> None:
        self.watches = watches
        self.path = source_state.current_snapshot_path(config.targets_folder(), place)

    def identity(self) -> str | None:
        """The id that the pointer names, where its list can be read."""
        found = (json_file.read(self.path) or {}).get("id")
        try:
            return snapshot.snapshot_id(snapshot.read_snapshot(found)) if found else None
        except SnapshotNotFound:
            return None

    def exists(self) -> bool:
        """True where pointer, list and archive agree."""
        files = [file for each in self.watches if (file := each.file())]
        return len(files) == len(self.watches) and self.identity() == snapshot.snapshot_id(files)


class LocationTask(Step):
    """What the steps over places share: the place in force and patience, read once in the constructor."""

    settings = (Sources,)

    @property
    def retry_count(self) -> int | None:  # type: ignore[override]  # Luigi only reads it.
        """As luigi.cfg says for an address; a folder says the same again at once."""
        return None if self.place.is_url else 1

    @property
    def place(self) -> SourceLocation:
        """The folder or address in force."""
        return SourceLocation(self.config[Sources].resolved_location())

    def watch(self, source: str) -> SourceState:
        """One source at the place in force."""
        knobs = self.config[Sources]
        patience = RetryPolicy(knobs.timeout_s, knobs.attempts, knobs.backoff_s)
        return SourceState(self.place, source, config.targets_folder(), patience)


class PermanentFailure(Step):
    """Fails with the sentence of another step's failure; tried once, as all steps that do not ask the outside world."""

    source = luigi.Parameter()
    sentence = luigi.Parameter(significant=False)

    def complete(self) -> bool:
        """Never: another run asks again."""
        return False

    def run(self) -> None:
        """Says why."""
        raise SourceError(self.sentence)


class SourceRequest(LocationTask):
    """What the steps that ask for one zip share: only failures that time may mend are tried again.

    Luigi must know how often to try before a step fails: a refusal (no zip, a web page) goes to a step tried once.
    """

    source = luigi.Parameter()

    @abstractmethod
    def work(self) -> None:
        """Asks. Raises a SourceError or an ArchiveError."""

    def run(self) -> Iterator[PermanentFailure]:
        """Works, or hands a refusal on."""
        try:
            self.work()
        except (SourceUnreachable, TruncatedArchive):
            raise
        except (SourceError, ArchiveError) as problem:
            yield PermanentFailure(source=self.source, sentence=str(problem))


class CheckSource(SourceRequest):
    """Asks the place for one zip's size, ETag and date; done while they are what was noted."""

    def output(self) -> CheckedSource:
        """The note on the source."""
        return CheckedSource(self.watch(self.source))

    def work(self) -> None:
        """Asks and notes."""
        self.watch(self.source).check()


class DownloadSource(SourceRequest):
    """Fetches one zip into the archive; done while the archived bytes are those the place has."""

    def inputs(self) -> Sequence[Step]:
        """What the place says of the zip."""
        return [CheckSource(source=self.source)]

    def output(self) -> ArchivedZip:
        """The archived zip."""
        return ArchivedZip(self.watch(self.source))

    def work(self) -> None:
        """Fetches, judges, archives."""
        self.watch(self.source).download(self.config[Sources].max_unpacked_gb)


class CreateSnapshot(LocationTask):
    """Lists the zips of the place in force in order, with their hashes."""

    def sources(self) -> list[str]:
        """Canonical names in order. Raises a SourceError where the place holds none."""
        knobs = self.config[Sources]
        return source_state.list_sources(config.targets_folder(), self.place, knobs.base, knobs.weekly)

    def inputs(self) -> Sequence[Step]:
        """One download for each source."""
        return [DownloadSource(source=source) for source in self.sources()]

    def output(self) -> CurrentSnapshot:
        """The pointer to the list in force."""
        return CurrentSnapshot(self.place, [self.watch(source) for source in self.sources()])

    def run(self) -> None:
        """Writes the list under its id, then the pointer."""
        output = self.output()
        identity = snapshot.write_snapshot([file for each in output.watches if (file := each.file())])
        json_file.write(output.path, {"id": identity, "place": self.place.display_name})

    def current_id(self) -> str:
        """The id of the snapshot in force. Raises SnapshotMissing where this step has not run for this place."""
        identity = self.output().identity()
        if identity is None:
            raise SnapshotNotFound(
                f"{self.place.display_name}: expected a snapshot, found none; run `CreateSnapshot` first"
            )
        return identity
