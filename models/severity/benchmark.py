"""The benchmark severity-v1: its events, submissions, and their evaluation against the reference.

A submission is a CSV file with ev_id and four probabilities for every event of a part. It is evaluated by the metrics
of the study, with intervals of the paired differences to the reference, the predictions of the study's primary model.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import select_population
from models.severity.data.split import split_by_year
from models.severity.errors import InvalidStudy
from models.severity.evaluation import bootstrap, metrics, recalibration
from models.severity.evaluation.predictions import PROBABILITIES

# Definition of severity-v1. Later versions of the benchmark get another folder.
VALIDATION_YEAR, TEST_YEAR, LAST_YEAR, SEALED_YEARS = 2016, 2019, 2021, (2022, 2023)
MIN_CASE_AGE_DAYS = 730
SEALED = "sealed"
N_BOOTSTRAP, SEED = 2000, 20190101
# A row of probabilities may miss the sum of 1 by this much.
TOLERANCE = 1e-4
COLUMNS = ("ev_id", *PROBABILITIES)
LEADERBOARD = (
    *("name", "part", "events_id", "events", "log_loss", "log_loss_low", "log_loss_high", "fatal_roc_auc"),
    *("fatal_slope", "difference", "difference_low", "difference_high"),
)


def other_settings(settings: Mapping[str, Any]) -> list[str]:
    """Return how settings of a study differ from those of the benchmark."""
    expected = {
        "prediction_time": "T1",
        "first_year": StudySettings().first_year,
        "validation_year": VALIDATION_YEAR,
        "test_year": TEST_YEAR,
        "last_year": LAST_YEAR,
        "min_case_age_days": MIN_CASE_AGE_DAYS,
    }
    return [
        f"[Severity] {name}: expected {value}, found {settings[name]}"
        for name, value in expected.items()
        if settings[name] != value
    ]


class InvalidSubmission(InvalidStudy):
    """A submission does not have one row of four probabilities per event; the message lists all problems."""


def benchmark_events(frame: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Return ev_id, part (train, validation, test, sealed), severity and the digest of its features, sorted by ev_id.

    `frame` is the feature table. The digest is the sha256 of names and values of the features.
    """
    settings = StudySettings()
    population = select_population(frame, settings.first_year, LAST_YEAR, MIN_CASE_AGE_DAYS).events
    split = split_by_year(population, VALIDATION_YEAR, TEST_YEAR)
    parts = {"train": split.train, "validation": split.validation, "test": split.test, SEALED: sealed_events(frame)}
    events = pd.concat([rows.assign(part=part) for part, rows in parts.items()], ignore_index=True)
    digests = [_digest(features, values) for values in events[list(features)].astype(object).to_numpy().tolist()]
    result = events[["ev_id", "part", "severity"]].assign(features_sha256=digests)
    return result.sort_values("ev_id", ignore_index=True)


def sealed_events(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the accidents of the sealed years; empty if the feature table has none that are old enough."""
    year = pd.to_numeric(frame["ev_year"], errors="coerce")
    if not (year >= SEALED_YEARS[0]).any():
        return frame.head(0)
    try:
        return select_population(frame, *SEALED_YEARS, MIN_CASE_AGE_DAYS).events
    except InvalidStudy:
        return frame.head(0)


def read_submission(path: Path, events: pd.Series) -> Matrix:
    """Return the probabilities of a CSV file, shape (events, 4), in the order of `events`. Raises InvalidSubmission."""
    try:
        rows = pd.read_csv(path, dtype={"ev_id": str})
    except (OSError, ValueError) as error:
        raise InvalidSubmission(f"{path}: expected a CSV file, found {' '.join(str(error).split())}") from error
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise InvalidSubmission(f"{path.name}: expected columns {', '.join(COLUMNS)}, found no {', '.join(missing)}")
    values = rows[list(PROBABILITIES)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    counts = {
        "repeated events": int(rows["ev_id"].duplicated().sum()),
        "events of the part without a row": int((~events.isin(rows["ev_id"])).sum()),
        "rows of other events": int((~rows["ev_id"].isin(events)).sum()),
        "rows with a probability outside of 0 to 1": int((~((values >= 0) & (values <= 1)).all(axis=1)).sum()),
        "rows whose sum is not 1": int((~(np.abs(values.sum(axis=1) - 1) <= TOLERANCE)).sum()),
    }
    problems = [f"{count} {name}" for name, count in counts.items() if count]
    if problems:
        raise InvalidSubmission(
            f"{path.name}: expected one row of probabilities per event, found {'; '.join(problems)}; correct the file"
        )
    return pd.DataFrame(values, index=rows["ev_id"]).loc[events].to_numpy()


def evaluate_submission(events: pd.DataFrame, submitted: Matrix, reference: Matrix) -> dict[str, Any]:
    """Return metrics, calibration of each class, and paired differences to the reference, negative if better in loss.

    `events`: ev_id and severity. Probabilities below 1e-6 are raised to it, for the reference and the submission alike.
    """
    truth = labels(events)
    shares, other = (_clip(matrix) for matrix in (submitted, reference))
    return {
        "metrics": metrics.evaluate(truth, shares, N_BOOTSTRAP, SEED),
        "calibration": recalibration.calibration_of_classes(truth, shares),
        "minus_reference": bootstrap.paired_differences(truth, shares, other, N_BOOTSTRAP, SEED),
    }


def leaderboard_line(name: str, part: str, events: pd.DataFrame, evaluation: dict[str, Any]) -> dict[str, object]:
    """Return the line of a submission; `events_id` identifies the events and their labels."""
    values, difference = evaluation["metrics"], evaluation["minus_reference"]["log_loss"]
    low, high = values["intervals"]["log_loss"]
    numbers = {
        "log_loss": values["log_loss"],
        "log_loss_low": low,
        "log_loss_high": high,
        "fatal_roc_auc": values["fatal_roc_auc"],
        "fatal_slope": evaluation["calibration"]["FATL"]["slope"],
        "difference": difference["difference"],
        "difference_low": difference["interval"][0],
        "difference_high": difference["interval"][1],
    }
    rounded = {key: "" if value is None else f"{value + 0.0:.4f}" for key, value in numbers.items()}
    return {"name": name, "part": part, "events_id": events_id(events), "events": len(events)} | rounded


def events_id(events: pd.DataFrame) -> str:
    """Return 16 hex digits over events and labels, equal to the study's test id if the events are those of its test."""
    lines = (f"{ev_id} {severity}" for ev_id, severity in events[["ev_id", "severity"]].to_numpy())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _clip(probabilities: Matrix) -> Matrix:
    raised = np.clip(probabilities, 1e-6, None)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _digest(features: Sequence[str], values: Sequence[object]) -> str:
    text = "\n".join(f"{name}={_text(value)}" for name, value in zip(features, values, strict=True))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    """Return a value as text; a missing one is empty, and whole numbers are the same whatever their type."""
    if value is None or value != value:
        return ""
    return repr(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
