"""Distribution of injury severity by decade, light and weather."""

from collections.abc import Sequence

from reports.shared import charts, formats
from reports.shared.components import Chart, table
from reports.shared.data import Record

# NTSB's codes for the highest injury of an event, worst first.
SEVERITIES = {"FATL": "fatal", "SERS": "serious", "MINR": "minor", "NONE": "none"}
COLORS = (charts.BRICK, charts.AMBER, charts.SAND, charts.PALE)
Counts = dict[str, dict[str | None, int]]


def severity_by_decade(rows: Sequence[Record], min_count: int) -> Chart:
    """Return a chart of the distribution of severity by decade."""
    counts: Counts = {}
    for row in rows:
        counts.setdefault(f"{row['decade_start']}s", {})[row["severity"]] = row["accidents"]
    summary = "Highest injury in U.S. accidents by decade, as a share of accidents of known severity."
    return severity_shares("decades", "Decade", counts, summary, min_count)


def severity_by_condition(name: str, title: str, rows: Sequence[Record], min_count: int) -> Chart:
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
            formats.share(group.get("FATL", 0), known[label], min_count),
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
