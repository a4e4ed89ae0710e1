"""Tasks that export the published relations to Parquet files and a DuckDB file."""

from collections.abc import Sequence

import luigi

from pipeline import config
from pipeline.export import duckdb, parquet
from pipeline.postgres.connection import connect, transaction
from pipeline.tasks.base import Step
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.tables import relation_tasks
from pipeline.warehouse import mappings, table_schema, views
from targets.files import FingerprintedFile

EXPORTED_RELATIONS = (*table_schema.tables(), *mappings.table_names(), *views.view_names())


class ExportParquet(Step):
    """Exports one published table or view to `parquet/<schema>/<name>.parquet`, sorted by its key."""

    code = ("pipeline.export.parquet",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=EXPORTED_RELATIONS)
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        """The table or view."""
        return relation_tasks(self.snapshot, [self.name])

    def prerequisites(self) -> Sequence[Step]:
        """The published release."""
        return [PublishRelease(snapshot=self.snapshot)]

    @property
    def target_schema(self) -> str:
        """The schema in which the relation is published."""
        return str(self.inputs()[0].output().target_schema)

    def output(self) -> FingerprintedFile:
        """The Parquet file."""
        return FingerprintedFile(
            config.targets_folder() / "parquet" / self.target_schema / f"{self.name}.parquet", self.fingerprint
        )

    def run(self) -> None:
        """Exports the relation with COPY."""
        with connect(("ntsb", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            parquet.export_relation(connection, self.name, temporary, self.sort_key())

    def sort_key(self) -> tuple[str, ...]:
        """The key columns of a table or materialized view; empty for a plain view, which is sorted by all columns."""
        if self.name in views.view_names():
            return views.unique_key(views.view_file(self.name))
        if self.name in mappings.table_names():
            return ("list", "line")
        with transaction() as cursor:
            return table_schema.primary_key(cursor, self.name)


class ExportDuckdb(Step):
    """Copies all Parquet files into the self-contained DuckDB file `duckdb/accidents.duckdb`."""

    code = ("pipeline.export.duckdb",)
    snapshot = luigi.Parameter()
    libraries = ("duckdb",)

    def inputs(self) -> Sequence[Step]:
        """Every Parquet file."""
        return [ExportParquet(snapshot=self.snapshot, name=name) for name in EXPORTED_RELATIONS]

    def output(self) -> FingerprintedFile:
        """The DuckDB file."""
        return FingerprintedFile(config.targets_folder() / "duckdb" / "accidents.duckdb", self.fingerprint)

    def run(self) -> None:
        """Copies the Parquet files of this version, ignoring files that an earlier version left."""
        with self.output().writing() as temporary:
            folder = config.targets_folder() / "parquet"
            duckdb.write_database(folder, temporary, [step.output().path for step in self.inputs()])
