"""The task that extracts the feature table: one row per event, as Parquet."""

from collections.abc import Sequence
from pathlib import Path

import luigi
from psycopg2.sql import SQL, Identifier

from pipeline import config
from pipeline.export import parquet
from pipeline.postgres.connection import connect
from pipeline.tasks.base import Step
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.tables import relation_tasks
from pipeline.warehouse.features import PLANNER_SETTINGS, feature_files, relations_read
from targets.files import FingerprintedFile


class ExtractFeatures(Step):
    """Writes `features/event_features.parquet`, sorted by ev_id."""

    code = ("pipeline.export.parquet", "pipeline.warehouse.features")
    snapshot = luigi.Parameter()
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        """The relations that the feature queries read."""
        return relation_tasks(self.snapshot, relations_read())

    def prerequisites(self) -> Sequence[Step]:
        """The published release."""
        return [PublishRelease(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """The SQL of the feature queries."""
        return feature_files()

    def output(self) -> FingerprintedFile:
        """The feature table."""
        return FingerprintedFile(config.targets_folder() / "features" / "event_features.parquet", self.fingerprint)

    def run(self) -> None:
        """Creates the queries as temporary views and exports the last one."""
        with connect(("ntsb", "staging", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            with connection.cursor() as cursor:
                for path in feature_files():
                    query = SQL("create temporary view {} as {}")
                    cursor.execute(query.format(Identifier(path.stem), SQL(path.read_text(encoding="utf-8"))))
                cursor.execute(PLANNER_SETTINGS)
            parquet.export_relation(connection, "event_features", temporary, ("ev_id",))
