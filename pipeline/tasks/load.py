"""The step that makes the database ready: the pipeline's own schemas, functions and roles, and the empty contract.

Steps from an archived zip to raw text: unpack, land.
"""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline import config
from pipeline.config import Postgres, Sources
from pipeline.ingest import archive, unpack
from pipeline.postgres import requirements
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.warehouse import raw_tables, table_schema
from pipeline.warehouse.signatures import sign_schema
from targets.files import FingerprintedFile
from targets.relations import SchemaTarget


class PrepareDatabase(DatabaseStep):
    """Makes schemas, functions, roles and the empty contract. A gate of every step inside the database."""

    code = ("pipeline.warehouse.table_schema",)
    settings = (Postgres,)

    def source_files(self) -> Sequence[Path]:
        """The base SQL and the contract."""
        return [*table_schema.function_files(), *table_schema.all_files()]

    def output(self) -> SchemaTarget:
        """The schema `contract`."""
        return SchemaTarget("contract", self.fingerprint)

    def run(self) -> None:
        """One transaction, safe to run again. A server of the user's is looked at first: all its faults at once."""
        if url := self.config[Postgres].external_url():
            requirements.check_external_server(url)
        with transaction() as cursor:
            table_schema.create_schemas(cursor)
            sign_schema(cursor, "contract", self.fingerprint)


class UnpackAccessFile(Step):
    """Takes the Access file out of one archived zip: `access/<sha256>/<source>.mdb`, lower case."""

    code = ("pipeline.ingest.unpack",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Sources,)
    # Everything waits for it, and it takes one processor: first of all.
    priority = 13

    def output(self) -> FingerprintedFile:
        """The Access file."""
        folder = config.targets_folder() / "access" / self.sha256
        return FingerprintedFile(folder / f"{self.source.lower()}.mdb", self.fingerprint)

    def run(self) -> None:
        """Proves the archived bytes, then unpacks them."""
        zipped = archive.verify_zip(config.targets_folder(), self.sha256)
        with self.output().writing(source=self.source, zip_sha256=self.sha256) as temporary:
            unpack.unpack_access_file(zipped, temporary, f"{self.source}.zip", self.config[Sources].max_unpacked_gb)


class LoadRawTables(DatabaseStep):
    """Copies every table of one Access file into raw_<source> and proves the counts."""

    code = ("pipeline.warehouse.raw_tables",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Postgres,)
    # After the typing of the oldest file and before that of the others: see Type.
    priority = 11

    def inputs(self) -> Sequence[Step]:
        """The Access file."""
        return [UnpackAccessFile(source=self.source, sha256=self.sha256)]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def output(self) -> SchemaTarget:
        """The raw schema."""
        return SchemaTarget(f"raw_{self.source.lower()}", self.fingerprint)

    def run(self) -> None:
        """Lands all tables, then signs them together."""
        (unpacked,) = self.inputs()
        raw_tables.load_access_file(unpacked.output().path, self.source, self.config[Postgres].connections)
        with transaction() as cursor:
            sign_schema(cursor, self.output().schema, self.fingerprint)
