"""Groups of events by which a model is evaluated: aircraft, operation, weather, place, year and pilot."""

from collections.abc import Callable

import pandas as pd

from models.severity.evaluation.bootstrap import BooleanArray

# Smaller groups are combined, because their metrics would be mostly noise.
MIN_GROUP_SIZE = 50
MISSING, OTHER = "not recorded", f"other (groups below {MIN_GROUP_SIZE} events)"
AGES = {"under 30": 30, "30-39": 40, "40-49": 50, "50-59": 60, "60-69": 70, "70 or more": float("inf")}


def age_bands(ages: pd.Series) -> pd.Series:
    """Return the age band of each age; missing ages stay missing."""
    numbers = pd.to_numeric(ages, errors="coerce")
    return pd.cut(numbers, [-float("inf"), *AGES.values()], right=False, labels=list(AGES)).astype(object)


def _same(values: pd.Series) -> pd.Series:
    return values


# {dimension: (column of the feature table, function from its values to groups)}
DIMENSIONS: dict[str, tuple[str, Callable[[pd.Series], pd.Series]]] = {
    "far_part": ("far_part", _same),
    "acft_category": ("acft_category", _same),
    "region": ("region", _same),
    "wx_cond_basic": ("wx_cond_basic", _same),
    "year": ("ev_date", lambda dates: pd.to_datetime(dates).dt.year),
    "age_band": ("crew_age_y", age_bands),
    "sex": ("crew_sex", _same),
    "is_homebuilt": ("is_homebuilt", lambda values: values.map({True: "yes", False: "no"})),
}


def dimensions_of(events: pd.DataFrame) -> list[str]:
    """Return the dimensions whose column the table has."""
    return [name for name, (column, _) in DIMENSIONS.items() if column in events]


def group_rows(events: pd.DataFrame, dimension: str) -> dict[str, BooleanArray]:
    """Return {group: which events are in it}; the largest group first, OTHER last. Every event is in one group."""
    column, to_groups = DIMENSIONS[dimension]
    values = to_groups(events[column]).astype(object)
    names = values.where(values.notna(), MISSING).astype(str)
    sizes = names.value_counts()
    names = names.where(names.map(sizes) >= MIN_GROUP_SIZE, OTHER)
    order = sorted(names.unique(), key=lambda name: (name == OTHER, -int((names == name).sum()), name))
    return {name: (names == name).to_numpy() for name in order}
