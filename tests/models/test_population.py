"""The study population: every excluded event is counted under one rule."""

import re
from datetime import date

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.data.population import EmptyPopulation, select_abroad, select_population


def test_excluded_events_are_counted_under_the_first_matching_rule() -> None:
    table = feature_table(200)
    table.loc[20, "severity"] = None
    table.loc[21, "ev_year"] = 1970
    population = select_population(table, 1982, 2021)
    assert population.excluded == {
        "not in the United States": 4,
        "not an accident": 3,
        "no date": 0,
        "outside 1982-2021": 1,
        "no injury record": 3,
        "no severity": 1,
    }
    assert len(population.events) + sum(population.excluded.values()) == 200
    assert population.events["ev_id"].is_monotonic_increasing


def test_case_age_is_measured_from_the_newest_accident_in_the_table() -> None:
    table = feature_table(200, first_year=2010, years=6)
    table.loc[20, ["ev_date", "is_us"]] = [date(2030, 1, 1), False]
    population = select_population(table, 1982, 2021, min_case_age_days=365)
    accidents = table[table["is_us"] & table["is_accident"]]
    newest = max(accidents["ev_date"])
    assert max(population.events["ev_date"]) == max(day for day in accidents["ev_date"] if (newest - day).days >= 365)
    assert population.excluded["less than 365 days before the newest accident"] > 10


def test_accidents_abroad_are_as_old_as_those_of_the_study() -> None:
    """NTSB closes fatal cases abroad later, too: the newest ones would have too few."""
    table = feature_table(300, first_year=2010, years=6).assign(is_us=lambda events: events.index % 2 == 0)
    newest = max(table.loc[table["is_us"] & table["is_accident"], "ev_date"])
    abroad = select_abroad(table, 2014, 2015, min_case_age_days=365)
    expected = table[~table["is_us"] & table["is_accident"] & table["has_injury_record"] & (table["ev_year"] >= 2014)]
    expected = expected[[(newest - day).days >= 365 for day in expected["ev_date"]]]
    assert list(abroad["ev_id"]) == sorted(expected["ev_id"]) and len(abroad) > 10
    assert len(select_abroad(table, 2014, 2015)) > len(abroad)


def test_repeated_events_are_an_error() -> None:
    table = feature_table(50)
    with pytest.raises(ValueError, match=r"expected one row per ev_id, found 1 repeated"):
        select_population(pd.concat([table, table.tail(1)]), 1982, 2021)


def test_empty_population_is_an_error_with_the_excluded_counts() -> None:
    with pytest.raises(EmptyPopulation, match="outside 1962-1970"):
        select_population(feature_table(50), 1962, 1970)


@pytest.mark.parametrize("settings", [(1962, 1970, 0), (1962, 1970, 700), (2000, 2001, 9000), (1970, 1980, 9000)])
def test_following_the_advice_for_an_empty_population_leaves_events(settings: tuple[int, int, int]) -> None:
    first_year, last_year, age = settings
    table = feature_table(50, years=5)
    with pytest.raises(EmptyPopulation) as raised:
        select_population(table, first_year, last_year, age)
    advice = str(raised.value).partition("; ")[2]
    if year := re.search(r"include (\d+)", advice):
        first_year, last_year = min(first_year, int(year[1])), max(last_year, int(year[1]))
    if "min_case_age_days = 0" in advice:
        age = 0
    assert (first_year, last_year, age) != settings
    assert len(select_population(table, first_year, last_year, age).events) > 0


def test_no_setting_is_advised_where_none_helps() -> None:
    with pytest.raises(EmptyPopulation, match="; use sources with accidents in the United States"):
        select_population(feature_table(50).assign(is_us=False), 1962, 2100, 700)
