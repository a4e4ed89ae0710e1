"""Build the safety overview: counts and shares of events by year, state, make and outcome. It contains no rates."""

from collections.abc import Mapping
from typing import Any

from reports.shared import charts, formats, page, state_grid
from reports.shared.components import Chart, Headline, Table, headline, record_table, table, total
from reports.shared.data import Context, Eras, Inputs, Query, Record, Records
from reports.shared.key_findings import key_findings
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
US_COLUMNS = {
    "us_accidents": "Accidents",
    "us_fatal_accidents": "Fatal accidents",
    "us_accidents_with_unknown_severity": "Severity unknown",
    "us_deaths": "Deaths",
    "us_accidents_with_unknown_deaths": "Accidents with unknown deaths",
    "us_incidents": "Incidents",
}
ELSEWHERE_COLUMNS = {
    "events_elsewhere": "Events",
    "fatal_events_elsewhere": "Fatal events",
    "deaths_elsewhere": "Deaths",
    "events_elsewhere_with_unknown_deaths": "Events with unknown deaths",
}
# NTSB's codes for the highest injury of an event, worst first.
SEVERITIES = {"FATL": "fatal", "SERS": "serious", "MINR": "minor", "NONE": "none"}
COLORS = (charts.BRICK, charts.AMBER, charts.SAND, charts.PALE)
Counts = dict[str, dict[str | None, int]]


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: totals, coverage, yearly, states, makes, decades, light, weather."""
    states = inputs.records("states")
    counts = {row["ev_state"]: row["events"] for row in states if state_grid.on_map(row["ev_state"])}
    min_count = context.min_cell_count
    components = {
        "queries": inputs.queries,
        "headlines": headlines(inputs.queries),
        "key_findings": key_findings(inputs.queries, context),
        "coverage": coverage_table(inputs.records("coverage"), context.eras),
        "yearly": us_accidents_by_year(inputs.records("yearly"), context.eras),
        "elsewhere": events_elsewhere_by_year(inputs.records("yearly"), context.eras),
        "tiles": state_grid.tiles(counts),
        "legend": state_grid.legend(counts.values()),
        "states": states_table(states, min_count),
        "makes": makes_chart(inputs.records("makes"), context.top_makes, min_count),
        "decades": severity_by_decade(inputs.records("decades"), min_count),
        "light": severity_by_condition("light", "Light", inputs.records("light"), min_count),
        "weather": severity_by_condition("weather", "Weather", inputs.records("weather"), min_count),
    }
    return page.render("safety/template.html", context, components)


def headlines(queries: Mapping[str, Query]) -> list[Headline]:
    """Return the numbers of accidents, fatal accidents and deaths in the United States, and the latest date."""
    labels = {
        "us_accidents": "accidents in the United States",
        "us_fatal_accidents": "of them fatal",
        "us_deaths": "deaths in them, on board and on the ground, where known",
        "last_date": "date of the latest event",
    }
    return [headline(queries, label, "totals", column) for column, label in labels.items()]


def coverage_table(rows: Records, eras: Eras) -> Table:
    """Return a table with the contents of each database and a total row."""
    heads = ("Database", "First date", "Last date", *COVERAGE_COLUMNS.values())
    labels = {era.name: era.label for era in eras}
    columns = ("era", "first_date", "last_date", *COVERAGE_COLUMNS)
    labeled = [row | {"era": labels.get(row["era"], row["era"])} for row in rows]
    return record_table("Events by NTSB database", heads, columns, COVERAGE_COLUMNS, labeled)


def us_accidents_by_year(rows: Records, eras: Eras) -> Chart:
    """Return a chart of accidents, fatal accidents and deaths in the United States by year."""
    summary = "Accidents in the United States. Top: by year, with fatal accidents in front. Bottom: deaths by year."
    return yearly_chart("yearly", rows, US_COLUMNS, "Accidents", summary, eras)


def events_elsewhere_by_year(rows: Records, eras: Eras) -> Chart:
    """Return a chart of events, fatal events and deaths outside the United States, or without a country, by year."""
    summary = "Events outside the United States. Top: by year, with fatal events in front. Bottom: deaths by year."
    return yearly_chart("elsewhere", rows, ELSEWHERE_COLUMNS, "Events", summary, eras)


def yearly_chart(name: str, rows: Records, columns: dict[str, str], noun: str, summary: str, eras: Eras) -> Chart:
    """Return a chart of the columns of all events, fatal events and deaths by year; its table has all columns."""
    cells = [(str(row["ev_year"]), *(row[column] for column in columns)) for row in rows]
    numbers = table(summary.partition(". ")[0] + " by year", ("Year", *columns.values()), cells)
    counts, fatal, deaths = (column for column, head in columns.items() if "nknown" not in head and head != "Incidents")
    panels: dict[str, dict[str, Any]] = {
        noun: {f"All {noun.lower()}": [row[counts] for row in rows], columns[fatal]: [row[fatal] for row in rows]},
        "Deaths": {"Deaths": [row[deaths] for row in rows]},
    }
    return timeline(name, [row["ev_year"] for row in rows], panels, summary, numbers, eras)


def states_table(rows: Records, min_count: int) -> Table:
    """Return a table of events by state code, with the share of fatal events among events of known severity."""
    heads = ("State", "Name", "Events", "Fatal events", "Of known severity", "Share fatal")
    columns = ("ev_state", "ev_state_meaning", "events", "fatal_events", "events_of_known_severity", "share")
    known = [(row["fatal_events"], row["events_of_known_severity"]) for row in rows]
    shares = [formats.share_with_interval(*numbers, min_count) for numbers in known]
    records = [row | {"share": share} for row, share in zip(rows, shares, strict=True)]
    return record_table("Events in the United States by state", heads, columns, (), records)


def makes_chart(rows: Records, top: int, min_count: int) -> Chart:
    """Return a chart of aircraft of the `top` most frequent makes; the other aircraft are in its table only."""
    named = [row for row in rows if row["make"]]
    groups = [(row["make"], [row]) for row in named[:top]]
    groups += [
        (formats.counted(len(named[top:]), "other make"), named[top:]),
        ("make not stated", [row for row in rows if not row["make"]]),
    ]
    columns = ("aircraft", "in_fatal_events", "severity_known")
    sums = [(label, *(total(group, name) for name in columns)) for label, group in groups if group]
    cells = [(*line, formats.share_with_interval(line[2], line[3], min_count)) for line in sums]
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


def severity_by_decade(rows: Records, min_count: int) -> Chart:
    """Return a chart of the distribution of severity by decade."""
    counts: Counts = {}
    for row in rows:
        counts.setdefault(f"{row['decade_start']}s", {})[row["severity"]] = row["accidents"]
    summary = "Highest injury in U.S. accidents by decade, as a share of accidents of known severity."
    return severity_shares("decades", "Decade", counts, summary, min_count)


def severity_by_condition(name: str, title: str, rows: Records, min_count: int) -> Chart:
    """Return a chart of the distribution of severity by condition (such as light), most frequent condition first."""
    counts: Counts = {}
    for row in rows:
        group = counts.setdefault(condition_label(row), {})
        group[row["severity"]] = group.get(row["severity"], 0) + row["accidents"]
    ordered = dict(sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0])))
    summary = f"Highest injury in U.S. accidents by {title.lower()}, as a share of accidents of known severity."
    return severity_shares(name, title, ordered, summary, min_count)


def condition_label(row: Record) -> str:
    """Return a code with its meaning in NTSB's dictionary, such as 'Day (DAYL)'; 'not stated' if there is no code."""
    if not row["code"]:
        return "not stated"
    return f"{row['meaning']} ({row['code']})" if row["meaning"] else str(row["code"])


def severity_shares(name: str, title: str, counts: Counts, summary: str, min_count: int) -> Chart:
    """Return a chart of stacked shares of accidents of known severity by group.

    Groups with fewer than `min_count` accidents are not drawn.
    `counts` is {group: {severity code, None if unknown: accidents}}; `title` heads the column of groups.
    """
    known = {label: sum(number for code, number in group.items() if code) for label, group in counts.items()}
    heads = (title, "Accidents", *SEVERITIES.values(), formats.UNKNOWN, "Share fatal")
    cells = [
        (
            label,
            sum(group.values()),
            *(group.get(code, 0) for code in (*SEVERITIES, None)),
            formats.share_with_interval(group.get("FATL", 0), known[label], min_count),
        )
        for label, group in counts.items()
    ]
    drawn = [label for label in counts if known[label] >= max(min_count, 1)]
    series = {
        severity: [formats.percent(counts[label].get(code, 0), known[label], min_count) for label in drawn]
        for code, severity in SEVERITIES.items()
    }
    numbers = table(summary, heads, cells)
    return charts.bar_chart(name, drawn, series, summary, numbers, colors=COLORS, unit=" %")
