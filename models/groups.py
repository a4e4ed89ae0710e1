"""For whom does it hold? Figures on the test part by FAR part, category of aircraft, region and weather."""

from typing import Any

import numpy as np
import pandas as pd

from models import bootstrap, judge
from models.bootstrap import FATAL
from models.encode import Matrix, labels
from models.knobs import StudySettings

COLUMNS = ("far_part", "acft_category", "region", "wx_cond_basic")
# Smaller groups stand together: their figures would be chance.
SMALLEST = 50
MISSING, OTHER = "not recorded", "smaller groups together"


def subgroups(
    test: pd.DataFrame, said: Matrix, baseline: Matrix, settings: StudySettings
) -> dict[str, dict[str, dict[str, Any]]]:
    """Column -> group -> figures of the model on the group, the largest group first, with intervals."""
    found = {}
    for column in COLUMNS:
        names = test[column].astype(object).where(test[column].notna(), MISSING).astype(str)
        counts = names.value_counts()
        names = names.where(names.map(counts) >= SMALLEST, OTHER)
        order = sorted(names.unique(), key=lambda name: (name == OTHER, -int((names == name).sum()), name))
        found[column] = {name: _figures(test, said, baseline, (names == name).to_numpy(), settings) for name in order}
    return found


def _figures(
    test: pd.DataFrame, said: Matrix, baseline: Matrix, rows: np.ndarray[Any, Any], settings: StudySettings
) -> dict[str, Any]:
    truth, draws, seed = labels(test[rows]), settings.bootstrap_draws, settings.seed
    found = judge.judge(truth, said[rows], draws, seed, baseline=baseline[rows])
    del found["confusion"]
    shares = {"fatal_share": (truth == FATAL).astype(float), "fatal_share_stated": said[rows][:, FATAL]}
    for name, values in bootstrap.means(shares, draws, seed).items():
        found["intervals"][name] = bootstrap.interval(values)
    return (
        found | {name: float(values.mean()) for name, values in shares.items()} | {"fatal": int((truth == FATAL).sum())}
    )
