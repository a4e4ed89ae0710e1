"""Promotion of a named version by a person, with a reason."""

from pathlib import Path
from typing import Any

from models.severity.errors import InvalidStudy
from models.severity.tracking import promotion, relocation
from models.severity.tracking.model_registry import PREVIOUS_CHAMPION
from models.severity.tracking.store import CHALLENGER, CHAMPION, open_store, store_errors


class UnknownVersion(InvalidStudy):
    """The registry has no such version, or no reason was given."""


def promote(stores: tuple[str, str | None], name: str, version: str, reason: str, log: Path) -> str:
    """Make a version champion, tag it and its run, append to the log; return the champion before, empty if none.

    `stores`: tracking URI and artifact root. Raises UnknownVersion and TrackingUnavailable.
    """
    if not reason.strip():
        raise UnknownVersion("promote --reason: expected a text, found none; say why this version is better")
    with store_errors(stores[0]):
        relocation.relocate(*stores)
        client = open_store(stores[0]).MlflowClient()
        _require_version(client, name, version)
        return _promote(client, name, version, " ".join(reason.split()), log)


def _require_version(client: Any, name: str, version: str) -> None:
    versions = sorted(int(other.version) for other in client.search_model_versions(f"name = '{name}'"))
    if version not in map(str, versions):
        known = ", ".join(map(str, versions)) or "none"
        raise UnknownVersion(f"version {version} of {name}: expected one of {known}, found no such version; choose one")


def _promote(client: Any, name: str, version: str, reason: str, log: Path) -> str:
    """Make the version champion, tag and log it; return the former champion, or an empty string."""
    aliases = client.get_registered_model(name).aliases
    decision = promotion.Decision(True, f"promoted by a person: {reason}")
    client.set_registered_model_alias(name, CHAMPION, version)
    if str(aliases.get(CHALLENGER, "")) == version:
        client.delete_registered_model_alias(name, CHALLENGER)
    client.set_model_version_tag(name, version, "promotion", decision.reason)
    run = client.get_run(client.get_model_version(name, version).run_id)
    for tag, text in {"alias": CHAMPION, "promotion": decision.reason}.items():
        client.set_tag(run.info.run_id, tag, text)
    previous = str(aliases.get(CHAMPION, ""))
    if previous not in ("", version):
        # The champion before remains one of the best so far, and is restored if this version is deleted.
        client.set_model_version_tag(name, version, PREVIOUS_CHAMPION, previous)
    origin = {tag: run.data.tags.get(tag, "") for tag in ("fingerprint", "release")}
    promotion.log_decision(log, origin | {"model": name, "version": version, "champion_before": previous}, decision)
    return previous
