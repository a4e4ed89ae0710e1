"""MLflow's model registry: versions, the aliases champion and challenger, and the comparison that assigns them."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.severity import scoring
from models.severity.data.encoding import labels
from models.severity.study import Study
from models.severity.tracking import promotion

# One registered model per prediction time: a model with more information must not replace one with less.
REGISTERED_NAMES = {"T0": "severity-T0", "T1": "severity"}
CHAMPION = "champion"
CHALLENGER = "challenger"
# Tag of a version: the champion when it was registered, restored if the version's run turns out to be incomplete.
PREVIOUS_CHAMPION = "champion_before"
MODEL_FILES = ("model.ubj", "encoding.json", "identity.json", "metrics.json")


@dataclass(frozen=True)
class PromotionTerms:
    """Inputs of a promotion other than the models.

    `releases`: release -> number of its publication. `patience`: how many publications old a champion's release may be
    before a challenger that is not worse replaces it. `log`: the CSV file to which decisions are appended.
    """

    releases: Mapping[str, int]
    patience: int
    log: Path


def promote_version(
    mlflow: Any, study: Study, version: str, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Decision:
    """Assign champion or challenger to a new version, tag the active run, log the decision and return it."""
    client, name = mlflow.MlflowClient(), REGISTERED_NAMES[study.settings.prediction_time]
    previous = current_champion(client, name)
    decision = compare_with_champion(mlflow, client, study, previous, tags, terms)
    alias = CHAMPION if decision.promoted else CHALLENGER
    if previous:
        client.set_model_version_tag(name, version, PREVIOUS_CHAMPION, previous.version)
    client.set_registered_model_alias(name, alias, version)
    values = {"fingerprint": tags["fingerprint"], "release": tags.get("release", ""), "model": name, "version": version}
    promotion.log_decision(terms.log, values | {"champion_before": previous.version if previous else ""}, decision)
    mlflow.set_tags(
        {"alias": alias, "leakage_warnings": "; ".join(study.leakage_warnings) or "none", "promotion": decision.reason}
    )
    return decision


def current_champion(client: Any, name: str) -> Any | None:
    """Return the model version with the alias champion, or None."""
    aliases = client.get_registered_model(name).aliases
    return client.get_model_version(name, aliases[CHAMPION]) if CHAMPION in aliases else None


def compare_with_champion(
    mlflow: Any, client: Any, study: Study, champion: Any | None, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Decision:
    """Return the decision after comparing with the champion on this study's test set, on which neither was fitted."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if champion is None or not download_model(mlflow, champion.run_id, folder):
            return promotion.decide_without_comparison(study.leakage_warnings)
        scorer, test = scoring.load_scorer(folder), study.split.test
        settings = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["settings"]
        if reason := reason_not_comparable(settings, scorer, study):
            return promotion.decide_without_comparison(study.leakage_warnings, reason)
        probabilities = study.model.probabilities(test), scorer.model.probabilities(test)
        comparison = promotion.compare(labels(test), *probabilities, study.settings.n_bootstrap, study.settings.seed)
    champion_number = terms.releases.get(client.get_run(champion.run_id).data.tags.get("release", ""))
    number = terms.releases.get(tags.get("release", ""))
    age = None if champion_number is None or number is None else number - champion_number
    return promotion.decide(study.leakage_warnings, comparison, age, terms.patience)


def download_model(mlflow: Any, run_id: str, folder: Path) -> bool:
    """Download a run's model files to `folder`; return False if they no longer exist."""
    try:
        for name in MODEL_FILES:
            mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=str(folder))
    except (OSError, mlflow.exceptions.MlflowException):
        return False
    return True


def reason_not_comparable(settings: Mapping[str, Any], champion: scoring.Scorer, study: Study) -> str:
    """Return why the champion cannot be evaluated on the challenger's test set, or an empty string if it can."""
    missing = [name for name in champion.model.encoder.names if name not in study.split.test]
    if missing:
        return f"it needs {', '.join(missing)}, which the feature table does not have"
    if settings["test_year"] > study.settings.test_year:
        return (
            f"it was fitted on events before {settings['test_year']}, "
            f"but the test set begins in {study.settings.test_year}"
        )
    return ""


def drop_versions(client: Any, run_id: str) -> None:
    """Delete the model versions of a run that is incomplete or has lost its files, with their aliases.

    If one of them is champion, the previous champion is restored if it still exists.
    """
    for version in client.search_model_versions(f"run_id = '{run_id}'"):
        champion, previous = current_champion(client, version.name), version.tags.get(PREVIOUS_CHAMPION)
        client.delete_model_version(version.name, version.version)
        remaining = {str(other.version) for other in client.search_model_versions(f"name = '{version.name}'")}
        if champion is not None and champion.version == version.version and previous in remaining:
            client.set_registered_model_alias(version.name, CHAMPION, previous)
