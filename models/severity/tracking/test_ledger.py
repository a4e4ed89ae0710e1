"""The test-set ledger: one line for each model that was evaluated on a test set, appended and never changed.

A test set is identified by its events and their labels: what a model was trained on does not matter.
A test set on which many models were evaluated no longer gives an unbiased estimate, so the ledger counts them.
Evaluating an unchanged model again adds no line. A line with a `purpose` is of a demonstration, whose model is not a
candidate for anything: it is recorded and not counted.
"""

import fcntl
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from models.severity.artifacts import model_digest
from models.severity.data.split import events_id
from models.severity.study import Study
from models.severity.tracking.csv_log import append_line, read_lines

COLUMNS = (
    *("test_id", "split_id", "model_digest", "fingerprint", "prediction_time"),
    *("release", "events", "log_loss", "fatal_roc_auc", "purpose"),
)
Line = Mapping[str, str]


def record_evaluation(path: Path, study: Study, tags: Mapping[str, str], store_ledger: Path | None = None) -> int:
    """Append the evaluation of the study's model on its test set unless it is listed; return `count_evaluations`.

    Lines of `store_ledger`, which earlier versions wrote, are appended too if the ledger lacks them.
    """
    earlier = read_lines(store_ledger) if store_ledger and store_ledger != path else []
    _append(path, [*earlier, _line(study, tags)])
    return count_evaluations(path, study)


def record_demonstration(
    path: Path, test: pd.DataFrame, digest: str, metrics: Mapping[str, float | None], purpose: str
) -> None:
    """Append an evaluation of the model with this digest on the events of `test`, with log_loss and fatal_roc_auc."""
    values = {name: _text(metrics[name]) for name in ("log_loss", "fatal_roc_auc")}
    # All columns: a line of version 0.1 is compared by columns that a demonstration does not fill.
    line = dict.fromkeys(COLUMNS, "")
    line |= {"test_id": events_id(test), "model_digest": digest, "events": str(len(test)), "purpose": purpose}
    _append(path, [line | values])


def count_evaluations(path: Path, study: Study) -> int:
    """Return the number of models that have been evaluated on the study's test set."""
    line = {"test_id": study.test_id, "split_id": study.split_id}
    lines = [other for other in read_lines(path) if not other.get("purpose")]
    return len({_model(other) for other in lines if _is_same_test(other, line)})


def _append(path: Path, lines: Sequence[Line]) -> None:
    """Append the lines whose model and test set are not in the ledger."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Runs may share a store. The lock is a separate file, because the ledger may be replaced.
    with path.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for added in lines:
            if not any(_is_same_model(other, added) for other in read_lines(path)):
                append_line(path, COLUMNS, added)


def _model(line: Line) -> str:
    """Return the model; lines of version 0.1 have no model digest and are identified by their fingerprint."""
    return line.get("model_digest") or line["fingerprint"]


def _is_same_test(other: Line, line: Line) -> bool:
    """Return True if two lines have the same test set; without a test id, only those of the same split have."""
    name = "test_id" if other.get("test_id") else "split_id"
    return other[name] == line[name]


def _is_same_model(other: Line, line: Line) -> bool:
    """Return True if two lines are evaluations of one model; a line of version 0.1 is compared by its metrics."""
    if other.get("model_digest"):
        return _is_same_test(other, line) and _model(other) == _model(line)
    names = ("split_id", "prediction_time", "events", "log_loss", "fatal_roc_auc")
    return all(other[name] == line[name] for name in names)


def _line(study: Study, tags: Mapping[str, str]) -> Line:
    """Return the line of the ledger for the primary model: {column: text}."""
    test = study.metrics[study.primary_model]["test"]
    metrics = {name: _text(test[name]) for name in ("log_loss", "fatal_roc_auc")}
    return {
        "test_id": study.test_id,
        "split_id": study.split_id,
        "model_digest": model_digest(study),
        "fingerprint": tags["fingerprint"],
        "prediction_time": study.settings.prediction_time,
        "release": tags["release"],
        "events": str(test["events"]),
    } | metrics


def _text(metric: float | None) -> str:
    return "" if metric is None else f"{metric:.6f}"
