"""MLflow's registry: versions of a model, which of them is champion, and the comparison that decides it."""

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

# One registered name per prediction_time: a model that knows more must not push aside one that knows less.
REGISTERED_NAMES = {"T0": "severity-T0", "T1": "severity"}
CHAMPION = "champion"
CHALLENGER = "challenger"
# The champion that a version met: it is champion again where that version's run turns out to be cut short.
PREVIOUS_CHAMPION = "champion_before"
MODEL_FILES = ("model.ubj", "encoding.json", "identity.json", "metrics.json")


@dataclass(frozen=True)
class PromotionTerms:
    """How promotion goes: `releases` has the number of each publication, `patience` how many a champion may be behind
    before one that is not worse replaces it, `log` is the file that decisions are appended to.
    """

    releases: Mapping[str, int]
    patience: int
    log: Path


def promote_version(
    mlflow: Any, study: Study, version: str, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Decision:
    """Give a new version its alias: champion where it has earned it, else challenger. The decision is logged."""
    client, name = mlflow.MlflowClient(), REGISTERED_NAMES[study.settings.prediction_time]
    before = current_champion(client, name)
    decision = compare_with_champion(mlflow, client, study, before, tags, terms)
    alias = CHAMPION if decision.promoted else CHALLENGER
    if before:
        client.set_model_version_tag(name, version, PREVIOUS_CHAMPION, before.version)
    client.set_registered_model_alias(name, alias, version)
    values = {"fingerprint": tags["fingerprint"], "release": tags.get("release", ""), "model": name, "version": version}
    promotion.log_decision(terms.log, values | {"champion_before": before.version if before else ""}, decision)
    mlflow.set_tags(
        {"alias": alias, "leakage_warnings": "; ".join(study.leakage_warnings) or "none", "promotion": decision.reason}
    )
    return decision


def current_champion(client: Any, name: str) -> Any | None:
    """The version that is champion now, or None."""
    aliases = client.get_registered_model(name).aliases
    return client.get_model_version(name, aliases[CHAMPION]) if CHAMPION in aliases else None


def compare_with_champion(
    mlflow: Any, client: Any, study: Study, champion: Any | None, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Decision:
    """Compare with the champion on the challenger's own test part, which both must never have seen."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if champion is None or not download_model(mlflow, champion.run_id, place):
            return promotion.decide_without_champion(study.leakage_warnings)
        rival, test = scoring.load_scorer(place), study.split.test
        if why := reason_not_comparable(json.loads((place / "metrics.json").read_text())["settings"], rival, study):
            return promotion.decide_incomparable(study.leakage_warnings, why)
        pair = study.model.probabilities(test), rival.model.probabilities(test)
        found = promotion.compare(labels(test), *pair, study.settings.n_bootstrap, study.settings.seed)
        was = terms.releases.get(client.get_run(champion.run_id).data.tags.get("release", ""))
        now = terms.releases.get(tags.get("release", ""))
        behind = None if was is None or now is None else now - was
        return promotion.decide(study.leakage_warnings, found, behind, terms.patience)


def download_model(mlflow: Any, run_id: str, folder: Path) -> bool:
    """Bring a run's model into a folder; False where its files are gone."""
    try:
        for name in MODEL_FILES:
            mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=str(folder))
    except (OSError, mlflow.exceptions.MlflowException):
        return False
    return True


def reason_not_comparable(settings: Mapping[str, Any], rival: scoring.Scorer, study: Study) -> str:
    """Why the champion cannot be judged on the challenger's test part, or nothing."""
    absent = [name for name in rival.model.encoder.names if name not in study.split.test]
    if absent:
        return f"it needs {', '.join(absent)}, which the feature table does not have"
    if settings["test_year"] > study.settings.test_year:
        return f"it was fitted on events before {settings['test_year']}, the test begins in {study.settings.test_year}"
    return ""


def drop_versions(client: Any, run_id: str) -> None:
    """Take the versions of a run that was cut short, or lost its files, out of the registry, with their aliases.

    One that had become champion gives the place back to the one before it, if that is still there.
    """
    for version in client.search_model_versions(f"run_id = '{run_id}'"):
        champion, before = current_champion(client, version.name), version.tags.get(PREVIOUS_CHAMPION)
        client.delete_model_version(version.name, version.version)
        left = {str(each.version) for each in client.search_model_versions(f"name = '{version.name}'")}
        if champion is not None and champion.version == version.version and before in left:
            client.set_registered_model_alias(version.name, CHAMPION, before)
