"""The feature registry: which features there are, what each means and when it becomes known (features.toml).

columns.toml says the same of every column of the published tables, so that a name which is no feature can be refused
with a reason.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.severity.errors import InvalidStudy

FEATURES_FILE = Path(__file__).with_name("features.toml")
COLUMNS_FILE = Path(__file__).with_name("columns.toml")
COLUMN_CLASSES = ("key", "T0", "T1", "T2", "record", "codes", "outside")
ALL_COLUMNS = "*"
PREDICTION_TIMES = ("T0", "T1", "T2")
KINDS = ("number", "category", "boolean")
# Columns of the feature table that say which event, which part of the study and what the outcome is.
POPULATION_COLUMNS = (
    "ev_id",
    "ev_date",
    "ev_year",
    "era",
    "severity",
    "is_us",
    "is_accident",
    "has_injury_record",
)


@dataclass(frozen=True)
class Feature:
    """One feature: its column in the feature table, and the prediction_time it becomes known. Leaks are T2 and in no table."""

    column: str
    meaning: str
    unit: str = ""
    kind: str = "leak"
    known: str = "T2"
    eras: tuple[str, ...] = ()
    missing: str = ""
    reads: tuple[str, ...] = ()


class FeatureNotAvailable(InvalidStudy):
    """A model asked for features that nobody knows yet at its prediction_time, or that are not registered; all are named."""


@cache
def load_features() -> tuple[Feature, ...]:
    """All registered features in the file's order, leaks last."""
    written = tomllib.loads(FEATURES_FILE.read_text(encoding="utf-8"))
    offered = [
        Feature(**{**entry, "eras": tuple(entry["eras"]), "reads": tuple(entry["reads"])})
        for entry in written["feature"]
    ]
    return tuple(offered + [Feature(**entry) for entry in written["leak"]])


@cache
def load_columns() -> dict[str, dict[str, str]]:
    """Table -> column -> its class; `*` for every column of a table that is of one class as a whole."""
    found: dict[str, dict[str, str]] = {}
    for table, groups in tomllib.loads(COLUMNS_FILE.read_text(encoding="utf-8")).items():
        found[table] = {
            name: kind if kind != "all" else names
            for kind, names in groups.items()
            for name in ([ALL_COLUMNS] if kind == "all" else names)
        }
    return found


def column_class(table: str, column: str) -> str | None:
    """The class of a published column, None where nobody has classified it."""
    found = load_columns().get(table, {})
    return found.get(column, found.get(ALL_COLUMNS))


def features_at(prediction_time: str) -> list[Feature]:
    """The features known by a prediction_time (`T0`, `T1`), in the registry's order. Nothing that is T2 is ever offered."""
    if prediction_time not in ("T0", "T1"):
        raise ValueError(
            f"prediction_time: T0 or T1 expected, {prediction_time!r} found; a model of the outcome after T1 is not offered"
        )
    return [feature for feature in load_features() if feature.known <= prediction_time]


def require_features(names: Iterable[str], prediction_time: str) -> list[Feature]:
    """The named features, if all are known by the prediction_time; else FeatureNotKnown naming every one that is not."""
    known = {feature.column: feature for feature in load_features()}
    allowed = {feature.column for feature in features_at(prediction_time)}
    wanted = list(names)
    faults = [_explain_unavailable(name, known.get(name)) for name in wanted if name not in allowed]
    if faults:
        raise FeatureNotAvailable(
            f"Features not known at {prediction_time}: "
            + "; ".join(faults)
            + ". Leave them out, or choose a later prediction_time."
        )
    return [known[name] for name in wanted]


def require_known_columns(columns: Iterable[str]) -> None:
    """Raise FeatureNotKnown where a feature table holds a column that no T0 or T1 model may see."""
    features = [column for column in columns if column not in POPULATION_COLUMNS]
    require_features(features, "T1")


def _explain_unavailable(name: str, feature: Feature | None) -> str:
    if feature is None:
        classes = sorted({(found[name], table) for table, found in load_columns().items() if name in found})
        if not classes:
            return f"{name} (not registered in {FEATURES_FILE.name})"
        places = ", ".join(f"{kind} in {table}" for kind, table in classes)
        return f"{name} (no feature of {FEATURES_FILE.name}; {COLUMNS_FILE.name} has it as {places})"
    return f"{name} (known at {feature.known}: {feature.meaning})"
