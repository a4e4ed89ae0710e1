"""Records that a model is given: NTSB's record after closure, or as published a week after the event.

A feature that the record does not contain yet is missing. The day-7 record is simulated: features whose median arrival
is later than seven days (features.toml) are removed from the closed record.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.feature_registry import Feature, load_arrivals

CLOSED, DAY_7 = "closed", "day-7"
# Days after the event.
RECORDS = {CLOSED: math.inf, DAY_7: 7.0}
Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Masking:
    """How much of the training events is missing at random, so that a missing value is not what it is in closed cases.

    `share`: of the events that are chosen. `block_share`: probability that a block of late features is missing in a
    chosen event. `judgment_share`: probability that a feature with `not_inputs` is missing in any event. Otherwise only
    these values would be, and a missing value would mean the judgment that they stand for.
    """

    share: float
    block_share: float
    judgment_share: float


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


def mask_late(values: Matrix, features: Sequence[Feature], ev_ids: pd.Series, masking: Masking, seed: int) -> Matrix:
    """Return encoded events, shape (events, features), with blocks of features that arrive together missing at random.

    The choice depends on ev_id and seed only, so it is the same whatever other events there are.
    """
    days = np.array([arrival_days(feature) for feature in features])
    masked = values.copy()
    is_chosen = _random(ev_ids, seed, 0) < masking.share
    for number, block in enumerate(sorted({day for day in days if day > RECORDS[DAY_7]}), 1):
        rows = is_chosen & (_random(ev_ids, seed, number) < masking.block_share)
        masked[np.ix_(rows, days == block)] = np.nan
    has_judgments = np.array([bool(feature.not_inputs) for feature in features])
    masked[np.ix_(_random(ev_ids, seed, -1) < masking.judgment_share, has_judgments)] = np.nan
    return masked


def _random(ev_ids: pd.Series, seed: int, number: int) -> Matrix:
    """Return a uniform random number in [0, 1) per event: a hash of ev_id, seed and number."""
    key = f"{seed} {number}".encode().rjust(16)
    hashes = pd.util.hash_array(ev_ids.to_numpy(dtype=object), hash_key=key.decode(), categorize=False)
    return np.asarray((hashes >> np.uint64(11)) / 2.0**53)
