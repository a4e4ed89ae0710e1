"""What a store knows about a study beside its files: its MLflow run, its version, and the decisions of the registry."""

import hashlib
from pathlib import Path
from typing import Any

from models.severity.tracking.csv_log import read_lines
from models.severity.tracking.store import CHALLENGER, CHAMPION, LABELS, REGISTERED_NAMES, find_run

MAX_DECISIONS = 20
# The reason that a person gave is not published.
BY_A_PERSON = "promoted by a person"


def describe_study(tracking_uri: str, fingerprint: str, prediction_time: str, log: Path) -> dict[str, Any]:
    """Return run, experiment, model, version, status (champion, challenger or empty) and the last decisions.

    Decisions are newest first, as in the promotion log. Raises TrackingUnavailable.
    """
    model = REGISTERED_NAMES[prediction_time]
    decisions = [_published(line) for line in read_lines(log) if line.get("model") == model][::-1]
    version = next((line["version"] for line in decisions if line["fingerprint"] == fingerprint), "")
    champion = next((line["version"] for line in decisions if line["promoted"] == "yes"), "")
    return {
        "run": find_run(tracking_uri, fingerprint) or "",
        "experiment": f"severity/{LABELS[0]}/{prediction_time}",
        "model": model,
        "version": version,
        "status": "" if not version else CHAMPION if version == champion else CHALLENGER,
        "champion": champion,
        "decisions": decisions[:MAX_DECISIONS],
    }


def state(tracking_uri: str, fingerprint: str, log: Path) -> str:
    """Return a text that changes with the run of the study and with the promotion log."""
    content = log.read_bytes() if log.exists() else b""
    return f"{find_run(tracking_uri, fingerprint)} {hashlib.sha256(content).hexdigest()}"


def _published(line: dict[str, str]) -> dict[str, str]:
    reason = BY_A_PERSON if line.get("reason", "").startswith(BY_A_PERSON) else line.get("reason", "")
    return {**line, "reason": reason}
