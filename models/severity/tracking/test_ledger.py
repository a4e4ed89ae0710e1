"""The test-set ledger: one line for each model that was evaluated on a test set, appended and never changed.

A test set on which many models were evaluated no longer gives an unbiased estimate, so the ledger counts them.
Evaluating an unchanged model again adds no line.
"""

import csv
import fcntl
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.severity.artifacts import model_digest
from models.severity.study import Study

COLUMNS = (
    "split_id",
    "model_digest",
    "fingerprint",
    "prediction_time",
    "release",
    "events",
    "log_loss",
    "fatal_roc_auc",
)
# Column names of version 0.1, which counted by fingerprint and had no model digest.
EARLIER_NAMES = {"stamp": "fingerprint", "moment": "prediction_time"}
Line = Mapping[str, str]


def record_evaluation(path: Path, study: Study, tags: Mapping[str, str]) -> int:
    """Append the evaluation of the study's model on its test set unless it is listed; return `count_evaluations`."""
    line = _line(study, tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Runs may share a store. The lock is a separate file, because the ledger may be replaced.
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _upgrade(path)
        lines = _read(path)[0]
        if not any(_is_same_model(other, line) for other in lines):
            with path.open("a", newline="", encoding="utf-8") as file:
                file.write(_to_csv([line], header=not lines))
                file.flush()
                os.fsync(file.fileno())
    return count_evaluations(path, study.split_id)


def _upgrade(path: Path) -> None:
    """Atomically replace a ledger of version 0.1 by the same lines with the current columns."""
    lines, is_current = _read(path)
    if lines and not is_current:
        temporary = path.with_suffix(".new")
        temporary.write_text(_to_csv(lines, header=True), encoding="utf-8")
        temporary.replace(path)


def count_evaluations(path: Path, split_id: str) -> int:
    """Return the number of models that have been evaluated on this test set."""
    return len({_key(line) for line in _read(path)[0] if line["split_id"] == split_id})


def _read(path: Path) -> tuple[list[Line], bool]:
    """Return (lines, whether the ledger has the current columns); ([], False) if there is no ledger."""
    if not path.exists():
        return [], False
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        lines = [{EARLIER_NAMES.get(name, name): text for name, text in line.items()} for line in reader]
        return list(lines), tuple(reader.fieldnames or ()) == COLUMNS


def _key(line: Line) -> tuple[str, str]:
    """Return (test set, model); lines of version 0.1 have no model digest and are identified by their fingerprint."""
    return line["split_id"], line.get("model_digest") or line["fingerprint"]


def _is_same_model(other: Line, line: Line) -> bool:
    """Return True if two lines are evaluations of one model; a line of version 0.1 is compared by its metrics."""
    if other.get("model_digest"):
        return _key(other) == _key(line)
    names = ("split_id", "prediction_time", "events", "log_loss", "fatal_roc_auc")
    return all(other[name] == line[name] for name in names)


def _line(study: Study, tags: Mapping[str, str]) -> Line:
    test = study.metrics[study.primary_model]["test"]
    metrics = {name: "" if test[name] is None else f"{test[name]:.6f}" for name in ("log_loss", "fatal_roc_auc")}
    return {
        "split_id": study.split_id,
        "model_digest": model_digest(study),
        "fingerprint": tags["fingerprint"],
        "prediction_time": study.settings.prediction_time,
        "release": tags["release"],
        "events": str(test["events"]),
    } | metrics


def _to_csv(lines: Sequence[Line], header: bool) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()
