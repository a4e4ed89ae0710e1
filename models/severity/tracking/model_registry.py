"""MLflow's model registry: versions, the aliases champion and challenger, and the comparison that assigns them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.severity.study import Study
from models.severity.tracking import comparisons, promotion
from models.severity.tracking.store import CHALLENGER, CHAMPION, REGISTERED_NAMES

# Tag of a version: the champion when it was registered, restored if the version's run turns out to be incomplete.
PREVIOUS_CHAMPION = "champion_before"
NO_WARNING = "none"


@dataclass(frozen=True)
class PromotionTerms:
    """Inputs of a promotion other than the models.

    `releases`: release -> number of its publication. `patience`: how many publications old a champion's release may be
    before a challenger that is not worse replaces it. `log`: the CSV file to which decisions are appended.
    `evaluations`: models evaluated on this test set, this one included.
    """

    releases: Mapping[str, int]
    patience: int
    log: Path
    evaluations: int = 1


def promote_version(
    mlflow: Any, study: Study, version: str, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Decision:
    """Assign champion or challenger to a new version, tag the active run, log the decision and return it."""
    client, name = mlflow.MlflowClient(), REGISTERED_NAMES[study.settings.prediction_time]
    previous = current_champion(client, name)
    compared = compare_on_test(mlflow, client, study, previous, tags, terms)
    decision = promotion.decide(study.leakage_warnings, study.not_evaluated, compared, terms.patience)
    alias = CHAMPION if decision.promoted else CHALLENGER
    if previous:
        client.set_model_version_tag(name, version, PREVIOUS_CHAMPION, previous.version)
    client.set_registered_model_alias(name, alias, version)
    values = {"fingerprint": tags["fingerprint"], "release": tags.get("release", ""), "model": name, "version": version}
    promotion.log_decision(terms.log, values | {"champion_before": previous.version if previous else ""}, decision)
    not_evaluated = "; ".join(study.not_evaluated)
    warnings = "; ".join(study.leakage_warnings) or (f"not evaluated: {not_evaluated}" if not_evaluated else NO_WARNING)
    values = {"alias": alias, "leakage_warnings": warnings, "not_evaluated": not_evaluated or NO_WARNING}
    mlflow.set_tags(values | {"promotion": decision.reason})
    return decision


def has_open_warning(tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a run state a leakage warning that is not waived; checks not evaluated are none."""
    return tags.get("leakage_warnings", NO_WARNING) not in (NO_WARNING, f"not evaluated: {tags.get('not_evaluated')}")


def current_champion(client: Any, name: str) -> Any | None:
    """Return the model version with the alias champion, or None."""
    aliases = client.get_registered_model(name).aliases
    return client.get_model_version(name, aliases[CHAMPION]) if CHAMPION in aliases else None


def compare_on_test(
    mlflow: Any, client: Any, study: Study, champion: Any | None, tags: Mapping[str, str], terms: PromotionTerms
) -> promotion.Comparisons:
    """Return the comparisons that decide the promotion, on the study's test set."""
    baseline = comparisons.compare_with_best_baseline(study, terms.evaluations)
    if champion is None:
        return promotion.Comparisons(baseline)
    versions = client.search_model_versions(f"name = '{champion.name}'")
    numbers = {version.tags.get(PREVIOUS_CHAMPION) for version in versions} - {str(champion.version)}
    former = [version for version in versions if str(version.version) in numbers]
    with_champion, with_best, reason = comparisons.compare_with_versions(
        mlflow, study, champion, former, terms.evaluations
    )
    if reason:
        return promotion.Comparisons(baseline, not_comparable=reason)
    champion_number = terms.releases.get(client.get_run(champion.run_id).data.tags.get("release", ""))
    number = terms.releases.get(tags.get("release", ""))
    age = None if champion_number is None or number is None else number - champion_number
    return promotion.Comparisons(baseline, with_champion, with_best, age)


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
