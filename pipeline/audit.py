"""Steps that keep the accounts of a snapshot and judge its candidates."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.acquire import snapshot
from pipeline.eras import era_of
from pipeline.postgres import transaction
from pipeline.relations import accounting, auditing
from pipeline.relations.signing import clear_stale, sign_table
from pipeline.settings import Checks, Postgres
from pipeline.staging import all_tables, typed_files
from pipeline.step import DatabaseStep, Step
from pipeline.views import all_views
from targets.relations import Relation


class Account(DatabaseStep):
    """Row conservation, quarantine, flags and the column ledger of a snapshot."""

    code = ("pipeline.relations.accounting",)
    snapshot = luigi.Parameter()
    settings = (Postgres,)

    def inputs(self) -> Sequence[Step]:
        """Every typed file and every table."""
        return [*typed_files(self.snapshot), *all_tables(self.snapshot)]

    def recipe(self) -> Sequence[Path]:
        """What eras say they derive."""
        folders = {era_of(file.source).folder for file in snapshot.read(self.snapshot)}
        return sorted(path for folder in folders for path in folder.glob("*.csv"))

    def output(self) -> list[Relation]:
        """The four tables."""
        return [Relation("audit", name, self.stamp) for name in accounting.TABLES]

    def run(self) -> None:
        """One transaction, once no stale candidate is left that could be counted."""
        with transaction() as cursor:
            clear_stale(cursor, [step.output() for step in all_tables(self.snapshot)])
        sources = [file.source for file in snapshot.read(self.snapshot)]
        with transaction("candidate", "ntsb") as cursor:
            accounting.keep_accounts(cursor, sources, self.knobs[Postgres].connections)
            for relation in self.output():
                sign_table(cursor, relation)


class Audit(DatabaseStep):
    """Runs every check that can be asked now. Where one stops publication, its result stays and the step fails."""

    code = ("pipeline.relations.auditing",)
    snapshot = luigi.Parameter()
    settings = (Checks, Postgres)

    def inputs(self) -> Sequence[Step]:
        """Everything that is to be published."""
        return [*all_tables(self.snapshot), *all_views(self.snapshot), Account(snapshot=self.snapshot)]

    def recipe(self) -> Sequence[Path]:
        """The checks."""
        return auditing.files()

    def output(self) -> Relation:
        """The results, one row per check."""
        return Relation("audit", "check_result", self.stamp)

    def run(self) -> None:
        """Keeps the results in any case; signs them only where nothing stops."""
        with transaction() as cursor:
            clear_stale(cursor, luigi.task.flatten([step.output() for step in self.inputs()]))
            later = auditing.postponed(cursor)
        results = auditing.run_all(later, self.knobs[Postgres].connections, self.knobs[Checks].max_quarantined_share)
        with transaction() as cursor:
            auditing.keep(cursor, results, later)
        auditing.judge(results)
        with transaction() as cursor:
            sign_table(cursor, self.output())
