"""The task that extracts the feature table: one row per event, as Parquet."""

from collections.abc import Sequence
from pathlib import Path

from psycopg2.sql import SQL, Identifier

from pipeline import config
from pipeline.export import parquet
from pipeline.postgres.connection import connect
from pipeline.tasks.base import Step
from pipeline.tasks.release import ExportStep
from pipeline.tasks.tables import relation_tasks
from pipeline.warehouse.features import PLANNER_SETTINGS, feature_files, relations_read
from pipeline.warehouse.views import function_files
from targets.files import FingerprintedFile


class ExtractFeatures(ExportStep):
    """Writes `features/event_features.parquet`, sorted by ev_id."""

    code = ("pipeline.export.parquet", "pipeline.warehouse.features")
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        return relation_tasks(self.snapshot, relations_read())

    def source_files(self) -> Sequence[Path]:
        return [file for path in feature_files() for file in (path, *function_files(path))]

    def output(self) -> FingerprintedFile:
        return FingerprintedFile(config.targets_folder() / "features" / "event_features.parquet", self.fingerprint)

    def run(self) -> None:
        with connect(("ntsb", "staging", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            with connection.cursor() as cursor:
                for path in feature_files():
                    query = SQL("create temporary view {} as {}")
                    cursor.execute(query.format(Identifier(path.stem), SQL(path.read_text(encoding="utf-8"))))
                cursor.execute(PLANNER_SETTINGS)
            parquet.export_relation(connection, "event_features", temporary, ("ev_id",), self.notice)
