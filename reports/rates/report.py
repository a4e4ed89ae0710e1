"""Build the page on accident rates: rates next to the counts they come from, by operation and class of aircraft."""

from typing import Any

from reports.shared import charts, formats, page
from reports.shared.components import Chart, Table, table
from reports.shared.data import Context, Eras, Inputs, Record, Records
from reports.shared.years import yearly_rates

# Below this share of NTSB's events, a release is a sample or a part, and its rates are too low.
COMPLETE_SHARE = 0.97
HEADS = (
    "Accidents",
    "Fatal",
    "Flight hours",
    "Accidents per 100,000 hours [95 %]",
    "Fatal accidents per 100,000 hours [95 %]",
    "Limits include",
    "Events in this release",
    "Severity unknown",
)


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: rates, definitions, sources."""
    rates, definitions = inputs.records("rates"), inputs.records("definitions")
    operations = [row for row in rates if row["aircraft_class"] == "all"]
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "is_complete": not incomplete_years(rates),
        "status": completeness(rates),
        "operations": [
            (name, operation_chart(name, [row for row in operations if row["operation"] == name], context.eras))
            for name in dict.fromkeys(row["operation"] for row in operations if row["no_rate_reason"] is None)
        ],
        "classes": classes_chart(longest_periods(rates)),
        "reasons": reasons_table(rates),
        "definitions": definitions_table(definitions),
        "sources": sources_table(inputs.records("sources")),
    }
    return page.render("rates/template.html", context, components)


def incomplete_years(rates: Records) -> list[Record]:
    """Return the rates of one year of which this release has too few events."""
    shares = [row for row in rates if row["accident_rate"] is not None and row["first_year"] == row["last_year"]]
    return [row for row in shares if row["release_share"] is not None and row["release_share"] < COMPLETE_SHARE]


def completeness(rates: Records) -> str:
    """Return the text on whether this release has all events of the years with rates."""
    if not rates:
        return "This release has no rates."
    incomplete = incomplete_years(rates)
    if not incomplete:
        return "This release has all of NTSB's events of the years with rates, as far as their number is known."
    years = sorted({row["first_year"] for row in incomplete})
    lowest = min(row["release_share"] for row in incomplete)
    return (
        f"This release has only a part of NTSB's events in {len(years)} of the years (at least {100 * lowest:.1f} %): "
        "the rates of these years are too low in the same proportion."
    )


def operation_label(operation: str) -> str:
    """Return 'Part 121 scheduled' for part_121_scheduled."""
    return operation.replace("_", " ").capitalize()


def operation_chart(operation: str, rows: Records, eras: Eras) -> Chart:
    """Return a chart of the rates of one operation by year; its table has every year, with counts and hours."""
    caption = f"{operation_label(operation)}: accidents and rates by year"
    cells = [(str(row["first_year"]), *rate_cells(row)) for row in rows]
    drawn = [row for row in rows if row["accident_rate"] is not None]
    series = {
        label: [(row[name], row[f"{name}_lower"], row[f"{name}_upper"]) for row in drawn]
        for label, name in (("Accidents", "accident_rate"), ("Fatal accidents", "fatal_rate"))
    }
    summary = f"{operation_label(operation)}: accidents per 100,000 flight hours by year, with 95 % confidence limits."
    name = "rates-" + operation.replace("_", "-")
    years = [row["first_year"] for row in drawn]
    return yearly_rates(name, years, series, summary, table(caption, ("Year", *HEADS), cells), eras)


def rate_cells(row: Record) -> tuple[Any, ...]:
    """Return the cells of HEADS for one row of mv_rates."""
    share = row["release_share"]
    return (
        formats.count(row["accidents"]),
        formats.count(row["fatal_accidents"]),
        formats.count(row["flight_hours"]),
        rate_with_limits(row, "accident_rate"),
        rate_with_limits(row, "fatal_rate"),
        limits_label(row),
        formats.UNKNOWN if share is None else f"{100 * share:.1f} %",
        formats.count(row["accidents_with_unknown_severity"]),
    )


def rate_with_limits(row: Record, name: str) -> str:
    """Return '6.22 [5.92, 6.53]', 'unknown' without a rate; rates below 0.1 have more digits."""
    if row[name] is None:
        return formats.UNKNOWN
    digits = 2 if row["accident_rate"] >= 1 else 3
    value, low, high = (formats.decimal(row[f"{name}{suffix}"], digits) for suffix in ("", "_lower", "_upper"))
    return f"{value} [{low}, {high}]"


def limits_label(row: Record) -> str:
    """Return which errors the limits of a rate include."""
    if row["accident_rate"] is None:
        return ""
    if not row["years_with_error"]:
        return "count"
    part = "" if row["years_with_error"] == row["years"] else f" of {row['years_with_error']} of {row['years']} years"
    return f"count, hours{part}"


def longest_periods(rates: Records) -> Records:
    """Return one row per operation and class of aircraft: all years with a rate together, or the only one."""
    by_class: dict[tuple[str, str], Record] = {}
    for row in sorted(rates, key=lambda row: (row["accident_rate"] is not None, row["last_year"] - row["first_year"])):
        by_class[row["operation"], row["aircraft_class"]] = row
    return [row for (_, aircraft_class), row in by_class.items() if aircraft_class != "all"]


def classes_chart(rows: Records) -> Chart:
    """Return a chart of fatal accidents per 100,000 hours by class of aircraft."""
    ordered = sorted(rows, key=lambda row: (-(row["fatal_rate"] or 0), row["aircraft_class"]))
    cells = [(row["aircraft_class"], period_label(row), *rate_cells(row)) for row in ordered]
    numbers = table("Accidents and rates by class of aircraft", ("Class", "Years", *HEADS), cells)
    values = [(row["fatal_rate"], row["fatal_rate_lower"], row["fatal_rate_upper"]) for row in ordered]
    summary = "Fatal accidents per 100,000 flight hours by class of aircraft, with 95 % confidence limits."
    return charts.intervals("classes", [row["aircraft_class"] for row in ordered], values, summary, numbers)


def period_label(row: Record) -> str:
    """Return '2006-2016', or the year where it is one."""
    first, last = row["first_year"], row["last_year"]
    return str(first) if first == last else f"{first}-{last}"


def reasons_table(rates: Records) -> Table:
    """Return a table of the years without a rate, by operation and reason."""
    years: dict[tuple[str, str], list[int]] = {}
    for row in rates:
        if row["no_rate_reason"]:
            years.setdefault((row["operation"], row["no_rate_reason"]), []).append(row["first_year"])
    cells = [
        (operation_label(operation), reason, ", ".join(str(year) for year in sorted(set(without))))
        for (operation, reason), without in years.items()
    ]
    return table("Years without a rate", ("Operation", "Reason", "Years"), cells)


def definitions_table(rows: Records) -> Table:
    """Return a table of the accidents that each definition counts."""
    cells = [
        (row["definition"], row["accidents"] or row["no_rate_reason"] or "", row["source"], row["note"] or "")
        for row in rows
    ]
    return table("Accidents that match flight hours", ("Definition", "Accidents", "Source", "Note"), cells)


def sources_table(rows: Records) -> Table:
    """Return a table of the publications of flight hours, with the years and figures that each provides."""
    heads = (
        "Operation",
        "Definition",
        "Source",
        "First year",
        "Last year",
        "Hours",
        "Departures",
        "Miles",
        "With error",
    )
    names = ("with_hours", "with_departures", "with_miles", "with_error")
    cells = [
        (
            operation_label(row["operation"]),
            row["definition"],
            row["source"],
            str(row["first_year"]),
            str(row["last_year"]),
            *(row[name] for name in names),
        )
        for row in rows
    ]
    return table("Sources of flight hours", heads, cells)
