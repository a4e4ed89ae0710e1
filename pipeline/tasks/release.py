"""The task that publishes a snapshot's candidates as a release, and the base class of tasks that read it."""

from collections.abc import Sequence
from functools import cached_property

import luigi

from pipeline.config import Checks, Postgres, Publication
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadCorrections, PreparedStep
from pipeline.tasks.quality import ReconcileRows, RunChecks
from pipeline.tasks.tables import EvaluateCorrections, merge_tasks, view_tasks
from pipeline.warehouse.release import publish
from pipeline.warehouse.signatures import drop_stale
from targets.relations import PublishedRelations


class PublishRelease(PreparedStep):
    """Moves all candidates to their target schemas in one transaction, after the checks have passed."""

    code = ("pipeline.warehouse.release.publish",)
    snapshot = luigi.Parameter()
    settings = (Checks, Publication, Postgres)

    def inputs(self) -> Sequence[Step]:
        accounts = [ReconcileRows(snapshot=self.snapshot), RunChecks(snapshot=self.snapshot)]
        corrections = [LoadCorrections(), EvaluateCorrections(snapshot=self.snapshot)]
        return [*merge_tasks(self.snapshot), *view_tasks(self.snapshot), *accounts, *corrections]

    def output(self) -> PublishedRelations:
        return PublishedRelations(luigi.task.flatten([step.output() for step in self.inputs()]))

    def run(self) -> None:
        files, keep = snapshot.read_snapshot(self.snapshot), self.config[Publication].keep_releases
        connections, limits = self.config[Postgres].connections, self.config[Checks].param_kwargs
        # In its own transaction: the parallel sessions of a publication must not wait for the locks of the drop.
        with transaction(owner=True) as cursor:
            drop_stale(cursor, self.output().relations)
        with transaction(alone=True, owner=True) as cursor:
            publish.publish(cursor, self.output().relations, self.snapshot, files, keep, connections, limits)


class ReleaseStep(Step):
    """A task that works on the published release of a snapshot."""

    snapshot = luigi.Parameter()

    def prerequisites(self) -> Sequence[Step]:
        return [PublishRelease(snapshot=self.snapshot)]

    @cached_property
    def notice(self) -> str:
        """The notice for what is built from made-up events, an empty string if there are none."""
        return snapshot.notice(snapshot.read_snapshot(self.snapshot))


class ExportStep(ReleaseStep):
    """A task that works on the published release and writes the notice, if there is one, into its output."""

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """As for every task, and the notice."""
        return super().fingerprint_inputs | {"notice": self.notice}
