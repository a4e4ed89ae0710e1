"""Records that a model is given: NTSB's record after closure, or as published a week after the event.

A feature that the record does not contain yet is missing. The day-7 record is simulated: features whose median arrival
is later than seven days (features.toml) are removed from the closed record.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.feature_registry import Feature, load_arrivals

CLOSED, DAY_7 = "closed", "day-7"
# Days after the event.
RECORDS = {CLOSED: math.inf, DAY_7: 7.0}
Matrix = np.ndarray[Any, np.dtype[np.float64]]
# Probability that a block of late features is missing in an event that is chosen for masking.
MASKED_BLOCK = 0.75
# Probability that a feature with values that are not inputs is missing. Otherwise only these values would be, and a
# missing value would mean the judgment that they stand for.
MASKED_JUDGMENT = 0.1


def arrival_days(feature: Feature) -> float:
    """Return the median days from the event until NTSB's record contains the feature; infinite for at closure."""
    return load_arrivals()[feature.published].days


def is_published(feature: Feature, record: str) -> bool:
    """Return whether the record contains the feature, by the median of its arrival."""
    return arrival_days(feature) <= RECORDS[record]


def as_published(events: pd.DataFrame, features: Sequence[Feature], record: str) -> pd.DataFrame:
    """Return the events as the record shows them: features that it does not contain yet are missing."""
    late = [feature.column for feature in features if not is_published(feature, record)]
    return events.assign(**dict.fromkeys(late, pd.Series(None, index=events.index, dtype=object)))


def closure_columns(features: Sequence[Feature]) -> list[str]:
    """Return the features that arrive at closure: an event with one of them, or if there are none, is closed."""
    return [feature.column for feature in features if math.isinf(arrival_days(feature))]


def mask_late(values: Matrix, features: Sequence[Feature], ev_ids: pd.Series, share: float, seed: int) -> Matrix:
    """Return encoded events, shape (events, features), with late features missing in about `share` of the events.

    Of the chosen events, each block of features that arrive together is missing with a probability of MASKED_BLOCK.
    Features with `not_inputs` are missing in another MASKED_JUDGMENT of the events, whatever the share is.
    The choice depends on ev_id and seed only, so it is the same whatever other events there are.
    """
    days = np.array([arrival_days(feature) for feature in features])
    masked = values.copy()
    is_chosen = _random(ev_ids, seed, 0) < share
    for number, block in enumerate(sorted({day for day in days if day > RECORDS[DAY_7]}), 1):
        rows = is_chosen & (_random(ev_ids, seed, number) < MASKED_BLOCK)
        masked[np.ix_(rows, days == block)] = np.nan
    has_judgments = np.array([bool(feature.not_inputs) for feature in features])
    masked[np.ix_(_random(ev_ids, seed, -1) < MASKED_JUDGMENT, has_judgments)] = np.nan
    return masked


def _random(ev_ids: pd.Series, seed: int, number: int) -> Matrix:
    """Return a uniform random number in [0, 1) per event: a hash of ev_id, seed and number."""
    key = f"{seed} {number}".encode().rjust(16)
    hashes = pd.util.hash_array(ev_ids.to_numpy(dtype=object), hash_key=key.decode(), categorize=False)
    return np.asarray((hashes >> np.uint64(11)) / 2.0**53)
