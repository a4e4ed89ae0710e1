"""A study's model read back from its files, and class probabilities of events from it."""

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


class InvalidColumns(ValueError):
    """A table of features does not have what the model needs; every column that is wrong is named."""


@dataclass(frozen=True)
class Scorer:
    """A model with the name of its version."""

    model: BoostedModel
    version: str

    def scores(self, events: pd.DataFrame) -> pd.DataFrame:
        """One row per event, in order of ev_id: ev_id, p_none, p_minr, p_sers, p_fatl (6 digits), model_version.

        Columns that the model does not know are not looked at. Raises WrongColumns.
        """
        require_columns(events, self.model.encoder)
        # The outcome is not looked at, and not every event has one.
        ordered = events.drop(columns="severity", errors="ignore").sort_values("ev_id", ignore_index=True)
        shares = self.model.probabilities(ordered).round(DIGITS)
        found = pd.DataFrame(shares, columns=list(PROBABILITY_COLUMNS))
        found.insert(0, "ev_id", ordered["ev_id"].astype(str))
        return found.assign(model_version=self.version)


def load_scorer(folder: Path) -> Scorer:
    """The model of a study's folder: model.ubj, encoding.json, identity.json."""
    encoding, identity, metrics = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("encoding.json", "identity.json", "metrics.json")
    )
    known = {feature.column: feature for feature in feature_registry.load_features()}
    encoder = Encoder(tuple(known[name] for name in encoding["features"]), encoding["categories"])
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray((folder / "model.ubj").read_bytes()))
    # Version 0.1 named the setting `moment`.
    settings = {"prediction_time": metrics["settings"].get("moment"), **metrics["settings"]}
    version = f"severity-{settings['prediction_time']}-{identity['model']}"
    return Scorer(BoostedModel(encoder, booster, booster.num_boosted_rounds()), version)


def require_columns(events: pd.DataFrame, encoder: Encoder) -> None:
    """Raise WrongColumns naming every column that is missing or holds something else than the model was trained on."""
    faults = _find_id_problems(events)
    for feature in encoder.features:
        if feature.column not in events:
            faults.append(f"{feature.column}: a {feature.kind} expected, no such column found")
        elif found := _find_invalid_value(events[feature.column], feature.kind):
            faults.append(f"{feature.column}: {EXPECTED_VALUES[feature.kind]} expected, {found} found")
    if faults:
        raise InvalidColumns(
            f"table of features: {len(faults)} columns are wrong: {'; '.join(faults)}. "
            "Mend them: `python -m pipeline features` says what each must hold."
        )


EXPECTED_VALUES = {"number": "finite numbers", "category": "text", "boolean": "true and false"}


def _find_id_problems(events: pd.DataFrame) -> list[str]:
    if "ev_id" not in events:
        return ["ev_id: one text per row expected, no such column found"]
    blank, twice = int(events["ev_id"].isna().sum()), int(events["ev_id"].dropna().duplicated().sum())
    faults = [f"ev_id: one in each row expected, {blank} rows without found"] if blank else []
    return faults + ([f"ev_id: one row per event expected, {twice} repeated found"] if twice else [])


def _find_invalid_value(values: pd.Series, kind: str) -> str:
    """What does not belong in a column of that kind, or nothing."""
    known = values.dropna()
    is_number = pd.api.types.is_numeric_dtype(known) and not pd.api.types.is_bool_dtype(known)
    if kind == "number":
        wrong = (
            known
            if not is_number and not _all_of_types(known, (int, float))
            else known[~np.isfinite(known.astype(float))]
        )
    elif kind == "boolean":
        wrong = known if not pd.api.types.is_bool_dtype(known) and not _all_of_types(known, (bool,)) else known[:0]
    else:
        wrong = known if not _all_of_types(known, (str,)) else known[:0]
    return f"{values.dtype!s} such as {wrong.astype(object).iloc[0]!r}" if len(wrong) else ""


def _all_of_types(values: pd.Series, types: tuple[type, ...]) -> bool:
    """True where every value is of one of the types; True and False are no numbers."""
    return all(isinstance(value, types) and (bool in types or not isinstance(value, bool)) for value in values)
