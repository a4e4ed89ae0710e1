"""The step that runs the severity study and logs it to MLflow."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import luigi

from models import registry
from models.errors import StudyImpossible
from models.exceptions import EXCEPTIONS
from models.logged import addresses, is_logged
from pipeline import settings
from pipeline.errors import StudyRefused
from pipeline.features import Features
from pipeline.publication import Publish
from pipeline.relations.publishing import current_release, publications
from pipeline.settings import Severity, Training
from pipeline.step import Step
from targets.files import StampedFile


class LoggedRun(luigi.Target):
    """A finished MLflow run that bears my stamp."""

    def __init__(self, tracking_uri: str, stamp: str) -> None:
        self.tracking_uri = tracking_uri
        self.stamp = stamp

    def __repr__(self) -> str:
        return f"LoggedRun({self.stamp})"

    def exists(self) -> bool:
        """True where the run and its artifacts are there. Raises StudyRefused where the store is not."""
        with refusing():
            return is_logged(self.tracking_uri, self.stamp)


class Train(Step):
    """Runs the study on the feature table; one MLflow run, and its figures as files, per stamp."""

    code = ("models.study", "models.facts", "models.tracking")
    snapshot = luigi.Parameter()
    settings = (Severity, Training)
    libraries = ("xgboost", "scikit-learn", "numpy", "pandas", "matplotlib", "jinja2", "optuna")

    def inputs(self) -> Sequence[Step]:
        """The feature table."""
        return [Features(snapshot=self.snapshot)]

    def gates(self) -> Sequence[Step]:
        """The release that the run is tagged with."""
        return [Publish(snapshot=self.snapshot)]

    def recipe(self) -> Sequence[Path]:
        """What a model may know, and when; and the words of its cards."""
        return [registry.FILE, registry.COLUMNS, EXCEPTIONS, *sorted(registry.FILE.parent.glob("*.jinja"))]

    @property
    def addresses(self) -> tuple[str, str | None]:
        """MLflow's tracking address and artifact root."""
        return addresses(self.knobs[Training].tracking_uri, settings.runs_folder())

    def output(self) -> list[luigi.Target]:
        """The run, and what `models.facts.write` leaves in `studies/severity/`."""
        folder = StampedFile(settings.targets_folder() / "studies" / "severity", self.stamp)
        return [folder, LoggedRun(self.addresses[0], self.stamp)]

    def run(self) -> None:
        """Studies, logs, then signs the files."""
        (features,) = self.inputs()
        place, target = features.output().path, self.output()[0]
        study_severity(place, target, self.addresses, self.tags(), self.chosen(), self.promotion(), self.helpers())

    def chosen(self) -> dict[str, Any]:
        """Every knob of the study by name: those that can change its result."""
        pairs = [
            (section, name)
            for section in self.knobs.values()
            for name, each in section.get_params()
            if each.significant
        ]
        return {name: getattr(section, name) for section, name in pairs}

    def helpers(self) -> dict[str, str]:
        """Who else works on the study, by `models.study.run_study`; where they are decides nothing."""
        knobs = self.knobs[Training]
        return {"tuning_storage": knobs.tuning_storage, "dask_scheduler": knobs.dask_scheduler}

    def promotion(self) -> dict[str, Any]:
        """What decides who is champion, which is no part of the study: releases, patience, and the log."""
        patience, log = self.knobs[Training].champion_patience, settings.kept_folder() / "promotions.csv"
        return {"releases": publications(), "patience": patience, "log": log}

    def tags(self) -> dict[str, str]:
        """What the run must say of where it comes from."""
        tags = {"stamp": self.stamp, "snapshot": self.snapshot, "release": current_release()}
        return tags | git_commit()


@contextmanager
def refusing() -> Iterator[None]:
    """Inside, a study that is impossible is a StudyRefused."""
    try:
        yield
    except StudyImpossible as error:
        raise StudyRefused(str(error)) from error


def git_commit() -> dict[str, str]:
    """The commit of the checkout as a tag, nothing outside one."""
    command = ["git", "-C", str(settings.REPOSITORY), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return {}
    return {"git_commit": done.stdout.strip()} if done.returncode == 0 else {}


def study_severity(
    features: Path,
    target: StampedFile,
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    knobs: Mapping[str, Any],
    promotion: Mapping[str, Any],
    helpers: Mapping[str, str],
) -> None:
    """Runs, writes and logs the study of a feature table. `promotion`: the values of `models.champion.Terms`.

    `helpers`: addresses of who else works on it. Every look at a test part is in the ledger. Raises StudyRefused.
    """
    import pandas as pd

    from models import champion, facts, ledger, mlflow_store, study, tracking

    frame = pd.read_parquet(features)
    with refusing():
        mlflow_store.require_store(stores[0])
        found = study.run_study(frame, study.StudySettings(**knobs), **helpers)
        ledger.record(settings.kept_folder() / "test_ledger.csv", found, tags)
    names = facts.identity(found, frame, tags["stamp"])
    with target.writing() as temporary:
        facts.write(found, temporary, names)
        terms = champion.Terms(**promotion)
        params = dict(knobs) | {"champion_patience": terms.patience}
        tracking.log_study(found, frame, temporary, stores, dict(tags) | facts.tags(names), params, terms)
