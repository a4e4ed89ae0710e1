"""Key findings: sentences about accidents in the United States, by rules from the queries `totals` and `yearly`."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.shared.data import Context, Query, Record
from reports.shared.formats import UNKNOWN, noun
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

    A year with fewer than MIN_ACCIDENTS accidents, and one that is incomplete, is not compared. A sentence is left out
    if a number of it is not known, or if it would not be true of such a year.
    """
    totals = next(iter(queries["totals"].records()), None)
    if context.is_made_up or not totals or not totals["last_date"]:
        return []
    incomplete = min([totals["last_date"].year, *(era.incomplete_year for era in context.eras if era.incomplete_year)])
    years = [
        row
        for row in queries["yearly"].records()
        if row["ev_year"] < incomplete and row["us_accidents"] >= MIN_ACCIDENTS
    ]
    sentences = [all_years(queries)]
    # The row before may be of an earlier year: one without accidents has none.
    if years and years[-1]["ev_year"] == incomplete - 1:
        sentences += [latest_year(queries, years[-1]), *deaths(queries, years)]
    sentences += [*extremes(queries, years), elsewhere(queries, totals)]
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
    subject, verb = f" {noun(accidents.value, 'accident')} in the United States; ", noun(fatal.value, "was", "were")
    known = () if died.value == UNKNOWN else (", with ", died, f" known {noun(died.value, 'death')}")
    return ("NTSB's files list ", accidents, subject, fatal, f" of them {verb} fatal", *known, "."), "years"


def latest_year(queries: Mapping[str, Query], row: Record) -> Sentence:
    """Return the numbers of the latest complete year."""
    accidents, fatal = (yearly(queries, row, column) for column in ("us_accidents", "us_fatal_accidents"))
    text = f"In {row['ev_year']}, the latest complete year, there were "
    return (text, accidents, " accidents, of which ", fatal, f" {noun(fatal.value, 'was', 'were')} fatal."), "years"


def deaths(queries: Mapping[str, Query], years: list[Record]) -> list[Sentence]:
    """Return the known deaths of the last year and, where there are any, of the year ten years before."""
    known = {row["ev_year"]: row for row in years if row["us_deaths"] is not None}
    last = years[-1]["ev_year"]
    if last not in known:
        return []
    parts: list[str | Number] = [f"Known deaths in {last}: ", yearly(queries, known[last], "us_deaths")]
    if before := known.get(last - 10):
        parts += [f"; ten years before, in {last - 10}: ", yearly(queries, before, "us_deaths")]
    return [((*parts, "."), "years")]


def extremes(queries: Mapping[str, Query], years: list[Record]) -> list[Sentence]:
    """Return the years with most and with fewest accidents, if there is one of each."""
    ordered = sorted(years, key=lambda row: row["us_accidents"])
    counts = [row["us_accidents"] for row in ordered]
    if len(counts) < 2 or counts[0] == counts[1] or counts[-1] == counts[-2]:
        return []
    fewest, most = (yearly(queries, row, "us_accidents") for row in (ordered[0], ordered[-1]))
    texts = f"Of the years with at least {MIN_ACCIDENTS} accidents, {ordered[-1]['ev_year']} had the most ("
    return [((texts, most, f") and {ordered[0]['ev_year']} the fewest (", fewest, ")."), "years")]


def elsewhere(queries: Mapping[str, Query], totals: Record) -> Sentence:
    """Return the number of events elsewhere, and the date of the latest event."""
    count, last = (number(queries, "totals", column) for column in ("events_elsewhere", "last_date"))
    texts = (
        " in all, are counted separately. The latest event is dated ",
        f"; {totals['last_date'].year} is incomplete.",
    )
    return ("Events abroad, at sea or without a country, ", count, texts[0], last, texts[1]), "elsewhere"
