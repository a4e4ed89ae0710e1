"""The step that publishes a snapshot's candidates as a release."""

from collections.abc import Sequence

import luigi

from pipeline.acquire import snapshot
from pipeline.audit import Account, Audit
from pipeline.postgres import transaction
from pipeline.preparation import Prepare
from pipeline.relations import publishing
from pipeline.relations.signing import clear_stale
from pipeline.settings import Postgres, Publication
from pipeline.staging import all_tables
from pipeline.step import DatabaseStep, Step
from pipeline.views import all_views
from targets.relations import Published


class Publish(DatabaseStep):
    """Moves all candidates to their homes in one transaction, once the audit has passed them."""

    code = ("pipeline.relations.publishing",)
    snapshot = luigi.Parameter()
    settings = (Publication, Postgres)

    def inputs(self) -> Sequence[Step]:
        """Everything that a release holds."""
        accounts = [Account(snapshot=self.snapshot), Audit(snapshot=self.snapshot)]
        return [*all_tables(self.snapshot), *all_views(self.snapshot), *accounts]

    def gates(self) -> Sequence[Step]:
        """A prepared database: publications are recorded there."""
        return [Prepare()]

    def output(self) -> Published:
        """All relations, each in its home with its stamp."""
        return Published(luigi.task.flatten([step.output() for step in self.inputs()]))

    def run(self) -> None:
        """One transaction."""
        files, keep = snapshot.read(self.snapshot), self.knobs[Publication].keep_releases
        connections = self.knobs[Postgres].connections
        # Before others look at what is left: nobody else may read what a transaction is about to drop.
        with transaction() as cursor:
            clear_stale(cursor, self.output().relations)
        with transaction(alone=True) as cursor:
            publishing.publish(cursor, self.output().relations, self.snapshot, files, keep, connections)
