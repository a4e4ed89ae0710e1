"""The page on rates: warning of incomplete releases, limits next to rates, gaps between years."""

import re
from typing import Any

import pytest

from reports.rates.report import (
    completeness,
    incomplete_years,
    limits_label,
    longest_periods,
    operation_chart,
    period_label,
    rate_with_limits,
)
from tests.browser import example_rates, examples

COLUMNS = example_rates.COLUMNS["rates/rates"].split()


def record(*arguments: Any, **changes: Any) -> dict[str, Any]:
    """One row of the query rates, with changes to its columns."""
    return dict(zip(COLUMNS, example_rates.rate(*arguments), strict=True)) | changes


def test_a_release_with_a_part_of_the_events_is_reported() -> None:
    rows = [record("a", "all", 1990, 1990, 0, 0.19), record("a", "all", 1991, 1991, 0, 0.999)]
    assert [row["first_year"] for row in incomplete_years(rows)] == [1990]
    assert "only a part of NTSB's events in 1 of the years (at least 19.0 %)" in completeness(rows)


def test_a_complete_release_and_years_of_unknown_size_are_not() -> None:
    rows = [record("a", "all", 1990, 1990, 0, 1.0), record("a", "all", 2026, 2026, 0, release_share=None)]
    assert incomplete_years(rows) == [] and "has all of NTSB's events" in completeness(rows)
    assert completeness([]) == "This release has no rates."


@pytest.mark.parametrize(
    ("years", "with_error", "label"),
    [(1, 0, "count"), (1, 1, "count, hours"), (10, 9, "count, hours of 9 of 10 years"), (10, 10, "count, hours")],
)
def test_the_table_says_which_errors_the_limits_include(years: int, with_error: int, label: str) -> None:
    assert limits_label(record("a", "all", 1990, 1990, 0, years=years, years_with_error=with_error)) == label


def test_rates_have_their_limits_and_enough_digits() -> None:
    row = record("a", "all", 1990, 1990, 0)
    assert rate_with_limits(row, "fatal_rate") == "0.25 [0.20, 0.31]"
    low = row | {"accident_rate": 0.02, "accident_rate_lower": 0.01, "accident_rate_upper": 0.0414}
    assert rate_with_limits(low, "accident_rate") == "0.020 [0.010, 0.041]"
    assert rate_with_limits(row | {"fatal_rate": None}, "fatal_rate") == "unknown"


def test_a_class_of_aircraft_is_shown_over_all_its_years_or_the_only_one() -> None:
    """A file of the user may have the hours of one year only; an operation as a whole has a chart of its own."""
    several = [record("survey", "A", first, last, 0) for first, last in ((2006, 2006), (2006, 2016), (2016, 2016))]
    one, operation = record("survey", "B", 2010, 2010, 0), record("general_aviation", "all", 2010, 2010, 0)
    later = record("survey", "B", 2030, 2030, 0, accident_rate=None)
    periods = longest_periods([*several, one, later, operation, record("other", "A", 2012, 2012, 0)])
    labels = sorted((row["operation"], row["aircraft_class"], period_label(row)) for row in periods)
    assert labels == [("other", "A", "2012"), ("survey", "A", "2006-2016"), ("survey", "B", "2010")]


def test_a_line_has_a_gap_where_years_are_missing() -> None:
    rows = [record("a", "all", year, year, 0) for year in (1990, 1991, 1994)]
    drawing = operation_chart("a", rows, examples.ERAS).svg
    # Two rates with three known years each: no line crosses the gap from 1991 to 1994.
    assert drawing.count("<circle") == 6 and len(re.findall(r'class="line \w+"', drawing)) == 2
    assert [year for year in range(1990, 1995) if f">{year}, " in drawing] == [1990, 1991, 1994]
    assert len(re.findall(r'class="bound \w+"', drawing)) == 6
