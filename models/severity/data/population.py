"""Who is studied: United States accidents with an injury record, of the chosen years; and who is not, counted."""

from dataclasses import dataclass

import pandas as pd

from models.severity.errors import InvalidStudy

CLASSES = ("NONE", "MINR", "SERS", "FATL")
"""Severity in order: the highest injury of anybody in the event."""


@dataclass(frozen=True)
class Population:
    """The events studied (one row each, in order of ev_id) and how many were left out by which rule."""

    events: pd.DataFrame
    excluded: dict[str, int]


class EmptyPopulation(InvalidStudy):
    """No event is left to study."""


def select_population(frame: pd.DataFrame, first_year: int, last_year: int, min_case_age_days: int = 0) -> Population:
    """Apply the rules one after the other, so that each event is counted under the first that excludes it.

    `frame` is at event grain: `ev_id` must be unique, else ValueError (a join has fanned out). An accident less than
    `min_case_age_days` older than the table's newest accident is young: NTSB has not closed many of its age, and which are
    closed depends on severity. The table's own newest date is the measure, so that no clock decides. 0: no such rule.
    """
    twice = int(frame["ev_id"].duplicated().sum())
    if twice:
        raise ValueError(f"feature table: one row per ev_id expected, {twice} repeated rows found; look for a join")
    frame = frame.sort_values("ev_id", ignore_index=True)
    year = pd.to_numeric(frame["ev_year"], errors="coerce")
    when = pd.to_datetime(frame["ev_date"])
    ours = frame["is_us"].astype(bool) & frame["is_accident"].astype(bool)
    young = (when[ours].max() - when).dt.days < min_case_age_days
    rules = {
        "not in the United States": ~frame["is_us"].astype(bool),
        "not an accident": ~frame["is_accident"].astype(bool),
        "no date": year.isna(),
        f"outside {first_year}-{last_year}": ~year.between(first_year, last_year),
        **({f"less than {min_case_age_days} days before the newest accident": young} if min_case_age_days else {}),
        "no injury record": ~frame["has_injury_record"].astype(bool),
        "no severity": ~frame["severity"].isin(CLASSES),
    }
    left = pd.Series(True, index=frame.index)
    excluded = {}
    for rule, applies in rules.items():
        excluded[rule] = int((left & applies).sum())
        left &= ~applies
    if not left.any():
        raise EmptyPopulation(
            f"No event to study among {len(frame)}: excluded {excluded}. Widen [Severity] first_year."
        )
    return Population(frame[left].reset_index(drop=True), excluded)
