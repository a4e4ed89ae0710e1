"""Tasks that account for every row of a snapshot and check its candidates."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.config import Checks, Postgres
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.sources import era_of, eras
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.tables import EvaluateCorrections, cast_tasks, merge_tasks, view_tasks
from pipeline.warehouse.column_comments import RECORDS
from pipeline.warehouse.quality import checks, generated_checks, row_accounting
from pipeline.warehouse.signatures import drop_stale, sign_table
from targets.relations import Relation


class ReconcileRows(DatabaseStep):
    """Reconciles source and published rows of a snapshot; writes the tables of quarantined rows, flags and columns."""

    code = ("pipeline.warehouse.quality.row_accounting",)
    snapshot = luigi.Parameter()
    settings = (Postgres,)
    # As early as possible, beside the views: nothing else can run beside the checks, which need both.
    priority = 1

    def inputs(self) -> Sequence[Step]:
        return [*cast_tasks(self.snapshot), *merge_tasks(self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        folders = {era_of(file.source).folder for file in snapshot.read_snapshot(self.snapshot)}
        return [RECORDS, *sorted(path for folder in folders for path in folder.glob("*.csv"))]

    def output(self) -> list[Relation]:
        return [Relation("audit", name, self.fingerprint) for name in row_accounting.TABLES]

    def run(self) -> None:
        with transaction() as cursor:
            drop_stale(cursor, [step.output() for step in merge_tasks(self.snapshot)])
        sources = [file.source for file in snapshot.read_snapshot(self.snapshot)]
        with transaction("candidate", "ntsb") as cursor:
            row_accounting.create_accounts(cursor, sources, self.config[Postgres].connections)
            for relation in self.output():
                sign_table(cursor, relation)


class RunChecks(DatabaseStep):
    """Runs the checks on the candidates. If one fails, its result is kept, the task fails and nothing is published."""

    code = ("pipeline.warehouse.quality.checks", "pipeline.warehouse.quality.generated_checks", "pipeline.sources")
    snapshot = luigi.Parameter()
    settings = (Checks, Postgres)

    def inputs(self) -> Sequence[Step]:
        accounts = [ReconcileRows(snapshot=self.snapshot), EvaluateCorrections(snapshot=self.snapshot)]
        return [*merge_tasks(self.snapshot), *view_tasks(self.snapshot), *accounts]

    def source_files(self) -> Sequence[Path]:
        return [*checks.source_files(), *(era.folder / "era.toml" for era in eras())]

    def output(self) -> Relation:
        return Relation("audit", "check_result", self.fingerprint)

    def run(self) -> None:
        with transaction() as cursor:
            drop_stale(cursor, luigi.task.flatten([step.output() for step in self.inputs()]))
            postponed = checks.postponed_checks(cursor)
            ready = [check for check in generated_checks.all_checks(cursor) if check not in postponed]
        results = checks.run_checks(ready, self.config[Postgres].connections, self.config[Checks].param_kwargs)
        with transaction() as cursor:
            checks.write_results(cursor, results, postponed)
        checks.raise_on_failures(results)
        with transaction() as cursor:
            sign_table(cursor, self.output())
