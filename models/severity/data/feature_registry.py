"""The feature registry (features.toml): the available features, their meaning and when each becomes known.

columns.toml classifies every column of the published tables in the same way, so that requesting a column that is not
a feature is rejected with a reason.
"""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.severity.errors import InvalidStudy

FEATURES_FILE = Path(__file__).with_name("features.toml")
COLUMNS_FILE = Path(__file__).with_name("columns.toml")
ALL_COLUMNS = "*"
# Columns of the feature table that identify the event, decide its partition, hold the label, or divide events into
# groups whose metrics are compared.
POPULATION_COLUMNS = (
    "ev_id",
    "ev_date",
    "ev_year",
    "era",
    "severity",
    "is_us",
    "is_accident",
    "has_injury_record",
    "has_label_disagreement",
    "crew_sex",
)
# Whether the label differs from the numbers of injured persons; counted if the table has it, never used otherwise.
LABEL_DISAGREEMENT = "has_label_disagreement"
OPTIONAL_COLUMNS = (LABEL_DISAGREEMENT, "crew_sex")
# A feature that does not say when it is published is taken to be missing until NTSB closes the case.
AT_CLOSURE = "closure_assumed"


@dataclass(frozen=True)
class Arrival:
    """When NTSB's record contains a feature: the median of `n` cases in days after the event, None for at closure."""

    source: str
    n: int
    median_days: float | None = None

    @property
    def days(self) -> float:
        """The median in days, infinite for at closure."""
        return math.inf if self.median_days is None else self.median_days

    def __str__(self) -> str:
        days = "at closure" if self.median_days is None else f"day {self.median_days:g}"
        return f"{days} ({f'n = {self.n}' if self.n else 'assumed'})"


@dataclass(frozen=True)
class Feature:
    """A feature: its column in the feature table, when the fact is `known` and when NTSB's record contains it.

    `published` names an arrival. `structural`: features that determine whether this one has a value at all.
    `not_inputs`: values that are judgments made after the investigation. `group`: features that say nearly the same.
    Leaks are registered too, with kind `leak` and prediction time T2; they are in no feature table.
    """

    column: str
    meaning: str
    unit: str = ""
    kind: str = "leak"
    known: str = "T2"
    published: str = AT_CLOSURE
    eras: tuple[str, ...] = ()
    missing: str = ""
    reads: tuple[str, ...] = ()
    structural: tuple[str, ...] = ()
    group: str = ""
    not_inputs: tuple[str, ...] = ()


Features = tuple[Feature, ...]


class FeatureNotAvailable(InvalidStudy):
    """Requested features that are not registered or not yet known at the prediction time; the message lists all."""


@cache
def load_features() -> Features:
    """Return all registered features in the order of the file, leaks last."""
    registry = tomllib.loads(FEATURES_FILE.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = [
        {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
        for entry in registry["feature"]
    ]
    features = [Feature(**entry) for entry in entries]
    return tuple(features + [Feature(**entry) for entry in registry["leak"]])


@cache
def load_arrivals() -> dict[str, Arrival]:
    """Return {name: arrival} of features.toml."""
    registry = tomllib.loads(FEATURES_FILE.read_text(encoding="utf-8"))
    return {name: Arrival(**values) for name, values in registry["arrivals"].items()}


@cache
def load_columns() -> dict[str, dict[str, str]]:
    """Return {table: {column: class}}; the column `*` means all columns of a table that has a single class."""
    columns: dict[str, dict[str, str]] = {}
    for table, groups in tomllib.loads(COLUMNS_FILE.read_text(encoding="utf-8")).items():
        columns[table] = {
            name: kind if kind != "all" else names
            for kind, names in groups.items()
            for name in ([ALL_COLUMNS] if kind == "all" else names)
        }
    return columns


def features_at(prediction_time: str) -> list[Feature]:
    """Return the features known at prediction time `T0` or `T1`, in registry order; raise ValueError for others."""
    if prediction_time not in ("T0", "T1"):
        raise ValueError(
            f"prediction_time: expected T0 or T1, found {prediction_time!r}; what is known after T1 is outcome"
        )
    return [feature for feature in load_features() if feature.known <= prediction_time]


def require_features(names: Iterable[str], prediction_time: str) -> list[Feature]:
    """Return the named features; raise FeatureNotAvailable unless all are known at the prediction time."""
    registered = {feature.column: feature for feature in load_features()}
    available = {feature.column for feature in features_at(prediction_time)}
    names = list(names)
    problems = [_explain_unavailable(name, registered.get(name)) for name in names if name not in available]
    if problems:
        raise FeatureNotAvailable(
            f"features: expected features known at {prediction_time}, found {'; '.join(problems)}; "
            "remove them or choose a later prediction_time."
        )
    return [registered[name] for name in names]


def require_known_columns(columns: Iterable[str]) -> None:
    """Raise FeatureNotAvailable if a feature table has a column that no T0 or T1 model may use."""
    require_features([column for column in columns if column not in POPULATION_COLUMNS], "T1")


def _explain_unavailable(name: str, feature: Feature | None) -> str:
    if feature is not None:
        return f"{name} (known at {feature.known}: {feature.meaning})"
    classes = sorted({(columns[name], table) for table, columns in load_columns().items() if name in columns})
    if not classes:
        return f"{name} (not registered in {FEATURES_FILE.name})"
    locations = ", ".join(f"{kind} in {table}" for kind, table in classes)
    return f"{name} (not a feature in {FEATURES_FILE.name}; class in {COLUMNS_FILE.name}: {locations})"
