"""The test-set ledger: one line for each model that was evaluated on a test set, appended and never changed.

A test set on which many models were evaluated no longer gives an unbiased estimate: `looks` counts them. Evaluating the
same model again, after a change that does not change the model, is not another look.
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
# How version 0.1, which counted by fingerprint and had no model digest, named these columns.
EARLIER_NAMES = {"stamp": "fingerprint", "moment": "prediction_time"}
Line = Mapping[str, str]


def record_evaluation(path: Path, study: Study, tags: Mapping[str, str]) -> int:
    """Append the evaluation of the study's model on its test set, unless it is there; return `count_evaluations`.

    `tags`: `fingerprint` and `release`.
    """
    line = _line(study, tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two runs may share a store. The lock is a file of its own: the ledger may be replaced.
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _upgrade(path)
        lines = _read(path)[0]
        if not any(_key(each) == _key(line) for each in lines):
            with path.open("a", newline="", encoding="utf-8") as file:
                file.write(_text([line], head=not lines))
                file.flush()
                os.fsync(file.fileno())
    return count_evaluations(path, study.split_id)


def _upgrade(path: Path) -> None:
    """Replace a ledger of version 0.1, in one move, by the same lines under today's columns."""
    lines, is_current = _read(path)
    if lines and not is_current:
        draft = path.with_suffix(".new")
        draft.write_text(_text(lines, head=True), encoding="utf-8")
        draft.replace(path)


def count_evaluations(path: Path, split_id: str) -> int:
    """How many models have been evaluated on this test set."""
    return len({_key(line) for line in _read(path)[0] if line["split_id"] == split_id})


def _read(path: Path) -> tuple[list[Line], bool]:
    """The lines, none where there is no ledger, and whether it has today's columns."""
    if not path.exists():
        return [], False
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        lines = [{EARLIER_NAMES.get(name, name): text for name, text in line.items()} for line in reader]
        return list(lines), tuple(reader.fieldnames or ()) == COLUMNS


def _key(line: Line) -> tuple[str, str]:
    """Test set and model; lines of earlier versions have no model digest, and count by their fingerprint."""
    return line["split_id"], line.get("model_digest") or line["fingerprint"]


def _line(study: Study, tags: Mapping[str, str]) -> Line:
    test = study.metrics[study.primary_model]["test"]
    figures = {name: "" if test[name] is None else f"{test[name]:.6f}" for name in ("log_loss", "fatal_roc_auc")}
    where = {"split_id": study.split_id, "model_digest": model_digest(study), "fingerprint": tags["fingerprint"]}
    return (
        where
        | {"prediction_time": study.settings.prediction_time, "release": tags["release"], "events": str(test["events"])}
        | figures
    )


def _text(lines: Sequence[Line], head: bool) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    if head:
        writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()
