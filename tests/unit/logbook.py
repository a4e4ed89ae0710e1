"""A tracking store for tests: where studies are logged, and where decisions are noted."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models import facts, tracking
from models.champion import Terms
from models.study import Study, StudySettings

SETTINGS = StudySettings(rounds=10, early_stopping_rounds=3, bootstrap_draws=5, origins=0, trees=5)
TAGS = {"stamp": "0123456789abcdef", "release": "r1", "snapshot": "s1"}


@dataclass(frozen=True)
class Logbook:
    """A store, where decisions are noted, and how to log a study there."""

    store: tuple[str, str | None]
    room: Path

    @property
    def terms(self) -> Terms:
        return Terms(releases={"r1": 1, "r9": 9}, patience=3, log=self.room / "promotions.csv")

    def log(self, study: Study, frame: pd.DataFrame, **tags: str) -> str:
        found = TAGS | tags
        names = facts.identity(study, frame, found["stamp"])
        files = self.room / found["stamp"]
        facts.write(study, files, names)
        return tracking.log_study(study, frame, files, self.store, found | facts.tags(names), {"seed": 1}, self.terms)

    def decisions(self) -> list[dict[str, str]]:
        return list(csv.DictReader(self.terms.log.open()))

    def champion(self) -> str:
        import mlflow

        return str(mlflow.MlflowClient(self.store[0]).get_model_version_by_alias("severity", "champion").version)
