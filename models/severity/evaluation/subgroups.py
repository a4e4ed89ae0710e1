"""For whom does it hold? Figures on the test part by FAR part, category of aircraft, region and weather."""

from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import StudySettings
from models.severity.data.encoding import Matrix, labels
from models.severity.evaluation import bootstrap, metrics
from models.severity.evaluation.bootstrap import FATAL

COLUMNS = ("far_part", "acft_category", "region", "wx_cond_basic")
# Smaller groups stand together: their figures would be chance.
MIN_GROUP_SIZE = 50
MISSING, OTHER = "not recorded", "smaller groups together"


def subgroup_metrics(
    test: pd.DataFrame, said: Matrix, baseline: Matrix, settings: StudySettings
) -> dict[str, dict[str, dict[str, Any]]]:
    """Column -> group -> figures of the model on the group, the largest group first, with intervals."""
    found = {}
    for column in COLUMNS:
        names = test[column].astype(object).where(test[column].notna(), MISSING).astype(str)
        counts = names.value_counts()
        names = names.where(names.map(counts) >= MIN_GROUP_SIZE, OTHER)
        order = sorted(names.unique(), key=lambda name: (name == OTHER, -int((names == name).sum()), name))
        found[column] = {
            name: _evaluate_group(test, said, baseline, (names == name).to_numpy(), settings) for name in order
        }
    return found


def _evaluate_group(
    test: pd.DataFrame, said: Matrix, baseline: Matrix, rows: np.ndarray[Any, Any], settings: StudySettings
) -> dict[str, Any]:
    truth, draws, seed = labels(test[rows]), settings.n_bootstrap, settings.seed
    found = metrics.evaluate(truth, said[rows], draws, seed, baseline=baseline[rows])
    del found["confusion"]
    shares = {"fatal_share": (truth == FATAL).astype(float), "mean_predicted_fatal": said[rows][:, FATAL]}
    for name, values in bootstrap.bootstrap_means(shares, draws, seed).items():
        found["intervals"][name] = bootstrap.percentile_interval(values)
    return (
        found | {name: float(values.mean()) for name, values in shares.items()} | {"fatal": int((truth == FATAL).sum())}
    )
