"""Build the safety overview: counts by year, place, make and outcome. Counts and shares of accidents, never rates."""

from collections.abc import Sequence
from typing import Any

from reports.safety import outcomes
from reports.shared import charts, formats, page, state_grid
from reports.shared.components import Figure, Headline, Table, table
from reports.shared.data import Context, Inputs, Record
from reports.shared.years import timeline

COVERAGE = {
    "events": "Events",
    "aircraft": "Aircraft",
    "incidents": "Incidents",
    "us_events": "In the USA",
    "severity_unknown": "Severity not known",
    "deaths_unknown": "Deaths not known",
    "date_unknown": "No date",
    "with_coordinates": "With coordinates",
}


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Queries: coverage, yearly, states, makes, decades, light, weather."""
    states = inputs.records("states")
    numbers = {row["ev_state"]: row["events"] for row in states}
    parts = {
        "queries": inputs.queries,
        "headlines": headlines(inputs.records("coverage"), inputs.records("yearly")),
        "coverage": coverage(inputs.records("coverage")),
        "yearly": yearly(inputs.records("yearly")),
        "tiles": state_grid.tiles(numbers),
        "legend": state_grid.legend({state: number for state, number in numbers.items() if state_grid.on_map(state)}),
        "states": states_table(states, context.min_cell_count),
        "makes": makes(inputs.records("makes"), context.top_makes, context.min_cell_count),
        "decades": outcomes.decades(inputs.records("decades"), context.min_cell_count),
        "light": outcomes.conditions("light", "Light", inputs.records("light"), context.min_cell_count),
        "weather": outcomes.conditions("weather", "Weather", inputs.records("weather"), context.min_cell_count),
    }
    return page.render("safety/template.html", context, parts)


def total(rows: Sequence[Record], column: str) -> int | None:
    """Sum of what is known, or None where nothing is."""
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known) if known else None


def headlines(eras: Sequence[Record], years: Sequence[Record]) -> list[Headline]:
    """Events, fatal events, deaths and the last day the files know of."""
    last = max((row["last_date"] for row in eras if row["last_date"]), default=None)
    return [
        Headline(formats.count(total(eras, "events") or 0), "events in all databases", "coverage"),
        Headline(
            formats.count(total(years, "fatal_events") or 0),
            "of them, with a date, ended fatally for someone",
            "yearly",
        ),
        Headline(formats.count(total(years, "deaths")), "deaths on board and on the ground, where counted", "yearly"),
        Headline(str(last or formats.UNKNOWN), "date of the latest event", "coverage"),
    ]


def coverage(eras: Sequence[Record]) -> Table:
    """What each database holds, with a sum line."""
    heads = ("Database", "First date", "Last date", *COVERAGE.values())
    rows = [(row["era"], row["first_date"], row["last_date"], *(row[name] for name in COVERAGE)) for row in eras]
    foot = ("All", "", "", *(total(eras, name) or 0 for name in COVERAGE))
    return table("Events of each database of NTSB", heads, rows, foot)


def yearly(years: Sequence[Record]) -> Figure:
    """Events, fatal events and deaths per year, with the years drawn at which the coding changed."""
    heads = (
        "Year",
        "Events",
        "In the USA",
        "Fatal events",
        "Severity not known",
        "Deaths",
        "Events with deaths not known",
    )
    names = (
        "events",
        "us_events",
        "fatal_events",
        "events_with_unknown_severity",
        "deaths",
        "events_with_unknown_deaths",
    )
    rows = [(str(row["ev_year"]), *(row[name] for name in names)) for row in years]
    numbers = table("Events, fatal events and deaths per year", heads, rows)
    column = {name: [row[name] for row in years] for name in ("ev_year", "events", "fatal_events", "deaths")}
    panels: dict[str, dict[str, Any]] = {
        "Events": {"All events": column["events"], "Fatal events": column["fatal_events"]},
        "Deaths": {"Deaths": column["deaths"]},
    }
    summary = "Events per year and, in front, those that were fatal for someone; below, the deaths they caused."
    return timeline("yearly", column["ev_year"], panels, summary, numbers)


def states_table(states: Sequence[Record], smallest: int) -> Table:
    """Every state code with its share of fatal events among those of known severity."""
    heads = ("State", "Name", "Events", "Fatal events", "Of known severity", "Share fatal")
    names = ("events", "fatal_events", "events_of_known_severity")
    rows = [
        (
            row["ev_state"],
            row["ev_state_meaning"],
            *(row[name] for name in names),
            formats.share(row[names[1]], row[names[2]], smallest),
        )
        for row in states
    ]
    return table("Events in the USA by state", heads, rows)


def makes(rows: Sequence[Record], top: int, smallest: int) -> Figure:
    """The makes with most aircraft in the records; the rest, and those that name none, as lines of the table."""
    named = [row for row in rows if row["make"]]
    groups = [(row["make"], [row]) for row in named[:top]]
    groups += [
        (f"all {len(named[top:]):,} other makes", named[top:]),
        ("no make stated", [row for row in rows if not row["make"]]),
    ]
    columns = ("aircraft", "in_fatal_events", "severity_known")
    sums = [(label, *(total(group, name) or 0 for name in columns)) for label, group in groups if group]
    cells = [(*line, formats.share(line[2], line[3], smallest)) for line in sums]
    heads = ("Make", "Aircraft", "In fatal events", "In events of known severity", "Share in fatal events")
    numbers = table("Aircraft by make", heads, cells)
    drawn = sums[: len(named[:top])]
    series = {"in fatal events": [line[2] for line in drawn], "in other events": [line[1] - line[2] for line in drawn]}
    summary = f"Aircraft in the records by make, the {len(drawn)} most frequent; all others stand summed in the table."
    return charts.bars(
        "makes", [line[0] for line in drawn], series, summary, numbers, colours=(charts.BRICK, charts.PALE)
    )
