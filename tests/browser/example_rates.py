"""Synthetic query results for the page on accident rates."""

from typing import Any

HOSTILE = "<script>alert('x')</script>"
COLUMNS = {
    "rates/rates": "operation aircraft_class first_year last_year years years_with_error flight_hours accidents "
    "fatal_accidents accidents_with_unknown_severity excluded_accidents accident_rate accident_rate_lower "
    "accident_rate_upper fatal_rate fatal_rate_lower fatal_rate_upper release_share no_rate_reason",
    "rates/definitions": "definition accidents no_rate_reason source note",
    "rates/sources": "operation definition source first_year last_year classes with_hours with_departures with_miles "
    "with_error",
}


def results() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    return {
        "rates/rates": [
            *(rate("general_aviation", "all", year, year, 0) for year in (1990, 1991, 2012)),
            ("general_aviation", "all", 1980, 1980, 1, 0, 36_402_000, *[None] * 11, "Coded since 1982 only."),
            *(rate("part_121", "all", year, year, 0, 1.0) for year in (1990, 1991)),
            rate("survey", "MODEL A", 2006, 2006, 1),
            rate("survey", "MODEL A", 2006, 2016, 9),
            rate("survey", HOSTILE, 2006, 2016, 10),
        ],
        "rates/definitions": [
            ("counted", "accidents in the United States", None, "NTSB, table 10", None),
            ("uncounted", None, "No counts match.", HOSTILE, "note"),
        ],
        "rates/sources": [("general_aviation", "counted", HOSTILE, 1990, 2012, 1, 3, 0, 0, 0)],
    }


def rate(
    operation: str, aircraft_class: str, first: int, last: int, with_error: int, share: float = 0.19
) -> tuple[Any, ...]:
    """One row of rates/rates with plausible numbers."""
    years = 10 if last > first else 1
    accidents = 300 + first % 7
    limits = (1.5, 1.3, 1.7, 0.25, 0.2, 0.31)
    return (
        *(operation, aircraft_class, first, last, years, with_error, 20_000_000, accidents, 50, 2, 1),
        *(*limits, share, None),
    )
