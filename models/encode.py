"""From features to numbers. What is learned here (categories, medians, scales) is learned on the training part only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.population import CLASSES
from models.registry import Feature

RARE = "(rare)"
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
        if feature.kind != "category":
            return _numbers(values)
        places = {name: float(place) for place, name in enumerate(self.categories[feature.column])}
        return (
            _texts(values)
            .map(places.get, na_action="ignore")
            .where(values.isna() | values.isin(list(places)), places.get(RARE, np.nan))
            .astype(float)
        )


def fit_encoder(train: pd.DataFrame, features: Sequence[Feature], smallest: int) -> Encoder:
    """Learn which categories are common enough to stand by themselves; sorted, so that row order changes nothing."""
    categories = {}
    for feature in features:
        if feature.kind == "category":
            counts = _texts(train[feature.column]).value_counts()
            categories[feature.column] = [*sorted(counts[counts >= smallest].index), RARE]
    return Encoder(tuple(features), categories)


def labels(events: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Severity as 0..3 in the order of CLASSES."""
    places = {name: place for place, name in enumerate(CLASSES)}
    return np.array([places[name] for name in events["severity"]], dtype=np.int64)


@dataclass
class Dense:
    """For logistic regression: numbers filled with the median, scaled; categories filled with the commonest, one-hot.

    There is no column that says that a value was missing: blanks tell who died.
    """

    encoder: Encoder
    centre: dict[str, float] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)

    def fit(self, train: pd.DataFrame) -> "Dense":
        """Learn medians, modes and scales from the training part."""
        encoded = self.encoder.matrix(train)
        for feature in self.encoder.features:
            values = encoded[feature.column].dropna()
            if feature.kind == "category":
                self.centre[feature.column] = float(values.mode().iloc[0]) if len(values) else 0.0
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
                places = range(len(self.encoder.categories[feature.column]))
                columns += [(values == place).to_numpy(dtype=float) for place in places]
            else:
                columns.append(((values - self.centre[feature.column]) / self.scale[feature.column]).to_numpy())
        return np.column_stack(columns)


def _texts(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), None)


def _numbers(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values.astype(object).where(values.notna(), np.nan), errors="raise").astype(float)
