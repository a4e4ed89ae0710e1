"""A tracking store for tests: where studies are logged, and where decisions are noted."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models.severity import artifacts
from models.severity.study import Study, StudySettings
from models.severity.tracking import runs
from models.severity.tracking.model_registry import PromotionTerms

SETTINGS = StudySettings(rounds=10, early_stopping_rounds=3, n_bootstrap=5, backtest_windows=0, trees=5)
TAGS = {"fingerprint": "0123456789abcdef", "release": "r1", "snapshot": "s1"}


@dataclass(frozen=True)
class Logbook:
    """A store, where decisions are noted, and how to log a study there."""

    store: tuple[str, str | None]
    room: Path

    @property
    def terms(self) -> PromotionTerms:
        return PromotionTerms(releases={"r1": 1, "r9": 9}, patience=3, log=self.room / "promotions.csv")

    def log(self, study: Study, frame: pd.DataFrame, **tags: str) -> str:
        found = TAGS | tags
        names = artifacts.identity(study, frame, found["fingerprint"])
        files = self.room / found["fingerprint"]
        artifacts.write_artifacts(study, files, names)
        return runs.log_study(
            study, frame, files, self.store, found | artifacts.identity_tags(names), {"seed": 1}, self.terms
        )

    def decisions(self) -> list[dict[str, str]]:
        return list(csv.DictReader(self.terms.log.open()))

    def champion(self) -> str:
        import mlflow

        return str(mlflow.MlflowClient(self.store[0]).get_model_version_by_alias("severity", "champion").version)
