"""Key findings: sentences about accidents in the United States, by rules from the queries `totals` and `yearly`."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.shared.data import Context, Query, Record
from reports.shared.receipts import Number, number

# Years with fewer accidents are too small for a comparison of years.
MIN_ACCIDENTS = 100


@dataclass(frozen=True)
class KeyFinding:
    """A sentence: texts and numbers in order, and the address of the chart or table that shows them."""

    numbers: tuple[str | Number, ...]
    chart: str


def key_findings(queries: Mapping[str, Query], context: Context, page: str = "") -> list[KeyFinding]:
    """Return the sentences; none for made-up data. `page`: file name of the safety page, empty on that page.

    The year of the latest event is incomplete and is left out, as are years with few accidents.
    """
    totals = next(iter(queries["totals"].records()), None)
    if context.is_made_up or not totals or not totals["last_date"]:
        return []
    last_year = totals["last_date"].year
    years = [
        row
        for row in queries["yearly"].records()
        if row["ev_year"] < last_year and row["us_accidents"] >= MIN_ACCIDENTS
    ]
    sentences = [all_years(queries)]
    if years:
        sentences += [latest_year(queries, years[-1]), deaths(queries, years), extremes(queries, years)]
    sentences.append(elsewhere(queries, totals))
    return [KeyFinding(parts, f"{page}#{anchor}") for parts, anchor in sentences]


Sentence = tuple[tuple[str | Number, ...], str]


def yearly(queries: Mapping[str, Query], row: Record, column: str) -> Number:
    """Return a number of one year."""
    return number(queries, "yearly", column, (("ev_year", row["ev_year"]),))


def all_years(queries: Mapping[str, Query]) -> Sentence:
    """Return the numbers of accidents, fatal accidents and deaths over all years."""
    accidents, fatal, died = (
        number(queries, "totals", column) for column in ("us_accidents", "us_fatal_accidents", "us_deaths")
    )
    texts = ("NTSB's files list ", accidents, " accidents in the United States; ", fatal, " of them were fatal, with ")
    return (*texts, died, " known deaths."), "years"


def latest_year(queries: Mapping[str, Query], row: Record) -> Sentence:
    """Return the numbers of the latest complete year."""
    accidents, fatal = (yearly(queries, row, column) for column in ("us_accidents", "us_fatal_accidents"))
    text = f"In {row['ev_year']}, the latest complete year, there were "
    return (text, accidents, " accidents, of which ", fatal, " were fatal."), "years"


def deaths(queries: Mapping[str, Query], years: list[Record]) -> Sentence:
    """Return the deaths of the latest complete year and of the year ten years before, if there is one."""
    last = years[-1]
    before = [row for row in years if row["ev_year"] == last["ev_year"] - 10]
    parts: list[str | Number] = [f"Known deaths in {last['ev_year']}: ", yearly(queries, last, "us_deaths")]
    for row in before:
        parts += [f"; ten years before, in {row['ev_year']}: ", yearly(queries, row, "us_deaths")]
    return (*parts, "."), "years"


def extremes(queries: Mapping[str, Query], years: list[Record]) -> Sentence:
    """Return the years with most and with fewest accidents; the earlier one of equals."""
    most = max(years, key=lambda row: (row["us_accidents"], -row["ev_year"]))
    fewest = min(years, key=lambda row: (row["us_accidents"], row["ev_year"]))
    counts = [yearly(queries, row, "us_accidents") for row in (most, fewest)]
    texts = (
        f"The year with the most accidents was {most['ev_year']} (",
        f"), the one with the fewest {fewest['ev_year']} (",
    )
    return (texts[0], counts[0], texts[1], counts[1], ")."), "years"


def elsewhere(queries: Mapping[str, Query], totals: Record) -> Sentence:
    """Return the number of events elsewhere, and the date of the latest event."""
    texts = "Events abroad, at sea or without a country, ", " in all, are counted separately. The latest event is of "
    numbers = [number(queries, "totals", column) for column in ("events_elsewhere", "last_date")]
    return (texts[0], numbers[0], texts[1], numbers[1], f"; {totals['last_date'].year} is incomplete."), "elsewhere"
