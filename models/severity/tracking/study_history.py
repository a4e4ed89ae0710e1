"""What a store knows about a study beside its files: its version in the registry, and the registry's decisions."""

import hashlib
from pathlib import Path
from typing import Any

from models.severity.tracking.csv_log import read_lines
from models.severity.tracking.store import (
    CHALLENGER,
    CHAMPION,
    LABELS,
    REGISTERED_NAMES,
    find_run,
    read_registry,
)

MAX_DECISIONS = 20
# The reason that a person gave is not published.
BY_A_PERSON = "promoted by a person"


def describe_study(tracking_uri: str, fingerprint: str, prediction_time: str, log: Path) -> dict[str, Any]:
    """Return fingerprint, experiment, model, version, status, champion (a version) and the last decisions.

    Status: champion or challenger by the registry's aliases, `registered` without one, empty without a version.
    Decisions are newest first, as in the promotion log. MLflow's id of the run is random and therefore not included.
    Raises TrackingUnavailable.
    """
    return {
        "fingerprint": fingerprint,
        "experiment": f"severity/{LABELS[0]}/{prediction_time}",
        **_describe(tracking_uri, find_run(tracking_uri, fingerprint), REGISTERED_NAMES[prediction_time], log),
    }


def _describe(tracking_uri: str, run_id: str | None, model: str, log: Path) -> dict[str, Any]:
    """Return the parts of `describe_study` that change without the study."""
    return {"model": model, "decisions": read_decisions(log, model), **_read_version(tracking_uri, run_id, model)}


def read_decisions(log: Path, model: str) -> list[dict[str, str]]:
    """Return the last decisions about a model as they are published, newest first."""
    lines = [line for line in read_lines(log) if line.get("model") == model]
    return [_published(line) for line in lines[-MAX_DECISIONS:]][::-1]


def state(tracking_uri: str, fingerprint: str, prediction_time: str, log: Path) -> str:
    """Return a text that changes with the run of the study and with what `describe_study` returns."""
    run_id = find_run(tracking_uri, fingerprint)
    described = _describe(tracking_uri, run_id, REGISTERED_NAMES[prediction_time], log)
    return f"{run_id} {hashlib.sha256(repr(described).encode()).hexdigest()}"


def _read_version(tracking_uri: str, run_id: str | None, model: str) -> dict[str, str]:
    """Return the newest version of a run, its status, and the champion; empty texts without a run."""
    if run_id is None:
        return {"version": "", "status": "", "champion": ""}
    aliases, numbers = read_registry(tracking_uri, model, run_id)
    version = str(max(numbers, default=""))
    names = [alias for alias in (CHAMPION, CHALLENGER) if version and aliases.get(alias) == version]
    return {
        "version": version,
        "status": next(iter(names), "registered" if version else ""),
        "champion": aliases.get(CHAMPION, ""),
    }


def _published(line: dict[str, str]) -> dict[str, str]:
    reason = BY_A_PERSON if line.get("reason", "").startswith(BY_A_PERSON) else line.get("reason", "")
    return {**line, "reason": reason}
