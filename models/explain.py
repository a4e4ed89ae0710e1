"""Which features the model leans on: mean absolute contribution (SHAP values as XGBoost computes them)."""

import numpy as np
import pandas as pd

from models.fit import Boosted
from models.population import CLASSES

# Events explained: the first by ev_id, so that the sample is the same again.
SAMPLE = 500


def importances(model: Boosted, events: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Feature -> class -> mean absolute contribution in log odds, and `all` their mean; greatest first."""
    sample = events.sort_values("ev_id").head(SAMPLE)
    means = np.abs(model.contributions(sample)[:, :, :-1]).mean(axis=0)
    order = np.argsort(-means.mean(axis=0), kind="stable")
    names = model.encoder.names
    return {
        names[at]: {
            "all": float(means[:, at].mean()),
            **{severity: float(means[row, at]) for row, severity in enumerate(CLASSES)},
        }
        for at in order
    }
