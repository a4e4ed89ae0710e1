"""External validation: the model on accidents outside the United States, on which it was not trained."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit  # type: ignore[import-untyped]  # SciPy has no types.

from models.severity.config import StudySettings
from models.severity.data.encoding import labels
from models.severity.data.population import select_abroad
from models.severity.estimators.base import Model
from models.severity.evaluation import metrics, recalibration
from models.severity.evaluation.bootstrap import FATAL


def foreign_accidents(frame: pd.DataFrame, settings: StudySettings) -> pd.DataFrame:
    """Return the accidents of the feature table outside the United States in the test years, sorted by ev_id."""
    return select_abroad(frame, settings.test_year, settings.last_year, settings.min_case_age_days)


def validate_externally(
    foreign: pd.DataFrame, model: Model, baseline: Model, settings: StudySettings
) -> dict[str, Any]:
    """Return metrics of the model on accidents abroad as they are, calibration, and the Brier score of fatal before and
    after a shift of the log odds that corrects calibration in the large. Only {events} if there are none.

    `baseline`: class shares of the model's training data. The shift is learned from the same events, so what remains
    after it is not the different share of fatal accidents.
    """
    if foreign.empty:
        return {"events": 0}
    truth, probabilities = labels(foreign), model.probabilities(foreign)
    evaluation = metrics.evaluate(
        truth, probabilities, settings.n_bootstrap, settings.seed, baseline=baseline.probabilities(foreign)
    )
    fatal, stated = truth == FATAL, probabilities[:, FATAL]
    shift = recalibration.calibration_of(fatal, stated)["intercept"] or 0.0
    scores = {"as_predicted": stated, "shifted": expit(logit(stated) + shift)}
    return evaluation | {
        "calibration": recalibration.calibration_of_classes(truth, probabilities),
        "fatal_brier": {name: float(np.mean((array - fatal) ** 2)) for name, array in scores.items()},
    }
