"""Build the page on phase of flight, kind of accident and causes, from the harmonized codes in words."""

from collections import Counter
from typing import Any

from reports.shared import charts, formats, page
from reports.shared.components import Chart, Headline, Table, headline, table
from reports.shared.data import Context, Eras, Inputs, Record, Records
from reports.shared.words import label
from reports.shared.years import yearly_shares

# Phases of flight, in the order of a flight, as the groups that a chart can distinguish.
PHASES = {
    "On the ground": ("STANDING", "PUSHBACK", "TAXI"),
    "Takeoff and initial climb": ("TAKEOFF", "INITIAL CLIMB"),
    "En route and maneuvering": ("ENROUTE", "MANEUVERING", "EMERGENCY DESCENT", "UNCONTROLLED DESCENT"),
    "Approach and landing": ("APPROACH", "LANDING"),
    "Other, unknown or not stated": ("OTHER", "POST-IMPACT", "UNK", None),
}
PHASE_COLORS = (charts.SAND, charts.BLUE, charts.AMBER, charts.BRICK, charts.GREY)
PHASE_OF = {phase: group for group, phases in PHASES.items() for phase in phases}
MAX_KINDS, MAX_KINDS_BY_YEAR = 15, 4
COUNTS = ("aircraft", "in_fatal_accidents", "in_accidents_of_known_severity")
HEADS = ("Aircraft", "In fatal accidents", "In accidents of known severity", "Share in fatal accidents [95 %]")


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: pairs, phase_causes, kinds_by_year, findings."""
    pairs, min_count = inputs.records("pairs"), context.min_cell_count
    phases, causes = of_topic(pairs, "phase"), of_topic(pairs, "cause")
    kinds = sorted(summed(phases, "occurrence"), key=lambda row: (-row["aircraft"], row["occurrence"] or "~"))
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(inputs, kinds),
        "kinds": kinds_chart(kinds, phases, min_count),
        "by_year": kinds_by_year(inputs.records("kinds_by_year"), kinds, context.eras, min_count),
        "phases": share_chart("phases", "Phase of flight", "phase", summed(phases, "value"), min_count),
        "phase_kinds": pair_table("phase", "Phase", phases, min_count),
        "causes": share_chart("causes", "Group of causes", "cause", summed(causes, "value"), min_count),
        "cause_kinds": pair_table("cause", "Group of causes", causes, min_count),
        "phase_causes": phase_causes_table(inputs.records("phase_causes"), min_count),
        "findings": findings_table(inputs.records("findings"), min_count),
    }
    return page.render("causes/template.html", context, components)


def of_topic(pairs: Records, topic: str) -> Records:
    """Return the rows of one topic."""
    return [row for row in pairs if row["topic"] == topic]


def summed(rows: Records, column: str) -> Records:
    """Return one row per value of a column with the sums of COUNTS."""
    sums: dict[str | None, Counter[str]] = {}
    for row in rows:
        sums.setdefault(row[column], Counter()).update({name: row[name] for name in COUNTS})
    return [{column: value, **counts} for value, counts in sums.items()]


def headlines(inputs: Inputs, kinds: Records) -> list[Headline]:
    """Return the number of aircraft, and of those of the three most frequent kinds of accident.

    Each aircraft has one phase, and is therefore counted once.
    """
    stated = [row["occurrence"] for row in kinds if row["occurrence"] not in (None, "UNK", "OTHR")][:3]
    rows = [(label("occurrence", kind), (("topic", "phase"), ("occurrence", kind))) for kind in stated]
    everything = ("in accidents in the United States", (("topic", "phase"),))
    return [
        headline(inputs.queries, f"aircraft: {words[0].lower()}{words[1:]}", "pairs", "aircraft", conditions)
        for words, conditions in (everything, *rows)
    ]


def counted(row: Record, min_count: int) -> tuple[Any, ...]:
    """Return the cells of HEADS."""
    aircraft, fatal, known = (row[name] for name in COUNTS)
    return aircraft, fatal, known, formats.share_with_interval(fatal, known, min_count)


def kinds_chart(kinds: Records, phases: Records, min_count: int) -> Chart:
    """Return a chart of the most frequent kinds of accident by phase of flight; its table has all kinds."""
    cells = [(label("occurrence", row["occurrence"]), row["occurrence"], *counted(row, min_count)) for row in kinds]
    numbers = table("Aircraft by kind of accident", ("Kind of accident", "Category", *HEADS), cells)
    drawn = [row["occurrence"] for row in kinds if row["occurrence"] is not None][:MAX_KINDS]
    counts: Counter[tuple[str | None, str]] = Counter()
    for row in phases:
        counts[row["occurrence"], PHASE_OF.get(row["value"], "Other, unknown or not stated")] += row["aircraft"]
    series = {group: [counts[kind, group] for kind in drawn] for group in PHASES}
    labels = [label("occurrence", kind) for kind in drawn]
    summary = f"Aircraft in accidents by kind of accident and phase of flight, the {len(drawn)} most frequent kinds."
    return charts.bar_chart("kinds", labels, series, summary, numbers, colors=PHASE_COLORS)


def kinds_by_year(rows: Records, kinds: Records, eras: Eras, min_count: int) -> Chart:
    """Return a chart of the most frequent kinds as shares of each year; years with few aircraft are in its table."""
    known = [row["occurrence"] for row in kinds if row["occurrence"] not in (None, "UNK", "OTHR")]
    frequent = known[:MAX_KINDS_BY_YEAR]
    names = [*(label("occurrence", kind) for kind in frequent), "All other kinds", "Unknown or not stated"]
    counts: dict[int, Counter[str]] = {}
    for row in rows:
        kind = row["occurrence"]
        name = label("occurrence", kind) if kind in frequent else names[-1] if kind in (None, "UNK") else names[-2]
        counts.setdefault(row["ev_year"], Counter())[name] += row["aircraft"]
    cells = [(str(year), *(of_year[name] for name in names)) for year, of_year in counts.items()]
    numbers = table("Aircraft by year and kind of accident", ("Year", *names), cells)
    years = [year for year, of_year in counts.items() if of_year.total() >= max(min_count, 1)]
    series = {
        name: [formats.percent(counts[year][name], counts[year].total(), min_count) for year in years] for name in names
    }
    summary = "Kinds of accident as shares of the aircraft of each year. A step at a dotted line may be one of coding."
    return yearly_shares("kinds-by-year", years, series, summary, numbers, eras)


def share_chart(name: str, head: str, topic: str, rows: Records, min_count: int) -> Chart:
    """Return a chart of aircraft by a field, those in fatal accidents first; its table has shares with intervals."""
    ordered = sorted(rows, key=lambda row: (-row["aircraft"], row["value"] or "~"))
    labels = [label(topic, row["value"]) for row in ordered]
    cells = [(text, *counted(row, min_count)) for text, row in zip(labels, ordered, strict=True)]
    series = {
        "in fatal accidents": [row["in_fatal_accidents"] for row in ordered],
        "in other accidents": [row["in_accidents_of_known_severity"] - row["in_fatal_accidents"] for row in ordered],
        "in accidents of unknown severity": [
            row["aircraft"] - row["in_accidents_of_known_severity"] for row in ordered
        ],
    }
    summary = f"{head}: aircraft in accidents in the United States, those in fatal accidents first."
    numbers = table(f"Aircraft by {head.lower()}", (head, *HEADS), cells)
    colors = (charts.BRICK, charts.PALE, charts.GREY)
    return charts.bar_chart(name, labels, series, summary, numbers, colors=colors)


def pair_table(topic: str, head: str, rows: Records, min_count: int) -> Table:
    """Return a table of aircraft by kind of accident and a second field, most frequent pairs first."""
    ordered = sorted(rows, key=lambda row: (-row["aircraft"], row["occurrence"] or "~", row["value"] or "~"))
    cells = [
        (label("occurrence", row["occurrence"]), label(topic, row["value"]), *counted(row, min_count))
        for row in ordered
    ]
    return table(f"Aircraft by kind of accident and {head.lower()}", ("Kind of accident", head, *HEADS), cells)


def phase_causes_table(rows: Records, min_count: int) -> Table:
    """Return a table of aircraft by phase of flight and group of causes, most frequent pairs first."""
    ordered = sorted(rows, key=lambda row: (-row["aircraft"], row["phase"] or "~", row["cause"] or "~"))
    cells = [(label("phase", row["phase"]), label("cause", row["cause"]), *counted(row, min_count)) for row in ordered]
    return table("Aircraft by phase of flight and group of causes", ("Phase", "Group of causes", *HEADS), cells)


def findings_table(rows: Records, min_count: int) -> Table:
    """Return a table of NTSB's findings since 2008 by category."""
    counts = ("findings", "causes", "accidents", "fatal_accidents", "accidents_of_known_severity")
    cells = [
        (
            row["category"],
            row["subcategory"],
            *(row[name] for name in counts),
            formats.share_with_interval(row["fatal_accidents"], row["accidents_of_known_severity"], min_count),
        )
        for row in rows
    ]
    heads = ("Category", "Subcategory", "Findings", "In the probable cause", "Accidents", "Fatal accidents")
    more = ("Of known severity", "Share fatal [95 %]")
    return table("Findings since 2008 by category", (*heads, *more), cells)
