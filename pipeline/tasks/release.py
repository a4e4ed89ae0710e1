"""The task that publishes a snapshot's candidates as a release."""

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
    """Moves all candidates to their target schemas in one transaction, after the checks have passed."""

    code = ("pipeline.warehouse.release.publish",)
    snapshot = luigi.Parameter()
    settings = (Publication, Postgres)

    def inputs(self) -> Sequence[Step]:
        """All tables and views of a release, its row accounts and check results."""
        accounts = [ReconcileRows(snapshot=self.snapshot), RunChecks(snapshot=self.snapshot)]
        return [*merge_tasks(self.snapshot), *view_tasks(self.snapshot), *accounts]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database, which records publications."""
        return [PrepareDatabase()]

    def output(self) -> PublishedRelations:
        """All relations, each in its target schema with its fingerprint."""
        return PublishedRelations(luigi.task.flatten([step.output() for step in self.inputs()]))

    def run(self) -> None:
        """Drops stale candidates, then publishes in one transaction."""
        files, keep = snapshot.read_snapshot(self.snapshot), self.config[Publication].keep_releases
        connections = self.config[Postgres].connections
        # In its own transaction: the parallel sessions of a publication must not wait for the locks of the drop.
        with transaction(owner=True) as cursor:
            drop_stale(cursor, self.output().relations)
        with transaction(alone=True, owner=True) as cursor:
            publish.publish(cursor, self.output().relations, self.snapshot, files, keep, connections)
