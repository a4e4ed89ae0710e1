"""Tasks that export the published relations to Parquet files and a DuckDB file."""

from collections.abc import Sequence

import luigi

from pipeline import config
from pipeline.export import duckdb, parquet
from pipeline.ingest import snapshot
from pipeline.postgres.connection import connect, transaction
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadCorrections
from pipeline.tasks.release import ExportStep
from pipeline.tasks.tables import EvaluateCorrections, relation_tasks
from pipeline.warehouse import mappings, table_schema, views
from pipeline.warehouse.overlay import evaluate
from targets.files import FingerprintedFile

# Primary keys of the tables of reviewed corrections.
CORRECTION_KEYS = {
    "correction": ("id",),
    "applied_correction": ("table_name", "row_key", "column_name"),
    "unapplied_correction": ("correction_id",),
}
# Staging views hold nothing that the tables do not.
EXPORTED_VIEWS = [name for name in views.view_names() if views.target_schema(views.view_file(name)) != views.STAGING]
EXPORTED_RELATIONS = (*table_schema.tables(), *mappings.table_names(), *EXPORTED_VIEWS, *CORRECTION_KEYS)


class ExportParquet(ExportStep):
    """Exports one published table or view to `parquet/<schema>/<name>.parquet`, sorted by its key."""

    code = ("pipeline.export.parquet",)
    name = luigi.ChoiceParameter(choices=EXPORTED_RELATIONS)
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        if self.name in CORRECTION_KEYS:
            return [EvaluateCorrections(snapshot=self.snapshot) if self.name in evaluate.TABLES else LoadCorrections()]
        return relation_tasks(self.snapshot, [self.name])

    def output(self) -> FingerprintedFile:
        (relation,) = (item for item in luigi.task.flatten(self.inputs()[0].output()) if item.name == self.name)
        folder = config.targets_folder() / "parquet" / relation.target_schema
        return FingerprintedFile(folder / f"{self.name}.parquet", self.fingerprint)

    def run(self) -> None:
        with connect(("ntsb", "mart", "code_mappings", "audit")) as connection, self.output().writing() as temporary:
            parquet.export_relation(connection, self.name, temporary, self.sort_key(), self.notice)

    def sort_key(self) -> tuple[str, ...]:
        """Return the key columns of a table or materialized view; none for a plain view, sorted by all columns."""
        if self.name in views.view_names():
            return views.unique_key(views.view_file(self.name))
        if self.name in mappings.table_names():
            return ("list", "line")
        if self.name in CORRECTION_KEYS:
            return CORRECTION_KEYS[self.name]
        with transaction() as cursor:
            return table_schema.primary_key(cursor, self.name)


class ExportDuckdb(Step):
    """Copies all Parquet files into the self-contained DuckDB file `duckdb/accidents.duckdb`."""

    code = ("pipeline.export.duckdb",)
    snapshot = luigi.Parameter()
    libraries = ("duckdb",)

    def inputs(self) -> Sequence[Step]:
        return [ExportParquet(snapshot=self.snapshot, name=name) for name in EXPORTED_RELATIONS]

    def output(self) -> FingerprintedFile:
        return FingerprintedFile(config.targets_folder() / "duckdb" / "accidents.duckdb", self.fingerprint)

    def run(self) -> None:
        with self.output().writing() as temporary:
            folder = config.targets_folder() / "parquet"
            # By name: the folder may hold files that an earlier version left.
            files = [step.output().path for step in self.inputs()]
            duckdb.write_database(folder, temporary, files, snapshot.notice(snapshot.read_snapshot(self.snapshot)))
