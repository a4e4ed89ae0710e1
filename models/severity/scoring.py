"""Load the model of a study from its files and compute class probabilities of events."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

from models.severity.data import feature_registry
from models.severity.data.encoding import Encoder
from models.severity.data.population import CLASSES
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.study import DIGITS

PROBABILITY_COLUMNS = tuple(f"p_{name.lower()}" for name in CLASSES)
COLUMNS = ("ev_id", *PROBABILITY_COLUMNS, "model_version")
EXPECTED_VALUES = {"number": "finite numbers", "category": "text", "boolean": "true and false"}


class InvalidColumns(ValueError):
    """A feature table lacks columns that the model needs, or they hold invalid values; the message lists all."""


@dataclass(frozen=True)
class Scorer:
    """A fitted model and the name of its version."""

    model: BoostedModel
    version: str

    def scores(self, events: pd.DataFrame) -> pd.DataFrame:
        """Return ev_id, p_none, p_minr, p_sers, p_fatl (rounded to 6 digits) and model_version, sorted by ev_id.

        Other columns of `events` are ignored. Raises InvalidColumns.
        """
        require_columns(events, self.model.encoder)
        # The outcome is not used; events that are still under investigation have none.
        ordered = events.drop(columns="severity", errors="ignore").sort_values("ev_id", ignore_index=True)
        shares = self.model.probabilities(ordered).round(DIGITS)
        scores = pd.DataFrame(shares, columns=list(PROBABILITY_COLUMNS))
        scores.insert(0, "ev_id", ordered["ev_id"].astype(str))
        return scores.assign(model_version=self.version)


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
    return Scorer(BoostedModel(encoder, booster, booster.num_boosted_rounds()), version)


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
