"""The test ledger: every model version that looked at a frozen test, one line each, appended and never changed.

A test that was looked at often is no longer a test: `looks` says how many versions there were.
"""

import csv
import fcntl
import io
import os
from collections.abc import Mapping
from pathlib import Path

from models.errors import StudyImpossible
from models.study import Study

COLUMNS = ("split_id", "stamp", "moment", "release", "events", "log_loss", "fatal_roc_auc")


class LedgerMismatch(StudyImpossible):
    """A version that is in the ledger was judged again, with other figures."""


def record(path: Path, study: Study, tags: Mapping[str, str]) -> int:
    """Append the study's look at its test, unless that version stands there; the number of versions that looked.

    `tags`: `stamp` and `release`. LedgerMismatch where the same version now has other figures: then the stamp
    misses something that decides the model, or the line was edited.
    """
    line = _line(study, tags)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", newline="", encoding="utf-8") as file:
        # Two runs may share a store; a line is written whole or not at all.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        rows = list(csv.DictReader(file))
        same = [row for row in rows if (row["split_id"], row["stamp"]) == (line["split_id"], line["stamp"])]
        if any(row[figure] != line[figure] for row in same for figure in ("events", "log_loss", "fatal_roc_auc")):
            raise LedgerMismatch(
                f"{path}: version {line['stamp']} expected to have the figures of its line again, {same[0]} there and "
                f"{line} found. Something that decides the model is not in its stamp, or the line was edited; if so, "
                "write it as it was."
            )
        if not same:
            file.write(_text(line, head=not rows))
            file.flush()
            os.fsync(file.fileno())
    return looks(path, study.split_id)


def looks(path: Path, split_id: str) -> int:
    """How many model versions have been judged on this split."""
    if not path.exists():
        return 0
    with path.open(newline="", encoding="utf-8") as file:
        return len({row["stamp"] for row in csv.DictReader(file) if row["split_id"] == split_id})


def _line(study: Study, tags: Mapping[str, str]) -> dict[str, str]:
    test = study.metrics["xgboost"]["test"]
    figures = {name: "" if test[name] is None else f"{test[name]:.6f}" for name in ("log_loss", "fatal_roc_auc")}
    where = {"split_id": study.split_id, "stamp": tags["stamp"], "moment": study.settings.moment}
    return where | {"release": tags["release"], "events": str(test["events"])} | figures


def _text(line: Mapping[str, str], head: bool) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    if head:
        writer.writeheader()
    writer.writerow(line)
    return buffer.getvalue()
