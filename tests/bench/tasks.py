"""Luigi tasks for parts of the graph: unpacked files, the raw load, and a release without exports and reports."""

from collections.abc import Iterator

import luigi

from pipeline.ingest import snapshot
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadRawTables
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.sources import CreateSnapshot


class Loaded(luigi.Task):
    """Raw text tables of all files of the current snapshot."""

    def requires(self) -> list[Step]:
        """The snapshot."""
        return [CreateSnapshot()]

    def dependencies(self) -> list[Step]:
        """One LoadRawTables task per file."""
        files = snapshot.read_snapshot(CreateSnapshot().current_id())
        return [LoadRawTables(source=file.source, sha256=file.sha256) for file in files]

    def complete(self) -> bool:
        """True if the snapshot and all tasks for its files are complete."""
        return CreateSnapshot().complete() and all(task.complete() for task in self.dependencies())

    def run(self) -> Iterator[list[Step]]:
        """Yields the dependencies, which are known once the snapshot is complete."""
        yield self.dependencies()


class Unpacked(Loaded):
    """The Access files of the current snapshot."""

    def dependencies(self) -> list[Step]:
        """One UnpackAccessFile task per file."""
        return [task for load in super().dependencies() for task in load.inputs()]


class Released(Loaded):
    """The release of the current snapshot."""

    def dependencies(self) -> list[Step]:
        """The publication of the snapshot."""
        return [PublishRelease(snapshot=CreateSnapshot().current_id())]
