"""The population: stated rules, each exclusion counted once."""

from datetime import date

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.data.population import EmptyPopulation, select_population


def test_each_excluded_event_is_counted_under_the_first_rule_that_excludes_it() -> None:
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


def test_young_accidents_are_left_out_by_the_age_that_the_table_itself_gives_them() -> None:
    table = feature_table(200, first_year=2010, years=6)
    table.loc[20, ["ev_date", "is_us"]] = [date(2030, 1, 1), False]
    population = select_population(table, 1982, 2021, min_case_age_days=365)
    ours = table[table["is_us"] & table["is_accident"]]
    newest = max(ours["ev_date"])
    assert max(population.events["ev_date"]) == max(day for day in ours["ev_date"] if (newest - day).days >= 365)
    assert population.excluded["less than 365 days before the newest accident"] > 10


def test_a_table_that_has_fanned_out_is_refused() -> None:
    table = feature_table(50)
    with pytest.raises(ValueError, match=r"one row per ev_id expected, 1 repeated"):
        select_population(pd.concat([table, table.tail(1)]), 1982, 2021)


def test_nobody_left_is_an_error_that_says_why() -> None:
    with pytest.raises(EmptyPopulation, match="outside 1962-1970"):
        select_population(feature_table(50), 1962, 1970)
