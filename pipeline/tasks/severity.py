"""The step that runs the severity study and logs it to MLflow.

The step that writes class probabilities of all events, or of a given table of features.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import luigi

from models.severity.data import feature_registry
from models.severity.errors import InvalidStudy
from models.severity.evaluation.leakage import WAIVERS_FILE
from models.severity.tracking.run_lookup import is_logged, store_addresses
from pipeline import config
from pipeline.config import Severity, Training
from pipeline.errors import InvalidFeatureTable, StudyFailed
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.features import ExtractFeatures
from pipeline.tasks.release import PublishRelease
from pipeline.warehouse import scores
from pipeline.warehouse.release.publish import current_release, publications
from targets.files import FingerprintedFile, sha256_of
from targets.relations import Relation


class LoggedRun(luigi.Target):
    """A finished MLflow run that bears my fingerprint."""

    def __init__(self, tracking_uri: str, fingerprint: str) -> None:
        self.tracking_uri = tracking_uri
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"LoggedRun({self.fingerprint})"

    def exists(self) -> bool:
        """True where the run and its artifacts are there. Raises StudyRefused where the store is not."""
        with study_errors():
            return is_logged(self.tracking_uri, self.fingerprint)


class TrainSeverityModel(Step):
    """Runs the study on the feature table; one MLflow run, and its figures as files, per fingerprint."""

    code = ("models.severity.study", "models.severity.artifacts", "models.severity.tracking.runs")
    snapshot = luigi.Parameter()
    settings = (Severity, Training)
    libraries = ("xgboost", "scikit-learn", "numpy", "pandas", "matplotlib", "jinja2", "optuna")

    def inputs(self) -> Sequence[Step]:
        """The feature table."""
        return [ExtractFeatures(snapshot=self.snapshot)]

    def prerequisites(self) -> Sequence[Step]:
        """The release that the run is tagged with."""
        return [PublishRelease(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """What a model may know, and when; and the words of its cards."""
        return [
            feature_registry.FEATURES_FILE,
            feature_registry.COLUMNS_FILE,
            WAIVERS_FILE,
            *sorted(feature_registry.FEATURES_FILE.parent.glob("*.jinja")),
        ]

    @property
    def addresses(self) -> tuple[str, str | None]:
        """MLflow's tracking address and artifact root."""
        return store_addresses(self.config[Training].tracking_uri, config.mlflow_folder())

    def output(self) -> list[luigi.Target]:
        """The run, and what `models.severity.artifacts.write_artifacts` leaves in `studies/severity/`."""
        folder = FingerprintedFile(config.targets_folder() / "studies" / "severity", self.fingerprint)
        return [folder, LoggedRun(self.addresses[0], self.fingerprint)]

    def run(self) -> None:
        """Studies, logs, then signs the files."""
        (features,) = self.inputs()
        place, target = features.output().path, self.output()[0]
        study_severity(place, target, self.addresses, self.tags(), self.chosen(), self.promotion(), self.helpers())

    def chosen(self) -> dict[str, Any]:
        """Every knob of the study by name: those that can change its result."""
        pairs = [
            (section, name)
            for section in self.config.values()
            for name, each in section.get_params()
            if each.significant
        ]
        return {name: getattr(section, name) for section, name in pairs}

    def helpers(self) -> dict[str, str]:
        """Who else works on the study, by `models.severity.study.run_study`; where they are decides nothing."""
        knobs = self.config[Training]
        return {"tuning_storage": knobs.tuning_storage, "dask_scheduler": knobs.dask_scheduler}

    def promotion(self) -> dict[str, Any]:
        """What decides who is champion, which is no part of the study: releases, patience, and the log."""
        patience, log = self.config[Training].max_champion_age, config.ledger_folder() / "promotions.csv"
        return {"releases": publications(), "patience": patience, "log": log}

    def tags(self) -> dict[str, str]:
        """What the run must say of where it comes from."""
        tags = {"fingerprint": self.fingerprint, "snapshot": self.snapshot, "release": current_release()}
        return tags | git_commit()


@contextmanager
def study_errors() -> Iterator[None]:
    """Inside, a study that is impossible is a StudyRefused."""
    try:
        yield
    except InvalidStudy as error:
        raise StudyFailed(str(error)) from error


