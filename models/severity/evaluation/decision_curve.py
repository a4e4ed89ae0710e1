"""Decision curves (Vickers and Elkin 2006): the net benefit of acting on a predicted fatal injury.

The decision: send a team to the site of the accident if the probability of a fatal injury is at least t. At threshold
t one needless dispatch costs t / (1 - t) of what a justified one gains, so per 1,000 accidents the net benefit is
1,000 * (true positives - false positives * t / (1 - t)) / events. Sending none has a net benefit of 0.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.evaluation.bootstrap import BooleanArray
from models.severity.evaluation.calibration import Z

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
ALL = "all accidents"
PER = 1000


def decision_curves(fatal: BooleanArray, probabilities: Mapping[str, Matrix]) -> dict[str, list[dict[str, Any]]]:
    """Return {model: points with threshold, net_benefit and its 95 % interval}, and those of sending a team to ALL.

    `probabilities`: model -> probability of a fatal injury, shape (events,). Intervals: 1.96 standard errors.
    """
    everyone = {ALL: np.ones(len(fatal))}
    return {
        name: [_net_benefit(fatal, probability >= threshold, threshold) for threshold in THRESHOLDS]
        for name, probability in {**probabilities, **everyone}.items()
    }


def _net_benefit(fatal: BooleanArray, positive: BooleanArray, threshold: float) -> dict[str, Any]:
    """Return threshold, net benefit per 1,000 accidents and its interval; `positive`: events acted on."""
    values = PER * np.where(fatal, 1.0, -threshold / (1 - threshold)) * positive
    mean, half = float(values.mean()), Z * float(values.std()) / float(np.sqrt(len(values)))
    return {"threshold": threshold, "net_benefit": mean, "intervals": {"net_benefit": [mean - half, mean + half]}}
