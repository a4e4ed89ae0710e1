"""A tracking store for tests: logs studies and reads promotion decisions."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import studies

from models.severity import artifacts
from models.severity.study import Study
from models.severity.tracking import runs
from models.severity.tracking.model_registry import PromotionTerms

TAGS = {"fingerprint": "0123456789abcdef", "release": "r1", "snapshot": "s1"}


@dataclass(frozen=True)
class TrackingStore:
    """Tracking URI and artifact root of a store, and the folder for artifacts and the promotion log."""

    addresses: tuple[str, str | None]
    folder: Path

    @property
    def uri(self) -> str:
        return self.addresses[0]

    @property
    def terms(self) -> PromotionTerms:
        return PromotionTerms(releases={"r1": 1, "r9": 9}, patience=3, log=self.folder / "promotions.csv")

    def log(self, study: Study, frame: pd.DataFrame, **changed_tags: str) -> str:
        """Log a study; returns the run id."""
        tags = TAGS | changed_tags
        names = artifacts.identity(study, frame, tags["fingerprint"])
        files = self.folder / tags["fingerprint"]
        if not files.exists():
            studies.write_artifacts(study, files, names)
        tags |= artifacts.identity_tags(names)
        return runs.log_study(study, frame, files, self.addresses, tags, {"seed": 1}, self.terms)

    def decisions(self) -> list[dict[str, str]]:
        """The lines of the promotion log."""
        return list(csv.DictReader(self.terms.log.open()))

    def champion(self) -> str:
        """The version that is champion; empty if there is none."""
        import mlflow

        aliases = mlflow.MlflowClient(self.uri).get_registered_model("severity").aliases
        return str(aliases.get("champion", ""))
