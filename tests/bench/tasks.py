"""Luigi tasks for parts of the graph: unpacked files, the raw load, a release without exports, and the study."""

from collections.abc import Iterator

import luigi

from pipeline.ingest import snapshot
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadRawTables
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.severity import TrainSeverityModel
from pipeline.tasks.sources import CreateSnapshot


class Loaded(luigi.Task):
    """Raw text tables of all files of the current snapshot."""

    def requires(self) -> list[Step]:
        """The snapshot."""
        return [CreateSnapshot()]

    def final_tasks(self) -> list[Step]:
        """One step per file."""
        files = snapshot.read_snapshot(CreateSnapshot().current_id())
        return [LoadRawTables(source=file.source, sha256=file.sha256) for file in files]

    def complete(self) -> bool:
        """True if the list and all its files are up to date."""
        return CreateSnapshot().complete() and all(task.complete() for task in self.final_tasks())

    def run(self) -> Iterator[list[Step]]:
        """Asks for the files, once the list is known."""
        yield self.final_tasks()


class Unpacked(Loaded):
    """The Access files of the current snapshot."""

    def final_tasks(self) -> list[Step]:
        """One step per file."""
        return [need for step in super().final_tasks() for need in step.inputs()]


class Released(Loaded):
    """The release of the current snapshot."""

    def final_tasks(self) -> list[Step]:
        """The publication."""
        return [PublishRelease(snapshot=CreateSnapshot().current_id())]


class Trained(Loaded):
    """The severity study of the current snapshot."""

    def final_tasks(self) -> list[Step]:
        """The training."""
        return [TrainSeverityModel(snapshot=CreateSnapshot().current_id())]
