"""The step that publishes a snapshot's candidates as a release."""

from collections.abc import Sequence

import luigi

from pipeline.config import Postgres, Publication
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.load import PrepareDatabase
from pipeline.tasks.quality import ReconcileRows, RunChecks
from pipeline.tasks.tables import merge_tasks, view_tasks
from pipeline.warehouse.release import publish
from pipeline.warehouse.signatures import drop_stale
from targets.relations import PublishedRelations


class PublishRelease(DatabaseStep):
    """Moves all candidates to their homes in one transaction, once the audit has passed them."""

    code = ("pipeline.warehouse.release.publish",)
    snapshot = luigi.Parameter()
    settings = (Publication, Postgres)

    def inputs(self) -> Sequence[Step]:
        """Everything that a release holds."""
        accounts = [ReconcileRows(snapshot=self.snapshot), RunChecks(snapshot=self.snapshot)]
        return [*merge_tasks(self.snapshot), *view_tasks(self.snapshot), *accounts]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database: publications are recorded there."""
        return [PrepareDatabase()]

    def output(self) -> PublishedRelations:
        """All relations, each in its home with its fingerprint."""
        return PublishedRelations(luigi.task.flatten([step.output() for step in self.inputs()]))

    def run(self) -> None:
        """One transaction."""
        files, keep = snapshot.read_snapshot(self.snapshot), self.config[Publication].keep_releases
        connections = self.config[Postgres].connections
        # Before others look at what is left: nobody else may read what a transaction is about to drop.
        with transaction() as cursor:
            drop_stale(cursor, self.output().relations)
        with transaction(alone=True) as cursor:
            publish.publish(cursor, self.output().relations, self.snapshot, files, keep, connections)
