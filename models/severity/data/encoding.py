"""From features to numbers. What is learned here (categories, medians, scales) is learned on the training part only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.feature_registry import Feature
from models.severity.data.population import CLASSES

RARE_CATEGORY = "(rare)"
# Categories of a feature that get a column of their own in the dense matrix: models of aircraft are hundreds.
MAX_CATEGORIES = 40
Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Encoder:
    """Numbers as they are, categories as places in `categories`, booleans as 0 and 1; missing is NaN everywhere.

    A category seen fewer than `smallest` times in training, or never, is `(rare)`.
    """

    features: tuple[Feature, ...]
    categories: dict[str, list[str]]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [feature.column for feature in self.features]

    @property
    def types(self) -> list[str]:
        """XGBoost's feature types in order: `c` for a category, `q` for a number."""
        return ["c" if feature.kind == "category" else "q" for feature in self.features]

    def matrix(self, events: pd.DataFrame) -> pd.DataFrame:
        """One float column per feature, one row per event."""
        return pd.DataFrame({feature.column: self._column(events, feature) for feature in self.features}, dtype=float)

    def _column(self, events: pd.DataFrame, feature: Feature) -> pd.Series:
        values = events[feature.column]
        if feature.kind == "number":
            return _numbers(values)
        if feature.kind == "boolean":
            return _map_values(values, {False: 0.0, True: 1.0})
        places = {name: float(place) for place, name in enumerate(self.categories[feature.column])}
        return _map_values(values, places, places[RARE_CATEGORY])


def fit_encoder(train: pd.DataFrame, features: Sequence[Feature], smallest: int) -> Encoder:
    """Learn which categories are common enough to stand by themselves; sorted, so that row order changes nothing."""
    categories = {}
    for feature in features:
        if feature.kind == "category":
            counts = train[feature.column].value_counts()
            categories[feature.column] = [*sorted(counts[counts >= smallest].index), RARE_CATEGORY]
    return Encoder(tuple(features), categories)


def labels(events: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Severity as 0..3 in the order of CLASSES."""
    codes, found = pd.factorize(events["severity"])
    # A severity that is none of the classes, or missing, is an error here, never a class.
    places = np.array([*(CLASSES.index(name) for name in found), -1], dtype=np.int64)
    if (codes < 0).any():
        raise ValueError("severity: one of the four classes in each row expected, rows without found")
    return places[codes]


@dataclass
class DenseEncoder:
    """For logistic regression: numbers filled with the median, scaled; categories filled with the commonest, one-hot.

    There is no column that says that a value was missing: blanks tell who died.
    """

    encoder: Encoder
    centre: dict[str, float] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)

    def fit(self, train: pd.DataFrame) -> "DenseEncoder":
        """Learn medians, modes, scales and the commonest categories from the training part."""
        encoded = self.encoder.matrix(train)
        for feature in self.encoder.features:
            values = encoded[feature.column].dropna()
            if feature.kind == "category":
                self.centre[feature.column] = float(values.mode().iloc[0]) if len(values) else 0.0
                counts = np.bincount(values.astype(int), minlength=len(self.encoder.categories[feature.column]))
                self.places[feature.column] = sorted(np.argsort(-counts, kind="stable")[:MAX_CATEGORIES].tolist())
            else:
                self.centre[feature.column] = float(values.median()) if len(values) else 0.0
                self.scale[feature.column] = float(values.std(ddof=0) or 1.0) if len(values) else 1.0
        return self

    def matrix(self, events: pd.DataFrame) -> Matrix:
        """Rows x (numbers + one column per category)."""
        encoded = self.encoder.matrix(events)
        columns = []
        for feature in self.encoder.features:
            values = encoded[feature.column].fillna(self.centre[feature.column])
            if feature.kind == "category":
                columns += [(values == place).to_numpy(dtype=float) for place in self.places[feature.column]]
            else:
                columns.append(((values - self.centre[feature.column]) / self.scale[feature.column]).to_numpy())
        return np.column_stack(columns)


def _numbers(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype(object).where(values.notna(), np.nan), errors="raise")
    return pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)


def _map_values(values: pd.Series, numbers: Mapping[Any, float], other: float = np.nan) -> pd.Series:
    """Each value's number, looked up once per distinct value; `other` where it has none, NaN where it is missing."""
    codes, found = pd.factorize(values)
    # A missing value has the code -1, which is the last place.
    table = np.array([*(numbers.get(value, other) for value in found), np.nan])
    return pd.Series(table[codes], index=values.index)
