"""Steps that keep the accounts of a snapshot and judge its candidates."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.config import Checks, Postgres
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.sources import era_of
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.tables import cast_tasks, merge_tasks, view_tasks
from pipeline.warehouse.quality import checks, generated_checks, row_accounting
from pipeline.warehouse.signatures import drop_stale, sign_table
from targets.relations import Relation


class ReconcileRows(DatabaseStep):
    """Row conservation, quarantine, flags and the column ledger of a snapshot."""

    code = ("pipeline.warehouse.quality.row_accounting",)
    snapshot = luigi.Parameter()
    settings = (Postgres,)

    def inputs(self) -> Sequence[Step]:
        """Every typed file and every table."""
        return [*cast_tasks(self.snapshot), *merge_tasks(self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """What eras say they derive."""
        folders = {era_of(file.source).folder for file in snapshot.read_snapshot(self.snapshot)}
        return sorted(path for folder in folders for path in folder.glob("*.csv"))

    def output(self) -> list[Relation]:
        """The four tables."""
        return [Relation("audit", name, self.fingerprint) for name in row_accounting.TABLES]

    def run(self) -> None:
        """One transaction, once no stale candidate is left that could be counted."""
        with transaction() as cursor:
            drop_stale(cursor, [step.output() for step in merge_tasks(self.snapshot)])
        sources = [file.source for file in snapshot.read_snapshot(self.snapshot)]
        with transaction("candidate", "ntsb") as cursor:
            row_accounting.create_accounts(cursor, sources, self.config[Postgres].connections)
            for relation in self.output():
                sign_table(cursor, relation)


class RunChecks(DatabaseStep):
    """Runs every check that can be asked now. Where one stops publication, its result stays and the step fails."""

    code = ("pipeline.warehouse.quality.checks", "pipeline.warehouse.quality.generated_checks")
    snapshot = luigi.Parameter()
    settings = (Checks, Postgres)

    def inputs(self) -> Sequence[Step]:
        """Everything that is to be published."""
        return [*merge_tasks(self.snapshot), *view_tasks(self.snapshot), ReconcileRows(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """The checks."""
        return checks.files()

    def output(self) -> Relation:
        """The results, one row per check."""
        return Relation("audit", "check_result", self.fingerprint)

    def run(self) -> None:
        """Keeps the results in any case; signs them only where nothing stops."""
        with transaction() as cursor:
            drop_stale(cursor, luigi.task.flatten([step.output() for step in self.inputs()]))
            postponed = checks.postponed_checks(cursor)
            ready = [check for check in generated_checks.all_checks(cursor) if check not in postponed]
        results = checks.run_checks(ready, self.config[Postgres].connections, self.config[Checks].max_quarantined_share)
        with transaction() as cursor:
            checks.write_results(cursor, results, postponed)
        checks.raise_on_failures(results)
        with transaction() as cursor:
            sign_table(cursor, self.output())
