"""Load the model of a study from its files and compute class probabilities and prediction sets of events."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.data import feature_registry
from models.severity.data.encoding import Encoder, Matrix
from models.severity.data.population import CLASSES, study_parts
from models.severity.data.records import CLOSED, DAY_7, closure_columns
from models.severity.errors import InvalidStudy
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.prediction_sets import prediction_sets
from models.severity.study import DIGITS

PROBABILITY_COLUMNS = tuple(f"p_{name.lower()}" for name in CLASSES)
COLUMNS = ("ev_id", *PROBABILITY_COLUMNS, "prediction_set", "part", "record", "missing_share", "model_version")
EXPECTED_VALUES = {"number": "finite numbers", "category": "text", "boolean": "true and false"}


class InvalidColumns(ValueError):
    """A feature table lacks columns that the model needs, or they hold invalid values; the message lists all."""


class OpenLeakageWarning(InvalidStudy):
    """The study has leakage warnings that are not waived, so its model is not used; the message lists them."""


@dataclass(frozen=True)
class Scorer:
    """A fitted model, the name of its version, and of its study: settings, thresholds of sets and leakage warnings."""

    model: BoostedModel
    version: str
    settings: Mapping[str, Any]
    thresholds: Mapping[str, Mapping[str, float]]
    leakage_warnings: Sequence[str]

    def require_no_warning(self) -> None:
        """Raise OpenLeakageWarning if the study has leakage warnings that are not waived."""
        if self.leakage_warnings:
            raise OpenLeakageWarning(
                f"scores of {self.version}: expected no open leakage warning, found {len(self.leakage_warnings)}: "
                f"{'; '.join(self.leakage_warnings)}; waive them in leakage_waivers.toml or remove the features"
            )

    def study_scores(self, events: pd.DataFrame) -> pd.DataFrame:
        """Return `scores` of the events that have a part in the study; of none while a leakage warning is open.

        `events` has the population columns as well. United States accidents after the years of the study are included.
        """
        part = study_parts(events, self.settings)
        included = part.notna() & (not self.leakage_warnings)
        return self.scores(events[included].assign(part=part[included]))

    def scores(self, events: pd.DataFrame) -> pd.DataFrame:
        """Return one row per event with COLUMNS, sorted by ev_id; probabilities and shares are rounded to 6 digits.

        `record`: closed if a feature that NTSB publishes at closure is known, else day-7; its thresholds determine the
        prediction set. `missing_share`: share of the features without a value. `part` is that of `events`, missing if
        they have none. Other columns of `events` are ignored. Raises InvalidColumns.
        """
        require_columns(events, self.model.encoder)
        # The outcome is not used; events that are still under investigation have none.
        ordered = events.drop(columns="severity", errors="ignore").sort_values("ev_id", ignore_index=True)
        shares = self.model.probabilities(ordered).round(DIGITS)
        scores = pd.DataFrame(shares, columns=list(PROBABILITY_COLUMNS))
        record = self._records(ordered)
        values: dict[str, Any] = {
            "ev_id": ordered["ev_id"].astype(str),
            "prediction_set": self._prediction_sets(shares, record),
            "part": ordered["part"].astype(str) if "part" in ordered else pd.Series(pd.NA, ordered.index, "string"),
            "record": record,
            "missing_share": ordered[self.model.encoder.names].isna().mean(axis=1).round(DIGITS),
        }
        return scores.assign(**values, model_version=self.version)[list(COLUMNS)]

    def _records(self, events: pd.DataFrame) -> pd.Series:
        """Return the record that each event has."""
        late = closure_columns(self.model.encoder.features)
        is_closed = events[late].notna().any(axis=1) if late else pd.Series(True, index=events.index)
        return pd.Series(DAY_7, index=events.index, dtype=object).mask(is_closed, CLOSED)

    def _prediction_sets(self, probabilities: Matrix, record: pd.Series) -> list[str]:
        """Return the set of each event by the thresholds of its record."""
        sets = {name: prediction_sets(probabilities, self.thresholds.get(name, {})) for name in record.unique()}
        return [sets[name][row] for row, name in enumerate(record)]


def load_scorer(folder: Path) -> Scorer:
    """Return a Scorer of the model in a study's folder: model.ubj, encoding.json, identity.json and metrics.json."""
    encoding, identity, metrics = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("encoding.json", "identity.json", "metrics.json")
    )
    features = {feature.column: feature for feature in feature_registry.load_features()}
    encoder = Encoder(tuple(features[name] for name in encoding["features"]), encoding["categories"])
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray((folder / "model.ubj").read_bytes()))
    # Version 0.1 named the setting `moment`.
    settings = {"prediction_time": metrics["settings"].get("moment"), **metrics["settings"]}
    version = f"severity-{settings['prediction_time']}-{identity['model']}"
    model = BoostedModel(encoder, booster, booster.num_boosted_rounds())
    return Scorer(model, version, settings, metrics.get("thresholds", {}), metrics["leakage_warnings"])


def require_columns(events: pd.DataFrame, encoder: Encoder) -> None:
    """Raise InvalidColumns listing every column that is missing or has values of another kind than in training."""
    problems = _find_id_problems(events)
    for feature in encoder.features:
        expected = EXPECTED_VALUES[feature.kind]
        if feature.column not in events:
            problems.append(f"{feature.column}: expected a column with {expected}, found none")
        elif invalid := _find_invalid_value(events[feature.column], feature.kind):
            problems.append(f"{feature.column}: expected {expected}, found {invalid}")
    if problems:
        raise InvalidColumns(
            f"feature table: {len(problems)} invalid columns: {'; '.join(problems)}; "
            "`python -m pipeline features` lists what each column must contain."
        )


def _find_id_problems(events: pd.DataFrame) -> list[str]:
    """Return a message if ev_id is absent, has missing values, or repeats."""
    if "ev_id" not in events:
        return ["ev_id: expected a column with one text per row, found none"]
    missing, repeated = int(events["ev_id"].isna().sum()), int(events["ev_id"].dropna().duplicated().sum())
    problems = [f"ev_id: expected a value in each row, found {missing} rows without"] if missing else []
    return problems + ([f"ev_id: expected one row per event, found {repeated} repeated rows"] if repeated else [])


def _find_invalid_value(values: pd.Series, kind: str) -> str:
    """Return a description of the first value that is not of the kind; empty if all are valid."""
    known = values.dropna()
    if kind == "category":
        is_valid = _all_of_types(known, (str,))
    elif kind == "boolean":
        is_valid = pd.api.types.is_bool_dtype(known) or _all_of_types(known, (bool,))
    else:
        is_number = pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known)
        is_valid = is_number or _all_of_types(known, (int, float))
        if is_valid:
            known = known[~np.isfinite(known.astype(float))]
            is_valid = known.empty
    return "" if is_valid else f"{values.dtype!s} such as {known.astype(object).iloc[0]!r}"


def _all_of_types(values: pd.Series, types: tuple[type, ...]) -> bool:
    """Return True if every value is of one of the types; booleans do not count as numbers."""
    return all(isinstance(value, types) and (bool in types or not isinstance(value, bool)) for value in values)
