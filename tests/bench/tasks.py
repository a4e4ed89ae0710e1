"""Ends of the graph that Luigi is asked for here: the files, the raw load, and a release without what is made of it."""

from collections.abc import Iterator

import luigi

from pipeline.ingest import snapshot
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadRawTables
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.sources import CreateSnapshot


class Loaded(luigi.Task):
    """All files of the snapshot in force as raw text."""

    def requires(self) -> list[Step]:
        """The list of source files."""
        return [CreateSnapshot()]

    def final_tasks(self) -> list[Step]:
        """One step per file."""
        files = snapshot.read_snapshot(CreateSnapshot().current_id())
        return [LoadRawTables(source=file.source, sha256=file.sha256) for file in files]

    def complete(self) -> bool:
        """True where the list and all its files are up to date."""
        return CreateSnapshot().complete() and all(task.complete() for task in self.final_tasks())

    def run(self) -> Iterator[list[Step]]:
        """Asks for the files, once the list is known."""
        yield self.final_tasks()


class Unpacked(Loaded):
    """The Access files of the snapshot in force."""

    def final_tasks(self) -> list[Step]:
        """One step per file."""
        return [need for step in super().final_tasks() for need in step.inputs()]


class Released(Loaded):
    """The snapshot in force, published."""

    def final_tasks(self) -> list[Step]:
        """The publication."""
        return [PublishRelease(snapshot=CreateSnapshot().current_id())]