def git_commit() -> dict[str, str]:
    """The commit of the checkout as a tag, nothing outside one."""
    command = ["git", "-C", str(config.REPOSITORY), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return {}
    return {"git_commit": done.stdout.strip()} if done.returncode == 0 else {}


def study_severity(
    features: Path,
    target: FingerprintedFile,
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    knobs: Mapping[str, Any],
    promotion: Mapping[str, Any],
    helpers: Mapping[str, str],
) -> None:
    """Runs, writes and logs the study of a feature table. `promotion`: the values of `models.severity.tracking.model_registry.PromotionTerms`.

    `helpers`: addresses of who else works on it. Every look at a test part is in the ledger. Raises StudyRefused.
    """
    import pandas as pd

    from models.severity import artifacts, study
    from models.severity.tracking import model_registry, runs, store, test_ledger

    frame = pd.read_parquet(features)
    with study_errors():
        store.require_store(stores[0])
        found = study.run_study(frame, study.StudySettings(**knobs), **helpers)
        test_ledger.record_evaluation(config.ledger_folder() / "test_ledger.csv", found, tags)
    names = artifacts.identity(found, frame, tags["fingerprint"])
    with target.writing() as temporary:
        artifacts.write_artifacts(found, temporary, names)
        terms = model_registry.PromotionTerms(**promotion)
        params = dict(knobs) | {"max_champion_age": terms.patience}
        runs.log_study(found, frame, temporary, stores, dict(tags) | artifacts.identity_tags(names), params, terms)


FOLDER = "scores"
RELEASE = "release"


class ScoreEvents(DatabaseStep):
    """Writes `scores/severity_score.parquet` and `mart.severity_score`: every event of the release's feature table.

    `features`: a Parquet file instead; then only `scores/given/<its name>.parquet` is written, because its events are
    no part of the release.
    """

    code = ("models.severity.scoring", "pipeline.warehouse.scores")
    snapshot = luigi.Parameter()
    features = luigi.Parameter(default=RELEASE)
    libraries = ("xgboost", "numpy", "pandas", "pyarrow")

    def inputs(self) -> Sequence[Step]:
        """The model, and the feature table unless another is given."""
        train = TrainSeverityModel(snapshot=self.snapshot)
        return [train] if self.given else [train, ExtractFeatures(snapshot=self.snapshot)]

    def prerequisites(self) -> Sequence[Step]:
        """The release must be published."""
        return [PublishRelease(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """What the table is."""
        return [scores.TABLE_FILE]

    @property
    def given(self) -> Path | None:
        """The file in place of the release's feature table."""
        return None if self.features == RELEASE else Path(self.features)

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """Those of every step, and the bytes of a given file."""
        return super().fingerprint_inputs | (
            {"bytes of the given file": _content_digest(self.given)} if self.given else {}
        )

    def output(self) -> list[luigi.Target]:
        """The file, and the table where the events are those of the release."""
        folder = config.targets_folder() / FOLDER
        if self.given:
            return [FingerprintedFile(folder / "given" / f"{self.given.stem}.parquet", self.fingerprint)]
        file = FingerprintedFile(folder / "severity_score.parquet", self.fingerprint)
        return [file, Relation("mart", "severity_score", self.fingerprint)]

    def run(self) -> None:
        """Scores, writes the file, then the table."""
        train, *rest = self.inputs()
        table = self.given or rest[0].output().path
        file, *relations = self.output()
        with file.writing() as temporary:
            rows = score_file(train.output()[0].path, table, temporary)
            for relation in relations:
                with transaction() as cursor:
                    scores.publish_scores(cursor, relation, *rows)


def _content_digest(path: Path) -> str:
    if not path.is_file():
        raise InvalidFeatureTable(f"[ScoreEvents] features = {path}: a Parquet file expected, none found; name one")
    return sha256_of(path)[:16]


def score_file(study: Path, table: Path, to: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """Writes the scores of a table of features as Parquet; returns columns and rows. Raises FeaturesUnfit."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet

    from models.severity.scoring import InvalidColumns, load_scorer

    try:
        scores = load_scorer(study).scores(pd.read_parquet(table))
    except (InvalidColumns, pa.ArrowInvalid) as error:
        raise InvalidFeatureTable(f"{table}: {error}") from error
    written = pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata()
    pyarrow.parquet.write_table(written, to, compression="zstd")
    return list(scores.columns), list(scores.itertuples(index=False, name=None))
