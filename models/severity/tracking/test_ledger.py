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
from typing import TextIO

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
    """Append the evaluation of the study's model on its test set, unless that model is there; return `looks`.

    `tags`: `fingerprint` and `release`.
    """
    line = _line(study, tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", newline="", encoding="utf-8") as file:
        # Two runs may share a store.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines, is_current = _read(file)
        if lines and not is_current:
            file.truncate(0)
            file.write(_text(lines, head=True))
        if not any(_key(each) == _key(line) for each in lines):
            file.write(_text([line], head=not lines))
        file.flush()
        os.fsync(file.fileno())
    return count_evaluations(path, study.split_id)


def count_evaluations(path: Path, split_id: str) -> int:
    """How many models have been evaluated on this test set."""
    if not path.exists():
        return 0
    with path.open(newline="", encoding="utf-8") as file:
        return len({_key(line) for line in _read(file)[0] if line["split_id"] == split_id})


def _read(file: TextIO) -> tuple[list[Line], bool]:
    """The lines, and whether the file has today's columns."""
    reader = csv.DictReader(file)
    lines: list[Line] = [{EARLIER_NAMES.get(name, name): text for name, text in line.items()} for line in reader]
    return lines, tuple(reader.fieldnames or ()) == COLUMNS


def _key(line: Line) -> tuple[str, str]:
    """Test set and model; lines of earlier versions have no model digest, and count by their fingerprint."""
    return line["split_id"], line.get("model_digest") or line["fingerprint"]


def _line(study: Study, tags: Mapping[str, str]) -> Line:
    test = study.metrics["xgboost"]["test"]
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
