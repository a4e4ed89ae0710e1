"""How outcomes are shared out: by decade, by light, by weather."""

from collections.abc import Sequence

from reports.shared import charts, formats
from reports.shared.components import Figure, table
from reports.shared.data import Record

# NTSB's codes of the worst injury, worst first.
SEVERITIES = {"FATL": "fatal", "SERS": "serious", "MINR": "minor", "NONE": "none"}
NOT_KNOWN = "not known"
COLOURS = (charts.BRICK, charts.AMBER, charts.SAND, charts.PALE)


def decades(rows: Sequence[Record], smallest: int) -> Figure:
    """Shares of the worst injury per decade."""
    groups: dict[str, dict[str | None, int]] = {}
    for row in rows:
        groups.setdefault(f"{row['decade_start']}s", {})[row["severity"]] = row["accidents"]
    summary = (
        "Worst injury in accidents in the USA, as a share of the accidents of each decade whose severity is known."
    )
    return shares("decades", "Decade", groups, summary, smallest)


def conditions(name: str, word: str, rows: Sequence[Record], smallest: int) -> Figure:
    """Shares of the worst injury per condition, the most frequent first."""
    groups: dict[str, dict[str | None, int]] = {}
    for row in rows:
        group = groups.setdefault(label_of(row), {})
        group[row["severity"]] = group.get(row["severity"], 0) + row["accidents"]
    ordered = dict(sorted(groups.items(), key=lambda item: (-sum(item[1].values()), item[0])))
    summary = f"Worst injury in accidents in the USA by {word.lower()}, as a share of those whose severity is known."
    return shares(name, word, ordered, summary, smallest)


def label_of(row: Record) -> str:
    """A code with its meaning, as NTSB's dictionary gives it."""
    if not row["code"]:
        return "none stated"
    return f"{row['meaning']} ({row['code']})" if row["meaning"] else str(row["code"])


def shares(name: str, word: str, groups: dict[str, dict[str | None, int]], summary: str, smallest: int) -> Figure:
    """Stacked shares of the accidents whose severity is known; groups with fewer than `smallest` are not drawn."""
    known = {label: sum(number for code, number in group.items() if code) for label, group in groups.items()}
    heads = (word, "Accidents", *SEVERITIES.values(), NOT_KNOWN, "Share fatal")
    cells = [
        (
            label,
            sum(group.values()),
            *(group.get(code, 0) for code in (*SEVERITIES, None)),
            formats.share(group.get("FATL", 0), known[label], smallest),
        )
        for label, group in groups.items()
    ]
    drawn = [label for label in groups if known[label] >= max(smallest, 1)]
    series = {
        words: [formats.percent(groups[label].get(code, 0), known[label], smallest) for label in drawn]
        for code, words in SEVERITIES.items()
    }
    return charts.bars(name, drawn, series, summary, table(summary, heads, cells), colours=COLOURS, unit=" %")
