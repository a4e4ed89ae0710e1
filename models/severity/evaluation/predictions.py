"""Predictions of every model, from which every metric of a study can be computed again."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix
from models.severity.data.population import CLASSES

PROBABILITIES = tuple(f"p_{name.lower()}" for name in CLASSES)


def table(evaluated: Mapping[str, tuple[pd.DataFrame, Mapping[str, Matrix]]]) -> pd.DataFrame:
    """Return one row per part, model and event: part, model, ev_id, severity, p_none, p_minr, p_sers, p_fatl.

    `evaluated`: {part: (events, {model: probabilities of shape (events, 4), or (events,) of fatal injury only})}.
    The other probabilities of a binary model are missing.
    """
    return pd.concat(
        [
            pd.DataFrame({"part": part, "model": model, "ev_id": events["ev_id"], "severity": events["severity"]}).join(
                pd.DataFrame(_four_columns(probabilities), columns=list(PROBABILITIES), index=events.index)
            )
            for part, (events, predictions) in evaluated.items()
            for model, probabilities in predictions.items()
        ],
        ignore_index=True,
    )


def _four_columns(probabilities: Matrix) -> Matrix:
    """Return shape (events, 4); the probability of fatal alone is the last column, the others are NaN."""
    if probabilities.ndim == 2:
        return probabilities
    missing = np.full((len(probabilities), len(CLASSES) - 1), np.nan)
    return np.column_stack([missing, probabilities])
