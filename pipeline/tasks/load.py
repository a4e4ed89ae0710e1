"""Tasks that prepare the database, unpack archived zips, and load their tables as text."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import luigi

from pipeline import config, sources
from pipeline.config import Corrections, Postgres, Sources
from pipeline.ingest import archive, contents, snapshot, unpack
from pipeline.postgres import requirements, roles
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.warehouse import column_comments, raw_cases, raw_tables, table_schema
from pipeline.warehouse.overlay import definitions, files, load
from pipeline.warehouse.signatures import sign_schema
from targets.files import FingerprintedFile
from targets.relations import Relation, SchemaTarget


class PrepareDatabase(DatabaseStep):
    """Creates schemas, functions, roles and the empty tables; a prerequisite of every task inside the database."""

    code = ("pipeline.warehouse.table_schema",)
    settings = (Postgres,)

    def source_files(self) -> Sequence[Path]:
        schema = [*table_schema.function_files(), *table_schema.all_files(), column_comments.RECORDS]
        return [*schema, *sources.era_files(), roles.FILE]

    def output(self) -> SchemaTarget:
        return SchemaTarget("contract", self.fingerprint)

    def run(self) -> None:
        if url := self.config[Postgres].external_url():
            requirements.check_external_server(url, self.config[Postgres].external_owner_url())
        with transaction(owner=True) as cursor:
            table_schema.create_schemas(cursor)
            sign_schema(cursor, "contract", self.fingerprint)


class PreparedStep(DatabaseStep):
    """A task that works inside the prepared database."""

    def prerequisites(self) -> Sequence[Step]:
        return [PrepareDatabase()]


class LoadCorrections(PreparedStep):
    """Validates the reviewed corrections and loads them; with mistakes, the run stops before files are loaded."""

    code = ("pipeline.warehouse.overlay.load",)
    settings = (Corrections,)

    @cached_property
    def declared(self) -> files.Result:
        """The corrections and mistakes in the folder, as of the planning of the run."""
        return files.read_folder(self.config[Corrections].resolved_folder())

    def tables(self) -> set[str]:
        """Return the names of the tables that have corrections."""
        return {correction.table for correction in self.declared[0]}

    def fingerprint_parameters(self) -> dict[str, str]:
        """Add a digest of the corrections, if there are any: not their folder, files and order."""
        digest = definitions.digest(*self.declared)
        return super().fingerprint_parameters() | ({"corrections": digest} if digest else {})

    def output(self) -> Relation:
        return Relation("audit", "correction", self.fingerprint)

    def run(self) -> None:
        with transaction() as cursor:
            load.load_table(cursor, self.output(), *self.declared)


class UnpackAccessFile(Step):
    """Unpacks the Access file of one archived zip to `access/<sha256>/<source in lower case>.mdb`."""

    code = ("pipeline.ingest.unpack",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Sources,)
    # First of all: every other task depends on it, and it uses one processor.
    priority = 13

    def output(self) -> FingerprintedFile:
        folder = config.targets_folder() / "access" / self.sha256
        return FingerprintedFile(folder / f"{self.source.lower()}.mdb", self.fingerprint)

    def run(self) -> None:
        store, max_gb = config.targets_folder(), self.config[Sources].max_unpacked_gb
        zipped = archive.verify_zip(store, self.sha256)
        with self.output().writing(source=self.source, zip_sha256=self.sha256) as temporary:
            if not contents.take_unpacked(store, self.sha256, temporary):
                unpack.unpack_access_file(zipped, temporary, f"{self.source}.zip", max_gb)


class LoadRawTables(PreparedStep):
    """Copies every table of one Access file, or every case of the API, into schema raw_<source>."""

    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Postgres, Sources)
    # After CastTables of the oldest file and before that of the others; see CastTables.priority.
    priority = 11

    @property
    def era(self) -> sources.Era:
        """The era whose schema the file has."""
        return sources.era_of(self.source)

    def prerequisites(self) -> Sequence[Step]:
        return [*super().prerequisites(), LoadCorrections()]

    def calls(self) -> Sequence[str]:
        return ["pipeline.warehouse.raw_cases" if self.era.is_api else "pipeline.warehouse.raw_tables"]

    def inputs(self) -> Sequence[Step]:
        return [] if self.era.is_api else [UnpackAccessFile(source=self.source, sha256=self.sha256)]

    def source_files(self) -> Sequence[Path]:
        return (raw_cases if self.era.is_api else raw_tables).source_files(self.era)

    def output(self) -> SchemaTarget:
        return SchemaTarget(f"raw_{self.source.lower()}", self.fingerprint)

    def run(self) -> None:
        if self.era.is_api:
            months, store = snapshot.read_months(self.sha256), config.targets_folder()
            raw_cases.load_months(store, months, self.source, self.config[Sources].max_unpacked_gb)
        else:
            (unpacked,) = self.inputs()
            raw_tables.load_access_file(unpacked.output().path, self.source, self.config[Postgres].connections)
        with transaction() as cursor:
            sign_schema(cursor, self.output().schema, self.fingerprint)
