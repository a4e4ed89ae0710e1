"""Select the study population: United States accidents with an injury record, within a range of years."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.severity.errors import InvalidStudy

CLASSES = ("NONE", "MINR", "SERS", "FATL")
"""Severity classes in ascending order: the highest injury of any person in the event."""

NOT_US, NOT_ACCIDENT, NO_DATE = "not in the United States", "not an accident", "no date"
# Rules of events that have no part in a study, whatever their year and label.
CANDIDATE_RULES = (NOT_US, NOT_ACCIDENT, NO_DATE)


@dataclass(frozen=True)
class Population:
    """The events studied (one row per event, sorted by ev_id) and the number of events excluded by each rule."""

    events: pd.DataFrame
    excluded: dict[str, int]


class EmptyPopulation(InvalidStudy):
    """No event is left after the exclusion rules."""


def select_population(frame: pd.DataFrame, first_year: int, last_year: int, min_case_age_days: int = 0) -> Population:
    """Apply the exclusion rules in order; return the remaining events, and how many events each rule excluded.

    An event is counted under the first rule that excludes it. `frame` has one row per event. Accidents less than
    `min_case_age_days` older than the newest accident in the table are excluded, because cases that are closed early
    are not a random sample of severities; 0 turns the rule off. The age is measured against the table, not the clock,
    so that reruns agree. Raises ValueError if `ev_id` repeats, and EmptyPopulation if no event remains.
    """
    repeated = int(frame["ev_id"].duplicated().sum())
    if repeated:
        raise ValueError(
            f"feature table: expected one row per ev_id, found {repeated} repeated rows; look for a join that fans out"
        )
    frame = frame.sort_values("ev_id", ignore_index=True)
    included = pd.Series(True, index=frame.index)
    excluded = {}
    for rule, applies in _exclusion_rules(frame, first_year, last_year, min_case_age_days).items():
        excluded[rule] = int((included & applies).sum())
        included &= ~applies
    if not included.any():
        raise EmptyPopulation(
            f"study population: expected events, found none among {len(frame)} (excluded: {excluded}); "
            f"{_next_step(frame, first_year, last_year, min_case_age_days)}"
        )
    return Population(frame[included].reset_index(drop=True), excluded)


def select_abroad(frame: pd.DataFrame, first_year: int, last_year: int, min_case_age_days: int = 0) -> pd.DataFrame:
    """Return the accidents outside the United States to which no other rule applies, sorted by ev_id."""
    rules = _exclusion_rules(frame, first_year, last_year, min_case_age_days)
    is_abroad = rules.pop(NOT_US)
    return frame[is_abroad & ~pd.concat(rules, axis=1).any(axis=1)].sort_values("ev_id", ignore_index=True)


def study_parts(frame: pd.DataFrame, settings: Mapping[str, Any]) -> pd.Series:
    """Return the part of the study that each event is in: train, validation, test, later, or None for none of them.

    `later`: United States accidents after the last year, or too recent; their severity may not be known yet.
    `settings`: those of the study by name.
    """
    first_year, last_year, age = (settings[name] for name in ("first_year", "last_year", "min_case_age_days"))
    rules = _exclusion_rules(frame, first_year, last_year, age)
    year = pd.to_datetime(frame["ev_date"]).dt.year
    is_later = (year > last_year) | _is_too_recent(frame, age)
    part = pd.Series("test", index=frame.index, dtype=object)
    part = part.mask(year < settings["test_year"], "validation").mask(year < settings["validation_year"], "train")
    part = part.mask(pd.concat(rules, axis=1).any(axis=1), None)
    is_candidate = ~pd.concat([rules[name] for name in CANDIDATE_RULES], axis=1).any(axis=1)
    return part.mask(is_candidate & is_later, "later")


def _next_step(frame: pd.DataFrame, first_year: int, last_year: int, min_case_age_days: int) -> str:
    """Return which settings to change, so that at least one event is left."""
    year = pd.to_numeric(frame["ev_year"], errors="coerce")
    others = _exclusion_rules(frame, first_year, last_year, 0)
    in_years = ~others.pop(f"outside {first_year}-{last_year}")
    included = ~pd.concat(others, axis=1).any(axis=1)
    old_enough = included & ~_is_too_recent(frame, min_case_age_days)
    if not included.any():
        return "use sources with accidents in the United States whose severity is known"
    if not old_enough.any() or (included & in_years).any():
        years = "" if (included & in_years).any() else f", and the years to include {year[included].min():.0f}"
        return f"set [Severity] min_case_age_days = 0{years}"
    return f"set [Severity] first_year and last_year to include {year[old_enough].min():.0f}"


def _is_too_recent(frame: pd.DataFrame, min_case_age_days: int) -> pd.Series:
    """Return whether an event is less than this many days older than the newest accident in the United States."""
    date = pd.to_datetime(frame["ev_date"])
    is_us_accident = frame["is_us"].astype(bool) & frame["is_accident"].astype(bool)
    return (date[is_us_accident].max() - date).dt.days < min_case_age_days


def _exclusion_rules(
    frame: pd.DataFrame, first_year: int, last_year: int, min_case_age_days: int
) -> dict[str, pd.Series]:
    """Return {rule: whether it excludes the event}, in the order in which the rules apply."""
    year = pd.to_numeric(frame["ev_year"], errors="coerce")
    return {
        NOT_US: ~frame["is_us"].astype(bool),
        NOT_ACCIDENT: ~frame["is_accident"].astype(bool),
        NO_DATE: year.isna(),
        f"outside {first_year}-{last_year}": ~year.between(first_year, last_year),
        **(
            {f"less than {min_case_age_days} days before the newest accident": _is_too_recent(frame, min_case_age_days)}
            if min_case_age_days
            else {}
        ),
        "no injury record": ~frame["has_injury_record"].astype(bool),
        "no severity": ~frame["severity"].isin(CLASSES),
    }
