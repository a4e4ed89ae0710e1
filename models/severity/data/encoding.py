"""Encode features as numbers; categories are learned from training data only.

Models are fitted on events encoded for training (`EncodedEvents.for_training`): features that NTSB publishes late are
missing in a random part of the events, so that a model can be given a record that lacks them, and older events count
less.

scikit-learn's OrdinalEncoder does not fit: it has one code for the unknown categories of all features, where here they
share the code of the feature's rare ones; it treats missing values as unknown if training has none; and it can only be
fitted, not restored from encoding.json.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.data import records
from models.severity.data.feature_registry import Feature, Features
from models.severity.data.population import CLASSES

RARE_CATEGORY = "(rare)"
Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Encoder:
    """Encodes numbers unchanged, categories as indexes into `categories`, booleans as 0 and 1, and missing as NaN.

    Categories with fewer than `min_count` events in training, and unknown ones, become `(rare)`. Features that `record`
    does not contain yet (records.py), and values that are not inputs, are missing.
    """

    features: Features
    categories: dict[str, list[str]]
    record: str = records.CLOSED

    @property
    def names(self) -> list[str]:
        return [feature.column for feature in self.features]

    @property
    def types(self) -> list[str]:
        """XGBoost's feature types in order: `c` for a category, `q` for a number."""
        return ["c" if feature.kind == "category" else "q" for feature in self.features]

    def matrix(self, events: pd.DataFrame) -> pd.DataFrame:
        """Return float64 columns, one per feature, and one row per event."""
        return pd.DataFrame({feature.column: self._column(events, feature) for feature in self.features}, dtype=float)

    def _column(self, events: pd.DataFrame, feature: Feature) -> pd.Series:
        """Return a feature as float64: the number, the code of the category, or 0 and 1; missing values are NaN."""
        values = events[feature.column]
        if not records.is_published(feature, self.record):
            return pd.Series(np.nan, index=values.index)
        if feature.kind == "number":
            return _numbers(values)
        if feature.kind == "boolean":
            return _map_values(values, {False: 0.0, True: 1.0})
        codes = {name: float(code) for code, name in enumerate(self.categories[feature.column])}
        values = values.where(~values.isin(feature.not_inputs), None)
        return _map_values(values, codes, codes[RARE_CATEGORY])


def fit_encoder(train: pd.DataFrame, features: Sequence[Feature], min_count: int) -> Encoder:
    """Return an encoder for the categories with `min_count` or more events; sorted, so that row order is irrelevant."""
    categories = {}
    for feature in features:
        if feature.kind == "category":
            counts = train[feature.column].value_counts().drop(list(feature.not_inputs), errors="ignore")
            categories[feature.column] = [*sorted(counts[counts >= min_count].index), RARE_CATEGORY]
    return Encoder(tuple(features), categories)


def labels(events: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return severity as int64 codes 0 to 3 in the order of CLASSES; raise ValueError for other values."""
    codes = pd.Index(CLASSES).get_indexer(pd.Index(events["severity"])).astype(np.int64)
    invalid = events[codes < 0]
    if len(invalid):
        names = ", ".join(invalid["ev_id"].astype(str).head(3)) if "ev_id" in invalid else "see the column severity"
        raise ValueError(
            f"severity: expected {', '.join(CLASSES)} in each row, found {len(invalid)} rows without ({names}); "
            "exclude them from the study population"
        )
    return np.asarray(codes)


@dataclass(frozen=True)
class EncodedEvents:
    """Encoded events: features (events, features), labels, optional weights (1 if None), ids and years."""

    encoder: Encoder
    values: Matrix
    label: Matrix
    weights: Matrix | None
    ev_ids: pd.Series
    years: Matrix

    def for_training(self, masking: records.Masking, half_life_y: float, seed: int) -> "EncodedEvents":
        """Return the events with late features missing in some of them, weighted by age.

        An event that is `half_life_y` years older than another has half its weight; 0: all have the same. The mean
        weight stays the same, because regularization depends on it.
        """
        values = records.mask_late(self.values, self.encoder.features, self.ev_ids, masking, seed)
        if not half_life_y:
            return replace(self, values=values)
        recency = 0.5 ** ((self.years.max(initial=0) - self.years) / half_life_y)
        recency /= recency.mean() if len(recency) else 1
        return replace(self, values=values, weights=recency if self.weights is None else recency * self.weights)

    @cached_property
    def matrix(self) -> xgboost.DMatrix:
        """The events as a DMatrix of XGBoost, which is built once."""
        return _dmatrix(self.encoder, self.values, self.label, self.weights)


def encode_events(
    encoder: Encoder, events: pd.DataFrame, label: Matrix | None = None, weights: Matrix | None = None
) -> EncodedEvents:
    """Return events encoded for training or early stopping. `label` defaults to the severity codes 0 to 3."""
    target = labels(events).astype(float) if label is None else label
    years = np.asarray(pd.to_datetime(events["ev_date"]).dt.year, dtype=np.float64)
    return EncodedEvents(encoder, encoder.matrix(events).to_numpy(), target, weights, events["ev_id"], years)


def dmatrix(encoder: Encoder, events: pd.DataFrame) -> xgboost.DMatrix:
    """Return events encoded for prediction; the column `severity` is not read."""
    return _dmatrix(encoder, encoder.matrix(events).to_numpy())


def _dmatrix(
    encoder: Encoder, values: Matrix, label: Matrix | None = None, weights: Matrix | None = None
) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        values,
        label=label,
        weight=weights,
        feature_names=encoder.names,
        feature_types=encoder.types,
        enable_categorical=True,
        nthread=1,
    )


def _numbers(values: pd.Series) -> pd.Series:
    """Return the values as float64. Raises ValueError for text that is not a number."""
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values.astype(object).where(values.notna(), np.nan), errors="raise")
    return pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)


def _map_values(values: pd.Series, numbers: Mapping[Any, float], other: float = np.nan) -> pd.Series:
    """Return the values replaced by their numbers, those without a number by `other`, and missing ones by NaN."""
    codes, distinct = pd.factorize(values)
    # A missing value has the code -1: the last entry.
    table = np.array([*(numbers.get(value, other) for value in distinct), np.nan])
    return pd.Series(table[codes], index=values.index)
