"""Steps that bring the published relations to Parquet files and into a DuckDB file."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline import settings
from pipeline.export import duckdb_file, parquet
from pipeline.postgres import connect, transaction
from pipeline.publication import Publish
from pipeline.relations import contract, reviewed, viewing
from pipeline.step import Step
from pipeline.views import relations
from targets.files import StampedFile

EXPORTED = (*contract.tables(), *reviewed.names(), *viewing.names())


class ExportParquet(Step):
    """Writes one published table or view as `parquet/<home>/<name>.parquet`, sorted by its key."""

    code = ("pipeline.export.parquet",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=EXPORTED)
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        """The relation."""
        return relations(self.snapshot, [self.name])

    def gates(self) -> Sequence[Step]:
        """It must be published."""
        return [Publish(snapshot=self.snapshot)]

    @property
    def home(self) -> str:
        """The schema where readers find it."""
        return str(self.inputs()[0].output().home)

    def output(self) -> StampedFile:
        """The Parquet file."""
        return StampedFile(settings.targets_folder() / "parquet" / self.home / f"{self.name}.parquet", self.stamp)

    def run(self) -> None:
        """Streams the relation through COPY."""
        with connect(("ntsb", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            parquet.export(connection, self.name, temporary, self.key())

    def key(self) -> tuple[str, ...]:
        """What to sort by: the key of the table or materialized view; a plain view is sorted by all of its columns."""
        if self.name in viewing.names():
            return viewing.key(viewing.view_file(self.name))
        if self.name in reviewed.names():
            return ("list", "line")
        with transaction() as cursor:
            return contract.primary_key(cursor, self.name)


class Duckdb(Step):
    """Puts all Parquet files into one DuckDB file that stands alone: `duckdb/accidents.duckdb`."""

    code = ("pipeline.export.duckdb_file",)
    snapshot = luigi.Parameter()
    libraries = ("duckdb",)

    def inputs(self) -> Sequence[Step]:
        """Every Parquet file."""
        return [ExportParquet(snapshot=self.snapshot, name=name) for name in EXPORTED]

    def output(self) -> StampedFile:
        """The DuckDB file."""
        return StampedFile(settings.targets_folder() / "duckdb" / "accidents.duckdb", self.stamp)

    def run(self) -> None:
        """Copies every Parquet file in, and none that an earlier version of the pipeline has left."""
        with self.output().writing() as temporary:
            duckdb_file.write(self.folder(), temporary, [step.output().path for step in self.inputs()])

    def folder(self) -> Path:
        """Where the Parquet files lie: one folder per schema below it."""
        return settings.targets_folder() / "parquet"
