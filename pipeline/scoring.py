"""The step that writes class probabilities of all events, or of a given table of features."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import luigi

from pipeline import settings
from pipeline.errors import FeaturesUnfit
from pipeline.features import Features
from pipeline.postgres import transaction
from pipeline.publication import Publish
from pipeline.relations import scoring
from pipeline.step import DatabaseStep, Step
from pipeline.training import Train
from targets.files import StampedFile, sha256_of
from targets.relations import Relation

FOLDER = "scores"
RELEASE = "release"


class ScoreEvents(DatabaseStep):
    """Writes `scores/severity_score.parquet` and `mart.severity_score`: every event of the release's feature table.

    `features`: a Parquet file instead; then only `scores/given/<its name>.parquet` is written, because its events are
    no part of the release.
    """

    code = ("models.score", "pipeline.relations.scoring")
    snapshot = luigi.Parameter()
    features = luigi.Parameter(default=RELEASE)
    libraries = ("xgboost", "numpy", "pandas", "pyarrow")

    def inputs(self) -> Sequence[Step]:
        """The model, and the feature table unless another is given."""
        train = Train(snapshot=self.snapshot)
        return [train] if self.given else [train, Features(snapshot=self.snapshot)]

    def gates(self) -> Sequence[Step]:
        """The release must be published."""
        return [Publish(snapshot=self.snapshot)]

    def recipe(self) -> Sequence[Path]:
        """What the table is."""
        return [scoring.FILE]

    @property
    def given(self) -> Path | None:
        """The file in place of the release's feature table."""
        return None if self.features == RELEASE else Path(self.features)

    @cached_property
    def ingredients(self) -> dict[str, str]:
        """Those of every step, and the bytes of a given file."""
        return super().ingredients | ({"bytes of the given file": _bytes(self.given)} if self.given else {})

    def output(self) -> list[luigi.Target]:
        """The file, and the table where the events are those of the release."""
        folder = settings.targets_folder() / FOLDER
        if self.given:
            return [StampedFile(folder / "given" / f"{self.given.stem}.parquet", self.stamp)]
        file = StampedFile(folder / "severity_score.parquet", self.stamp)
        return [file, Relation("mart", "severity_score", self.stamp)]

    def run(self) -> None:
        """Scores, writes the file, then the table."""
        train, *rest = self.inputs()
        table = self.given or rest[0].output().path
        file, *relations = self.output()
        with file.writing() as temporary:
            rows = score(train.output()[0].path, table, temporary)
            for relation in relations:
                with transaction() as cursor:
                    scoring.publish_scores(cursor, relation, *rows)


def _bytes(path: Path) -> str:
    if not path.is_file():
        raise FeaturesUnfit(f"[ScoreEvents] features = {path}: a Parquet file expected, none found; name one")
    return sha256_of(path)[:16]


def score(study: Path, table: Path, to: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """Writes the scores of a table of features as Parquet; returns columns and rows. Raises FeaturesUnfit."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet

    from models.score import WrongColumns, load

    try:
        scores = load(study).scores(pd.read_parquet(table))
    except (WrongColumns, pa.ArrowInvalid) as error:
        raise FeaturesUnfit(f"{table}: {error}") from error
    written = pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata()
    pyarrow.parquet.write_table(written, to, compression="zstd")
    return list(scores.columns), list(scores.itertuples(index=False, name=None))
