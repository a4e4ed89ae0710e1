"""Events encoded for XGBoost."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import xgboost

from models.severity.data.encoding import Encoder, Matrix, labels


@dataclass(frozen=True)
class EncodedEvents:
    """Encoded features (rows x features), labels and optional weights (1 if None), one per event."""

    encoder: Encoder
    values: Matrix
    label: Matrix
    weights: Matrix | None = None

    @cached_property
    def matrix(self) -> xgboost.DMatrix:
        """Return the events as a DMatrix of XGBoost, which is built once."""
        return _dmatrix(self.encoder, self.values, self.label, self.weights)


def encode_events(
    encoder: Encoder, events: pd.DataFrame, label: Matrix | None = None, weights: Matrix | None = None
) -> EncodedEvents:
    """Return events encoded for training or early stopping. `label` defaults to the severity codes 0 to 3."""
    target = labels(events).astype(float) if label is None else label
    return EncodedEvents(encoder, encoder.matrix(events).to_numpy(), target, weights)


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
