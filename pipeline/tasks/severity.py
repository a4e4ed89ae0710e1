"""Tasks that train the severity model and score events with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import luigi

from models.severity.errors import InvalidStudy
from models.severity.tracking.run_lookup import is_logged, store_addresses
from pipeline import config, fingerprint
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


@contextmanager
def study_errors() -> Iterator[None]:
    """Raises StudyFailed in place of InvalidStudy, so that a run reports the message without a traceback."""
    try:
        yield
    except InvalidStudy as error:
        raise StudyFailed(str(error)) from error


class LoggedRun(luigi.Target):
    """A finished MLflow run with the fingerprint as a tag."""

    def __init__(self, tracking_uri: str, fingerprint: str) -> None:
        self.tracking_uri = tracking_uri
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"LoggedRun({self.fingerprint})"

    def exists(self) -> bool:
        """True if the run and its artifacts exist. Raises StudyFailed if the tracking store is unavailable."""
        with study_errors():
            return is_logged(self.tracking_uri, self.fingerprint)


class TrainSeverityModel(Step):
    """Runs the severity study on the feature table; one MLflow run and one folder of results per fingerprint."""

    code = ("models.severity.training_run",)
    snapshot = luigi.Parameter()
    settings = (Severity, Training)
    libraries = ("xgboost", "scikit-learn", "numpy", "pandas", "matplotlib", "jinja2", "optuna")

    def inputs(self) -> Sequence[Step]:
        """The feature table."""
        return [ExtractFeatures(snapshot=self.snapshot)]

    def prerequisites(self) -> Sequence[Step]:
        """The published release, whose id is a tag of the run."""
        return [PublishRelease(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """The registries of features, columns and leakage waivers, and the templates of the model card."""
        folder = config.REPOSITORY / "models" / "severity"
        return sorted([*folder.rglob("*.toml"), *folder.rglob("*.jinja")])

    @property
    def stores(self) -> tuple[str, str | None]:
        """MLflow's tracking URI and artifact root."""
        return store_addresses(self.config[Training].tracking_uri, config.mlflow_folder())

    def output(self) -> list[luigi.Target]:
        """The folder `studies/severity` with metrics, model and plots, and the MLflow run."""
        folder = FingerprintedFile(config.targets_folder() / "studies" / "severity", self.fingerprint)
        return [folder, LoggedRun(self.stores[0], self.fingerprint)]

    def run(self) -> None:
        """Runs the study, writes its files and logs the run."""
        from models.severity import training_run  # Imports pandas and XGBoost, which planning does not need.

        (features,) = self.inputs()
        table, ledger = features.output().path, config.ledger_folder() / "test_ledger.csv"
        settings, workers, promotion = self.study_settings(), self.workers(), self.promotion()
        with study_errors(), self.output()[0].writing() as folder:
            training_run.train(table, folder, settings, workers, self.stores, self.tags(), promotion, ledger)

    def study_settings(self) -> dict[str, Any]:
        """{name: value} of every setting that determines the result: the fields of StudySettings."""
        return {
            name: getattr(section, name)
            for section in self.config.values()
            for name, parameter in section.get_params()
            if parameter.significant
        }

    def workers(self) -> dict[str, str]:
        """Addresses of the tuning storage and the Dask scheduler, which do not determine the result."""
        training = self.config[Training]
        return {"tuning_storage": training.tuning_storage, "dask_scheduler": training.dask_scheduler}

    def promotion(self) -> dict[str, Any]:
        """The fields of PromotionTerms: numbered releases, maximum age of a champion, and the promotion log."""
        patience, log = self.config[Training].max_champion_age, config.ledger_folder() / "promotions.csv"
        return {"releases": publications(), "patience": patience, "log": log}

    def tags(self) -> dict[str, str]:
        """Tags of the MLflow run: fingerprint, snapshot, release and, in a Git checkout, the commit."""
        tags = {"fingerprint": self.fingerprint, "snapshot": self.snapshot, "release": current_release()}
        commit = fingerprint.git_commit()
        return tags | ({"git_commit": commit} if commit else {})


FOLDER = "scores"
RELEASE = "release"


class ScoreEvents(DatabaseStep):
    """Writes `scores/severity_score.parquet` and `mart.severity_score`: one row per event of the release.

    `features`: the path of another feature table in Parquet. Then only `scores/given/<its name>.parquet` is written,
    because its events are not part of the release.
    """

    code = ("models.severity.score_table", "pipeline.warehouse.scores")
    snapshot = luigi.Parameter()
    features = luigi.Parameter(default=RELEASE)
    libraries = ("xgboost", "numpy", "pandas", "pyarrow")

    def inputs(self) -> Sequence[Step]:
        """The model, and the release's feature table unless `features` names a file."""
        train = TrainSeverityModel(snapshot=self.snapshot)
        return [train] if self.feature_file else [train, ExtractFeatures(snapshot=self.snapshot)]

    def prerequisites(self) -> Sequence[Step]:
        """The published release."""
        return [PublishRelease(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        """The SQL file that defines the table."""
        return [scores.TABLE_FILE]

    @property
    def feature_file(self) -> Path | None:
        """The file that `features` names, None for the release's feature table."""
        return None if self.features == RELEASE else Path(self.features)

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """The inputs of every task, and 16 hex digits of the sha256 of the feature file if `features` names one.

        Raises InvalidFeatureTable if that file does not exist.
        """
        path = self.feature_file
        if path is None:
            return super().fingerprint_inputs
        if not path.is_file():
            raise InvalidFeatureTable(
                f"[ScoreEvents] features: expected a Parquet file, found no file {path}; name an existing one"
            )
        return super().fingerprint_inputs | {"content of the feature file": sha256_of(path)[:16]}

    def output(self) -> list[luigi.Target]:
        """The Parquet file, and the table if the events are those of the release."""
        folder = config.targets_folder() / FOLDER
        if self.feature_file:
            return [FingerprintedFile(folder / "given" / f"{self.feature_file.stem}.parquet", self.fingerprint)]
        file = FingerprintedFile(folder / "severity_score.parquet", self.fingerprint)
        return [file, Relation("mart", "severity_score", self.fingerprint)]

    def run(self) -> None:
        """Scores the events, writes the file, then replaces the table."""
        file, *relations = self.output()
        with file.writing() as temporary:
            columns, rows = self.write_scores(temporary)
            for relation in relations:
                with transaction(owner=True) as cursor:
                    scores.publish_scores(cursor, relation, columns, rows)

    def write_scores(self, path: Path) -> tuple[list[str], list[tuple[object, ...]]]:
        """Writes the Parquet file; returns column names and rows. Raises InvalidFeatureTable."""
        from models.severity import score_table  # Imports pandas and XGBoost, which planning does not need.

        train, *features = self.inputs()
        table = self.feature_file or features[0].output().path
        try:
            return score_table.write_scores(train.output()[0].path, table, path)
        except score_table.InvalidColumns as error:
            raise InvalidFeatureTable(str(error)) from error
