"""The sealed test period of the benchmark: opened once, by the model fitted on all years before it, and recorded.

The record is a line of a CSV file that outlives stores. As long as it has a line, the period cannot be opened again.
"""

import fcntl
import json
from pathlib import Path
from typing import Any

import pandas as pd

from models.severity import artifacts, benchmark
from models.severity.data.encoding import labels
from models.severity.errors import InvalidStudy
from models.severity.evaluation import metrics
from models.severity.tracking.csv_log import append_line, read_lines

COLUMNS = (
    *("period", "opened", "events_id", "fingerprint", "model", "events", "log_loss", "log_loss_low", "log_loss_high"),
    *("log_loss_skill", "fatal_roc_auc", "expected_calibration_error", "reason"),
)
PERIOD = "{}-{}".format(*benchmark.SEALED_YEARS)


class SealedTest(InvalidStudy):
    """The sealed period was opened before, or may not be opened with this study."""


def open_sealed(record: Path, study: Path, feature_table: Path, reason: str, today: str) -> dict[str, str]:
    """Evaluate the deployed model of a study's folder on the sealed period, append the line and return it.

    `today`: the date of the record, which is not part of a result. Raises SealedTest before the period is read.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results, identity = (
            json.loads((study / name).read_text(encoding="utf-8")) for name in ("metrics.json", "identity.json")
        )
        frame = pd.read_parquet(feature_table)
        events = benchmark.sealed_events(frame)
        _require_sealed(record, results, len(events), reason)
        if artifacts.table_digest(frame) != identity["features"]:
            raise SealedTest(
                f"{feature_table}: expected the table of the study, found another one; run the study again"
            )
        line = {"period": PERIOD, "opened": today, "fingerprint": identity["fingerprint"]}
        line |= {"model": identity["deployed"]}
        line |= _evaluate(study, events, results) | {"reason": " ".join(reason.split())}
        append_line(record, COLUMNS, line)
        return line


def _require_sealed(record: Path, results: dict[str, Any], events: int, reason: str) -> None:
    problems = [
        f"expected never opened, found opened on {line['opened']} with model {line['model']} ({record})"
        for line in read_lines(record)
        if line["period"] == PERIOD
    ]
    problems += benchmark.other_settings(results["settings"])
    if results["leakage_warnings"] or results["not_evaluated"]:
        problems.append(
            "expected no leakage warning, found: " + "; ".join(results["leakage_warnings"] + results["not_evaluated"])
        )
    if not events:
        problems.append("expected closed accidents of these years, found none in the feature table")
    if not reason.strip():
        problems.append("expected a reason, found none")
    if problems:
        raise SealedTest(
            f"sealed test {PERIOD}: {'; '.join(problems)}; the period can be opened once, by a frozen recipe"
        )


def _evaluate(study: Path, events: pd.DataFrame, results: dict[str, Any]) -> dict[str, str]:
    """Return events and metrics of the deployed model, and of the class shares that were fitted before test."""
    model, settings = artifacts.load_model(study, artifacts.DEPLOYED), results["settings"]
    baseline = artifacts.load_model(study, "class shares").probabilities(events)
    evaluation = metrics.evaluate(
        labels(events), model.probabilities(events), benchmark.N_BOOTSTRAP, settings["seed"], baseline=baseline
    )
    low, high = evaluation["intervals"]["log_loss"]
    names = ("log_loss", "log_loss_skill", "fatal_roc_auc", "expected_calibration_error")
    values = {name: evaluation[name] for name in names} | {"log_loss_low": low, "log_loss_high": high}
    return {"events": str(len(events)), "events_id": benchmark.events_id(events)} | {
        name: "" if value is None else f"{value:.6f}" for name, value in values.items()
    }
