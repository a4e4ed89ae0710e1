"""Build the safety overview: counts and shares of events by year, state, make and outcome. It contains no rates."""

from collections.abc import Sequence
from typing import Any

from reports.safety import outcomes
from reports.shared import charts, formats, page, state_grid
from reports.shared.components import Chart, Headline, Table, table
from reports.shared.data import Context, Era, Inputs, Record
from reports.shared.years import timeline

COVERAGE_COLUMNS = {
    "events": "Events",
    "aircraft": "Aircraft",
    "incidents": "Incidents",
    "us_events": "In the U.S.",
    "severity_unknown": "Severity unknown",
    "deaths_unknown": "Deaths unknown",
    "date_unknown": "No date",
    "with_coordinates": "With coordinates",
}
YEARLY_COLUMNS = {
    "events": "Events",
    "us_events": "In the U.S.",
    "fatal_events": "Fatal events",
    "events_with_unknown_severity": "Severity unknown",
    "deaths": "Deaths",
    "events_with_unknown_deaths": "Events with unknown deaths",
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: coverage, yearly, states, makes, decades, light, weather."""
    states = inputs.records("states")
    counts = {row["ev_state"]: row["events"] for row in states}
    min_count = context.min_cell_count
    components = {
        "queries": inputs.queries,
        "headlines": headlines(inputs.records("coverage"), inputs.records("yearly")),
        "coverage": coverage_table(inputs.records("coverage"), context.eras),
        "yearly": yearly_chart(inputs.records("yearly"), context.eras),
        "tiles": state_grid.tiles(counts),
        "legend": state_grid.legend({state: count for state, count in counts.items() if state_grid.on_map(state)}),
        "states": states_table(states, min_count),
        "makes": makes_chart(inputs.records("makes"), context.top_makes, min_count),
        "decades": outcomes.severity_by_decade(inputs.records("decades"), min_count),
        "light": outcomes.severity_by_condition("light", "Light", inputs.records("light"), min_count),
        "weather": outcomes.severity_by_condition("weather", "Weather", inputs.records("weather"), min_count),
    }
    return page.render("safety/template.html", context, components)


def total(rows: Sequence[Record], column: str) -> int | None:
    """Return the sum of the known values of a column; None if no value is known."""
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known) if known else None


def headlines(coverage: Sequence[Record], years: Sequence[Record]) -> list[Headline]:
    """Return the numbers of events, fatal events and deaths, and the date of the latest event."""
    last_date = max((row["last_date"] for row in coverage if row["last_date"]), default=None)
    return [
        Headline(formats.count(total(coverage, "events") or 0), "events in all databases", "coverage"),
        Headline(formats.count(total(years, "fatal_events") or 0), "fatal events with a known date", "yearly"),
        Headline(formats.count(total(years, "deaths")), "deaths on board and on the ground, where reported", "yearly"),
        Headline(str(last_date or formats.UNKNOWN), "date of the latest event", "coverage"),
    ]


def coverage_table(rows: Sequence[Record], eras: Sequence[Era]) -> Table:
    """Return a table with the contents of each database and a total row."""
    heads = ("Database", "First date", "Last date", *COVERAGE_COLUMNS.values())
    labels = {era.name: era.label for era in eras}
    columns = ("first_date", "last_date", *COVERAGE_COLUMNS)
    cells = [(labels.get(row["era"], row["era"]), *(row[name] for name in columns)) for row in rows]
    foot = ("All", "", "", *(total(rows, name) or 0 for name in COVERAGE_COLUMNS))
    return table("Events by NTSB database", heads, cells, foot)


def yearly_chart(rows: Sequence[Record], eras: Sequence[Era]) -> Chart:
    """Return a chart of events, fatal events and deaths by year."""
    cells = [(str(row["ev_year"]), *(row[name] for name in YEARLY_COLUMNS)) for row in rows]
    numbers = table("Events, fatal events and deaths by year", ("Year", *YEARLY_COLUMNS.values()), cells)
    values = {name: [row[name] for row in rows] for name in ("ev_year", "events", "fatal_events", "deaths")}
    panels: dict[str, dict[str, Any]] = {
        "Events": {"All events": values["events"], "Fatal events": values["fatal_events"]},
        "Deaths": {"Deaths": values["deaths"]},
    }
    summary = "Top: events by year, with fatal events in front. Bottom: deaths by year."
    return timeline("yearly", values["ev_year"], panels, summary, numbers, eras)


def states_table(rows: Sequence[Record], min_count: int) -> Table:
    """Return a table of events by state code, with the share of fatal events among events of known severity."""
    heads = ("State", "Name", "Events", "Fatal events", "Of known severity", "Share fatal")
    cells = [
        (
            row["ev_state"],
            row["ev_state_meaning"],
            row["events"],
            row["fatal_events"],
            row["events_of_known_severity"],
            formats.share(row["fatal_events"], row["events_of_known_severity"], min_count),
        )
        for row in rows
    ]
    return table("Events in the United States by state", heads, cells)


def makes_chart(rows: Sequence[Record], top: int, min_count: int) -> Chart:
    """Return a chart of aircraft of the `top` most frequent makes.

    Other makes and aircraft without a make are in its table only.
    """
    named = [row for row in rows if row["make"]]
    groups = [(row["make"], [row]) for row in named[:top]]
    groups += [
        (f"{len(named[top:]):,} other makes", named[top:]),
        ("make not stated", [row for row in rows if not row["make"]]),
    ]
    columns = ("aircraft", "in_fatal_events", "severity_known")
    sums = [(label, *(total(group, name) or 0 for name in columns)) for label, group in groups if group]
    cells = [(*line, formats.share(line[2], line[3], min_count)) for line in sums]
    heads = ("Make", "Aircraft", "In fatal events", "In events of known severity", "Share in fatal events")
    numbers = table("Aircraft by make", heads, cells)
    drawn = sums[: len(named[:top])]
    series = {
        "in fatal events": [line[2] for line in drawn],
        "in other events": [line[3] - line[2] for line in drawn],
        "in events of unknown severity": [line[1] - line[3] for line in drawn],
    }
    summary = f"Aircraft by make, the {len(drawn)} most frequent; the data table also has the total of the others."
    labels = [line[0] for line in drawn]
    return charts.bar_chart("makes", labels, series, summary, numbers, colors=(charts.BRICK, charts.PALE, charts.GREY))
