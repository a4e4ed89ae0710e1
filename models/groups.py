"""For whom does it hold? Figures on the test part by FAR part, category of aircraft, region and weather."""

from typing import Any

import numpy as np
import pandas as pd

from models import judge
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
    truth = labels(test[rows])
    judged = judge.judge(truth, said[rows], settings.bootstrap_draws, settings.seed)
    wanted = ("log_loss", "weighted_f1", "fatal_roc_auc", "calibration_error")
    expected = float(said[rows][:, FATAL].mean())
    return {name: judged[name] for name in wanted} | {
        "events": len(truth),
        "fatal": int((truth == FATAL).sum()),
        "fatal_share": float((truth == FATAL).mean()),
        "fatal_share_stated": expected,
        "log_loss_skill": judge.skill(judged["log_loss"], judge.figures(truth, baseline[rows])["log_loss"]),
        "intervals": {name: judged["intervals"].get(name) for name in wanted},
    }
