"""Steps that bring the published relations to Parquet files and into a DuckDB file."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline import config
from pipeline.export import duckdb, parquet
from pipeline.postgres.connection import connect, transaction
from pipeline.tasks.base import Step
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.tables import relation_tasks
from pipeline.warehouse import mappings, table_schema, views
from targets.files import FingerprintedFile

# Staging views hold nothing that the tables do not.
EXPORTED_VIEWS = [name for name in views.view_names() if views.target_schema(views.view_file(name)) != views.STAGING]
EXPORTED_RELATIONS = (*table_schema.tables(), *mappings.table_names(), *EXPORTED_VIEWS)


class ExportParquet(Step):
    """Writes one published table or view as `parquet/<schema>/<name>.parquet`, sorted by its key."""

    code = ("pipeline.export.parquet",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=EXPORTED_RELATIONS)
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        """The relation."""
        return relation_tasks(self.snapshot, [self.name])

    def prerequisites(self) -> Sequence[Step]:
        """It must be published."""
        return [PublishRelease(snapshot=self.snapshot)]

    @property
    def target_schema(self) -> str:
        """The schema where readers find it."""
        return str(self.inputs()[0].output().target_schema)

    def output(self) -> FingerprintedFile:
        """The Parquet file."""
        return FingerprintedFile(
            config.targets_folder() / "parquet" / self.target_schema / f"{self.name}.parquet", self.fingerprint
        )

    def run(self) -> None:
        """Streams the relation through COPY."""
        with connect(("ntsb", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            parquet.export_relation(connection, self.name, temporary, self.key())

    def key(self) -> tuple[str, ...]:
        """What to sort by: the key of the table or materialized view; a plain view is sorted by all of its columns."""
        if self.name in views.view_names():
            return views.unique_key(views.view_file(self.name))
        if self.name in mappings.table_names():
            return ("list", "line")
        with transaction() as cursor:
            return table_schema.primary_key(cursor, self.name)


class ExportDuckdb(Step):
    """Puts all Parquet files into one DuckDB file that stands alone: `duckdb/accidents.duckdb`."""

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
        """Copies every Parquet file in, and none that an earlier version of the pipeline has left."""
        with self.output().writing() as temporary:
            duckdb.write_database(self.folder(), temporary, [step.output().path for step in self.inputs()])

    def folder(self) -> Path:
        """Where the Parquet files lie: one folder per schema below it."""
        return config.targets_folder() / "parquet"
