"""Tasks that train the severity model and score events with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import luigi

from models.severity.errors import InvalidStudy
from models.severity.tracking.store import is_logged, store_addresses
from pipeline import config, fingerprint
from pipeline.config import Severity, Training
from pipeline.errors import InvalidFeatureTable, StudyFailed
from pipeline.postgres.connection import transaction
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.features import ExtractFeatures
from pipeline.tasks.release import ReleaseStep
from pipeline.warehouse import scores
from pipeline.warehouse.release.publish import current_release, publications
from targets.files import FingerprintedFile, sha256_of
from targets.relations import Relation


@contextmanager
def study_errors() -> Iterator[None]:
    """Raise StudyFailed in place of InvalidStudy, so that a run reports the message without a traceback."""
    try:
        yield
    except InvalidStudy as error:
        raise StudyFailed(str(error)) from error


@dataclass(frozen=True)
class LoggedRun(luigi.Target):
    """All MLflow runs of the study with this fingerprint, its registered model version, and their artifacts."""

    # Not shown: the address may contain a password.
    tracking_uri: str = field(repr=False)
    fingerprint: str

    def exists(self) -> bool:
        """Raise StudyFailed if the tracking store is unavailable."""
        with study_errors():
            return is_logged(self.tracking_uri, self.fingerprint)


class TrainSeverityModel(ReleaseStep):
    """Runs the severity study on the feature table; one MLflow run and one folder of results per fingerprint."""

    # The second module is stored by MLflow with the model and imported by none.
    code = ("models.severity.training_run", "models.severity.tracking.registered_model")
    settings = (Severity, Training)
    libraries = ("xgboost", "scikit-learn", "scipy", "numpy", "pandas", "pyarrow", "matplotlib", "jinja2", "optuna")

    def inputs(self) -> Sequence[Step]:
        return [ExtractFeatures(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        folder = config.REPOSITORY / "models" / "severity"
        return sorted([*folder.rglob("*.toml"), *folder.rglob("*.jinja")])

    @property
    def stores(self) -> tuple[str, str | None]:
        """MLflow's tracking URI, and the artifact root, None if a server stores the artifacts."""
        return store_addresses(self.config[Training].tracking_uri, config.mlflow_folder())

    def output(self) -> list[luigi.Target]:
        folder = FingerprintedFile(config.targets_folder() / "studies" / "severity", self.fingerprint)
        return [folder, LoggedRun(self.stores[0], self.fingerprint)]

    def run(self) -> None:
        from models.severity import training_run  # Imports pandas and XGBoost, which planning does not need.

        (features,) = self.inputs()
        table, ledger = features.output().path, config.evaluation_ledger()
        digest, (study, run) = sha256_of(table), self.output()
        if study.exists() and study.note().get("feature_table") == digest and run.exists():
            # The table was built again, with the same bytes: training would repeat the study.
            return
        settings, workers, promotion = self.study_settings(), self.workers(), self.promotion()
        with study_errors(), study.writing(feature_table=digest) as folder:
            training_run.train(table, folder, settings, workers, self.stores, self.tags(), promotion, ledger)

    def study_settings(self) -> dict[str, Any]:
        """Return {name: value} of every setting that determines the result: the fields of StudySettings."""
        return {
            name: getattr(section, name)
            for section in self.config.values()
            for name, parameter in section.get_params()
            if parameter.significant
        }

    def workers(self) -> dict[str, str]:
        """Return the addresses of the tuning storage and the Dask scheduler, which do not determine the result."""
        training = self.config[Training]
        return {"tuning_storage": training.tuning_storage, "dask_scheduler": training.dask_scheduler}

    def promotion(self) -> dict[str, Any]:
        """Return the fields of PromotionTerms: numbered releases, maximum age of a champion, and the promotion log."""
        patience = self.config[Training].max_champion_age
        return {"releases": publications(), "patience": patience, "log": self.promotion_log}

    @property
    def promotion_log(self) -> Path:
        return config.ledger_folder() / "promotions.csv"

    def tags(self) -> dict[str, str]:
        """Return the tags of the MLflow run: fingerprint, snapshot, release and, in a Git checkout, the commit."""
        tags = {"fingerprint": self.fingerprint, "snapshot": self.snapshot, "release": current_release()}
        tags |= {"notice": self.notice} if self.notice else {}
        commit = fingerprint.git_commit()
        return tags | ({"git_commit": commit} if commit else {})


RELEASE = "release"


class ScoreEvents(ReleaseStep, DatabaseStep):
    """Writes `scores/severity_score.parquet` and `mart.severity_score`: one row per accident of the study or later.

    Both are empty while a leakage warning is open.

    `features`: the path of another feature table in Parquet. Then only `scores/given/<its name>.parquet` is written,
    because its events are not part of the release.
    """

    code = ("models.severity.score_table", "pipeline.warehouse.scores")
    features = luigi.Parameter(default=RELEASE)
    libraries = ("xgboost", "numpy", "pandas", "pyarrow")

    def inputs(self) -> Sequence[Step]:
        train = TrainSeverityModel(snapshot=self.snapshot)
        return [train] if self.feature_file else [train, ExtractFeatures(snapshot=self.snapshot)]

    def source_files(self) -> Sequence[Path]:
        return [scores.TABLE_FILE]

    @property
    def feature_file(self) -> Path | None:
        """The file that `features` names, None for the release's feature table."""
        return None if self.features == RELEASE else Path(self.features)

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """As for every task, and 16 hex digits of the sha256 of the feature file if `features` names one.

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
        folder = config.targets_folder() / "scores"
        if self.feature_file:
            return [FingerprintedFile(folder / "given" / f"{self.feature_file.stem}.parquet", self.fingerprint)]
        file = FingerprintedFile(folder / "severity_score.parquet", self.fingerprint)
        return [file, Relation("mart", "severity_score", self.fingerprint)]

    def run(self) -> None:
        file, *relations = self.output()
        with file.writing() as temporary:
            columns, rows = self.write_scores(temporary)
            for relation in relations:
                with transaction(owner=True) as cursor:
                    scores.publish_scores(cursor, relation, columns, rows)

    def write_scores(self, path: Path) -> tuple[list[str], list[tuple[object, ...]]]:
        """Write the Parquet file; return column names and rows. Raises InvalidFeatureTable."""
        from models.severity import score_table  # Imports pandas and XGBoost, which planning does not need.

        train, *features = self.inputs()
        table = self.feature_file or features[0].output().path
        try:
            with study_errors():
                folder, is_release = train.output()[0].path, not self.feature_file
                return score_table.write_scores(folder, table, path, is_release, self.notice)
        except score_table.InvalidColumns as error:
            raise InvalidFeatureTable(str(error)) from error
