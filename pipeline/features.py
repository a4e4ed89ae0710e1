"""The step that makes the feature table: one row per event, from SQL, as Parquet."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline import settings
from pipeline.export import parquet
from pipeline.postgres import connect
from pipeline.publication import Publish
from pipeline.relations import contract
from pipeline.step import Step
from pipeline.views import relations
from targets.files import StampedFile

FOLDER = settings.SQL / "features"


def feature_files() -> list[Path]:
    """The feature queries, those that others read first; the last one is the feature table."""
    waiting = sorted(FOLDER.glob("*.sql"))
    ordered: list[Path] = []
    while waiting:
        names = {path.stem for path in waiting}
        ready = [path for path in waiting if not set(contract.needs(path)) & names]
        if not ready:
            raise ValueError(f"feature queries read each other in a circle: {', '.join(sorted(names))}")
        ordered += ready
        waiting = [path for path in waiting if path not in ready]
    return ordered


def tables_read() -> list[str]:
    """Published relations that the feature queries read."""
    files = feature_files()
    own = {path.stem for path in files}
    return sorted({name for path in files for name in contract.needs(path)} - own)


# A first aircraft and a first crew member are found by joins whose rows the planner takes for a few: it would look at
# all of the other side for each of them.
PLAN = "set enable_nestloop = off; set enable_mergejoin = off"


class Features(Step):
    """Writes `features/event_features.parquet`, sorted by ev_id."""

    code = ("pipeline.export.parquet",)
    snapshot = luigi.Parameter()
    libraries = ("pyarrow",)

    def inputs(self) -> Sequence[Step]:
        """The relations that the queries read."""
        return relations(self.snapshot, tables_read())

    def gates(self) -> Sequence[Step]:
        """They must be published."""
        return [Publish(snapshot=self.snapshot)]

    def recipe(self) -> Sequence[Path]:
        """The queries."""
        return feature_files()

    def output(self) -> StampedFile:
        """The feature table."""
        return StampedFile(settings.targets_folder() / "features" / "event_features.parquet", self.stamp)

    def run(self) -> None:
        """Makes the queries temporary views and streams the last one out."""
        with connect(("ntsb", "mart", "code_mappings")) as connection, self.output().writing() as temporary:
            with connection.cursor() as cursor:
                for path in feature_files():
                    cursor.execute(f"create temporary view {path.stem} as {path.read_text()}")
                cursor.execute(PLAN)
            parquet.export(connection, "event_features", temporary, ("ev_id",))
