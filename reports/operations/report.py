"""Build the page on operations: counts of accidents by kind of operation and year, shares of fatal ones, and rates."""

from typing import Any

from reports.rates.report import operation_label, rate_with_limits
from reports.shared import charts, formats, page
from reports.shared.components import Chart, Headline, Table, headline, table, total
from reports.shared.data import Context, Eras, Inputs, Records
from reports.shared.years import timeline

OPERATIONS = {
    "airline": "Airlines (parts 121 and 127)",
    "135": "Air taxis and commuters (part 135)",
    "091": "General flights (part 91)",
    "137": "Agricultural flights (part 137)",
    "PUBU": "Public aircraft",
    "other": "Other operations",
    "not stated": "Not stated",
}
# Airlines and general aviation first, each as in NTSB's tables; then what has no such sum.
CHARTS = {
    "airline": OPERATIONS["airline"],
    "general_aviation": "General aviation: parts 91, 105, 125, 133, 137, 141 and public aircraft",
    "135": OPERATIONS["135"],
    "137": OPERATIONS["137"],
    "PUBU": OPERATIONS["PUBU"],
}
COLUMNS = {
    "accidents": "Accidents",
    "fatal_accidents": "Fatal accidents",
    "accidents_of_known_severity": "Of known severity",
    "deaths": "Deaths",
    "accidents_with_unknown_deaths": "Accidents with unknown deaths",
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: operations, latest_rates."""
    rows, min_count = inputs.records("operations"), context.min_cell_count
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(inputs),
        "shares": shares_chart(rows, min_count),
        "charts": [
            (name, title, yearly_chart(name, title, of_operation(rows, name), min_count, context.eras))
            for name, title in CHARTS.items()
        ],
        "rates": rates_table(inputs.records("latest_rates")),
    }
    return page.render("operations/template.html", context, components)


def headlines(inputs: Inputs) -> list[Headline]:
    """Return the numbers of accidents and of fatal accidents of airlines and of general aviation."""
    labels = {"airline": "of airlines", "general_aviation": "in general aviation"}
    return [
        headline(inputs.queries, f"{noun} {label}", "operations", column, (("operation", name),))
        for name, label in labels.items()
        for column, noun in (("accidents", "accidents"), ("fatal_accidents", "fatal accidents"))
    ]


def of_operation(rows: Records, name: str) -> Records:
    """Return the rows of one operation, by year; the one without a year last."""
    return [row for row in rows if row["operation"] == name]


def known_total(rows: Records, column: str) -> int | None:
    """Return the sum of a column; None where no row has a value."""
    values = [row[column] for row in rows if row[column] is not None]
    return sum(values) if values else None


def shares_chart(rows: Records, min_count: int) -> Chart:
    """Return a chart of the share of fatal accidents by operation, over all years; its table has the counts."""
    cells, labels, values = [], [], []
    groups = {label: of_operation(rows, name) for name, label in OPERATIONS.items()}
    for label, group in groups.items():
        fatal, known = total(group, "fatal_accidents"), total(group, "accidents_of_known_severity")
        if group:
            counts = (formats.count(known_total(group, column)) for column in COLUMNS)
            cells.append((label, *counts, formats.share_with_interval(fatal, known, min_count)))
        if known >= max(min_count, 1):
            labels.append(label)
            values.append(formats.interval_in_percent(fatal, known))
    heads = ("Operation", *COLUMNS.values(), "Share fatal [95 %]")
    summary = (
        "Fatal accidents as a share of accidents of known severity, in percent, by operation, with 95 % intervals."
    )
    numbers = table("Accidents in the United States by operation, all years", heads, cells)
    return charts.intervals("shares", labels, values, summary, numbers, from_zero=True)


def yearly_chart(name: str, title: str, rows: Records, min_count: int, eras: Eras) -> Chart:
    """Return a chart of accidents, fatal accidents and deaths by year."""
    dated = [row for row in rows if row["ev_year"] is not None]
    cells = [
        (
            str(row["ev_year"] or "no date"),
            *(formats.count(row[column]) for column in COLUMNS),
            *(formats.count_limits(row[column]) for column in ("accidents", "fatal_accidents")),
            formats.share_with_interval(row["fatal_accidents"], row["accidents_of_known_severity"], min_count),
        )
        for row in rows
    ]
    heads = ("Year", *COLUMNS.values(), "Limits of accidents", "Limits of fatal accidents", "Share fatal [95 %]")
    numbers = table(f"{title}: by year", heads, cells)
    counts = {COLUMNS[column]: [row[column] for row in dated] for column in ("accidents", "fatal_accidents")}
    panels = {"Accidents": counts, "Deaths": {"Deaths": [row["deaths"] for row in dated]}}
    summary = f"{title}. Top: accidents by year, with fatal accidents in front. Bottom: deaths by year."
    years = [row["ev_year"] for row in dated]
    return timeline(f"operation-{name.replace('_', '-').lower()}", years, panels, summary, numbers, eras)


def rates_table(rows: Records) -> Table:
    """Return a table of the latest year with flight hours, by operation."""
    cells = [
        (
            operation_label(row["operation"]),
            str(row["year"]),
            formats.count(row["accidents"]),
            formats.count(row["flight_hours"]),
            rate_with_limits(row, "accident_rate"),
            rate_with_limits(row, "fatal_rate"),
            formats.UNKNOWN if row["release_share"] is None else f"{100 * row['release_share']:.1f} %",
        )
        for row in rows
    ]
    heads = ("Operation", "Year", "Accidents", "Flight hours", "Accidents per 100,000 hours [95 %]")
    more = ("Fatal accidents per 100,000 hours [95 %]", "Events in this release")
    return table("Rates of the latest year with flight hours", (*heads, *more), cells)
