"""Steps from NTSB's zips to a snapshot: ask, fetch and archive, list.

Everything below is keyed by (source, sha256): where a zip came from decides nothing about what is made of it.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

import luigi

from pipeline import jsonfile, settings
from pipeline.acquire import snapshot, watch
from pipeline.acquire.fetch import Patience
from pipeline.acquire.places import Place
from pipeline.acquire.watch import Watch
from pipeline.errors import ArchiveError, SnapshotMissing, SourceError, SourceUnreachable, TruncatedArchive
from pipeline.settings import Sources
from pipeline.step import Step


class Checked(luigi.Target):
    """Exists where the note on a source says what its place says now; the place is asked once in a process."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.path = watch.seen_path

    def exists(self) -> bool:
        """See Watch.is_current."""
        return self.watch.is_current()


class Archived(luigi.Target):
    """Exists where the zip of a source is whole in the archive and is the one its place has."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.path = watch.archived_path

    def exists(self) -> bool:
        """See Watch.is_downloaded."""
        return self.watch.is_downloaded()


class Pointer(luigi.Target):
    """Exists where the snapshot in force for a place is the list of its archived zips."""

    def __init__(self, place: Place, watches: Sequence[Watch]) -> None:
        self.watches = watches
        self.path = watch.pointer(settings.targets_folder(), place)

    def identity(self) -> str | None:
        """The id that the pointer names, where its list can be read."""
        found = (jsonfile.read(self.path) or {}).get("id")
        try:
            return snapshot.identify(snapshot.read(found)) if found else None
        except SnapshotMissing:
            return None

    def exists(self) -> bool:
        """True where pointer, list and archive agree."""
        files = [file for each in self.watches if (file := each.file())]
        return len(files) == len(self.watches) and self.identity() == snapshot.identify(files)


class Sourced(Step):
    """What the steps over places share: the place in force and patience, read once in the constructor."""

    settings = (Sources,)

    @property
    def retry_count(self) -> int | None:  # type: ignore[override]  # Luigi only reads it.
        """As luigi.cfg says for an address; a folder says the same again at once."""
        return None if self.place.is_url else 1

    @property
    def place(self) -> Place:
        """The folder or address in force."""
        return Place(self.knobs[Sources].place())

    def watch(self, source: str) -> Watch:
        """One source at the place in force."""
        knobs = self.knobs[Sources]
        patience = Patience(knobs.timeout_s, knobs.attempts, knobs.backoff_s)
        return Watch(self.place, source, settings.targets_folder(), patience)


class Refused(Step):
    """Fails with the sentence of another step's failure; tried once, as all steps that do not ask the outside world."""

    source = luigi.Parameter()
    sentence = luigi.Parameter(significant=False)

    def complete(self) -> bool:
        """Never: another run asks again."""
        return False

    def run(self) -> None:
        """Says why."""
        raise SourceError(self.sentence)


class Asking(Sourced):
    """What the steps that ask for one zip share: only failures that time may mend are tried again.

    Luigi must know how often to try before a step fails: a refusal (no zip, a web page) goes to a step tried once.
    """

    source = luigi.Parameter()

    @abstractmethod
    def work(self) -> None:
        """Asks. Raises a SourceError or an ArchiveError."""

    def run(self) -> Iterator[Refused]:
        """Works, or hands a refusal on."""
        try:
            self.work()
        except (SourceUnreachable, TruncatedArchive):
            raise
        except (SourceError, ArchiveError) as problem:
            yield Refused(source=self.source, sentence=str(problem))


class CheckSource(Asking):
    """Asks the place for one zip's size, ETag and date; done while they are what was noted."""

    def output(self) -> Checked:
        """The note on the source."""
        return Checked(self.watch(self.source))

    def work(self) -> None:
        """Asks and notes."""
        self.watch(self.source).check()


class Download(Asking):
    """Fetches one zip into the archive; done while the archived bytes are those the place has."""

    def inputs(self) -> Sequence[Step]:
        """What the place says of the zip."""
        return [CheckSource(source=self.source)]

    def output(self) -> Archived:
        """The archived zip."""
        return Archived(self.watch(self.source))

    def work(self) -> None:
        """Fetches, judges, archives."""
        self.watch(self.source).download(self.knobs[Sources].max_unpacked_gb)


class Snapshot(Sourced):
    """Lists the zips of the place in force in order, with their hashes."""

    def sources(self) -> list[str]:
        """Canonical names in order. Raises a SourceError where the place holds none."""
        knobs = self.knobs[Sources]
        return watch.sources(settings.targets_folder(), self.place, knobs.base, knobs.weekly)

    def inputs(self) -> Sequence[Step]:
        """One download for each source."""
        return [Download(source=source) for source in self.sources()]

    def output(self) -> Pointer:
        """The pointer to the list in force."""
        return Pointer(self.place, [self.watch(source) for source in self.sources()])

    def run(self) -> None:
        """Writes the list under its id, then the pointer."""
        output = self.output()
        identity = snapshot.write([file for each in output.watches if (file := each.file())])
        jsonfile.write(output.path, {"id": identity, "place": self.place.shown})

    def current_id(self) -> str:
        """The id of the snapshot in force. Raises SnapshotMissing where this step has not run for this place."""
        identity = self.output().identity()
        if identity is None:
            raise SnapshotMissing(f"{self.place.shown}: expected a snapshot, found none; run `Snapshot` first")
        return identity
