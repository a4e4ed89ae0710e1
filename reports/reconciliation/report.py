"""Build the reconciliation page: counts of this release compared with counts published elsewhere."""

from collections.abc import Mapping
from typing import Any

from reports.reconciliation import reasons
from reports.shared import formats, page
from reports.shared.components import Chart, Headline, Table, table
from reports.shared.data import Context, Eras, Inputs, Record, Records
from reports.shared.years import compared_counts

# A database is complete if its count is within these shares of the published one, which changes every month.
COMPLETE_SHARES = (reasons.COMPLETE_SHARE, 1.05)
# NTSB's statistics, by series.
STATISTICS = {
    "general aviation": "General aviation",
    "part 121": "Airlines (part 121)",
    "part 135 scheduled": "Commuters (part 135, scheduled)",
    "part 135 on demand": "Air taxis (part 135, on demand)",
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: figures, definitions."""
    rows, eras = inputs.records("figures"), context.eras
    databases = rows_of(rows, "era")
    complete = {row["item"] for row in databases if is_complete(row)}
    # The published series by year, state and make cover all databases but the oldest.
    is_comparable = {era.name for era in eras[1:]} <= complete
    has_all = {era.name for era in eras} <= complete
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(databases, eras),
        "status": completeness(databases, complete, eras),
        "is_comparable": is_comparable,
        "sources": sources_table(rows),
        "databases": databases_table(databases, eras),
        "years": yearly_charts(rows, eras, "Residual" if is_comparable else ""),
        "states": comparison_table(
            "State", f"Events by state since {eras[1].first_year}", rows_of(rows, "state"), is_comparable
        ),
        "makes": comparison_table(
            "Make as recorded", "Aircraft by make, 1982 to March 2017", rows_of(rows, "make"), is_comparable
        ),
        "definitions": definitions_table(rows, inputs.records("definitions")),
        "statistics": statistics_charts(rows, eras, "Difference" if has_all else ""),
        "latest_year": max((row["item"] for row in rows if row["series"] in STATISTICS), default=""),
    }
    return page.render("reconciliation/template.html", context, components)


def rows_of(rows: Records, value: str, column: str = "series") -> list[Record]:
    """Return the rows of one series, or with one value in another column."""
    return [row for row in rows if row[column] == value]


def rows_by_measure(rows: Records, series: str) -> dict[str, list[Record]]:
    """Return {measure: rows of a series, sorted by year}."""
    ordered = sort_by_year(rows_of(rows, series))
    measures = dict.fromkeys(row["measure"] for row in ordered)
    return {measure: rows_of(ordered, measure, "measure") for measure in measures}


def sort_by_year(rows: Records) -> list[Record]:
    """Return the rows of a yearly series, sorted by year and measure."""
    return sorted(rows, key=lambda row: (row["item"], row["measure"]))


def is_complete(row: Record) -> bool:
    """Return True if this release contains the whole database, and not a sample or a part of it."""
    return (
        row["release_count"] is not None
        and COMPLETE_SHARES[0] <= row["release_count"] / row["published"] <= COMPLETE_SHARES[1]
    )


def database_label(name: str, eras: Eras) -> str:
    """Return '1982-2007 (Pre2008)' for the name of an era, or the name itself if there is no such era."""
    return next((f"{era.years} ({era.label})" for era in eras if era.name == name), name)


def headlines(databases: Records, eras: Eras) -> list[Headline]:
    """Return the share of each published database that is in this release."""
    return [
        Headline(
            formats.share(row["release_count"] or 0, row["published"], 1),
            f"of the {row['measure']}, {database_label(row['item'], eras)}",
            "figures",
        )
        for row in databases
    ]


def completeness(databases: Records, complete: set[str], eras: Eras) -> str:
    """Return the text on whether the databases are complete, which residuals require."""
    if not databases:
        return "The size of this release is unknown."
    partial = [row for row in databases if row["item"] not in complete]
    if not partial:
        return "This release contains all databases in full, so residuals are meaningful."
    counts = "; ".join(
        f"{database_label(row['item'], eras)}: {formats.count(row['release_count'] or 0)} of "
        f"{formats.count(row['published'])} {row['measure']}"
        for row in partial
    )
    return (
        f"This release contains only samples or parts of NTSB's files ({counts}), so residuals would not be meaningful."
    )


def databases_table(databases: Records, eras: Eras) -> Table:
    """Return a table of the published size of each database and its size in this release."""
    labeled = [row | {"item": database_label(row["item"], eras)} for row in databases]
    return comparison_table("Database", "Size of each database", labeled, has_residuals=True)


def comparison_table(head: str, caption: str, rows: Records, has_residuals: bool) -> Table:
    """Return a table of published and release counts; with residuals only for complete databases, as others mislead."""
    cells = [
        (
            row["item"],
            row["measure"],
            row["published"],
            row["release_count"] or 0,
            formats.share(row["release_count"] or 0, row["published"], 1),
            *(((row["release_count"] or 0) - row["published"], reasons.reason(row, {})) if has_residuals else ("", "")),
        )
        for row in rows
    ]
    return table(caption, (head, "Measure", "Published", "This release", "Share", "Residual", "Reason"), cells)


def yearly_charts(rows: Records, eras: Eras, difference: str) -> list[Chart]:
    """Return charts of published and release counts by year, one per measure."""
    charts = []
    for measure, values in rows_by_measure(rows, "year").items():
        caption = f"By year since {eras[1].first_year}: {measure}"
        numbers = comparison_table("Year", caption, values, bool(difference))
        summary = f"By year: {measure}, as published and in this release."
        charts.append(_yearly_chart(f"years-{measure}", values, difference, summary, numbers, eras))
    return charts


def statistics_charts(rows: Records, eras: Eras, difference: str) -> list[Chart]:
    """Return a chart of the accidents of each of NTSB's statistics; its table has deaths too, and all reasons."""
    charts, shares = [], release_shares(rows)
    for series, label in STATISTICS.items():
        values = sort_by_year(rows_of(rows, series))
        accidents = rows_of(values, "accidents", "measure")
        if accidents:
            summary = f"{label}: accidents, as published by NTSB and in this release."
            numbers = statistics_table(label, values, shares)
            charts.append(_yearly_chart(f"statistics-{series}", accidents, difference, summary, numbers, eras))
    return charts


def release_shares(rows: Records) -> dict[str, float]:
    """Return {year: share of the events in NTSB's files that this release has}."""
    years = [row for row in rows_of(rows, "year") if row["measure"] == "events" and row["published"]]
    return {row["item"]: (row["release_count"] or 0) / row["published"] for row in years}


def statistics_table(label: str, rows: Records, shares: Mapping[str, float]) -> Table:
    """Return a table of one of NTSB's statistics: both counts, their difference and its reason."""
    cells = [
        (
            row["item"],
            row["measure"],
            row["published"],
            formats.count(row["release_count"]),
            reasons.difference(row, shares),
            reasons.reason(row, shares),
            row["as_of"],
        )
        for row in rows
    ]
    return table(label, ("Year", "Measure", "Published", "This release", "Difference", "Reason", "As of"), cells)


def definitions_table(rows: Records, definitions: Records) -> Table:
    """Return a table of the accidents that each of NTSB's statistics counts."""
    series = {row["definition"]: STATISTICS[row["series"]] for row in rows if row["definition"]}
    cells = [
        (series[row["definition"]], row["accidents"], row["source"])
        for row in definitions
        if row["definition"] in series
    ]
    return table("What the statistics count, and where that is defined", ("Statistic", "Accidents", "Source"), cells)


def sources_table(rows: Records) -> Table:
    """Return a table of the publications, with their dates and the series that they are used for."""
    used: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        label = STATISTICS.get(row["series"]) or str(row["series"])
        used.setdefault((row["source"], row["as_of"]), set()).add(label)
    cells = [(source, as_of, ", ".join(sorted(series))) for (source, as_of), series in sorted(used.items())]
    return table("Publications", ("Source", "As of", "Counts"), cells)


def _yearly_chart(name: str, rows: Records, difference: str, summary: str, numbers: Table, eras: Eras) -> Chart:
    counts = {column: [row[column] for row in rows] for column in ("published", "release_count")}
    years = [int(row["item"]) for row in rows]
    return compared_counts(name.replace(" ", "-"), years, counts, difference, summary, numbers, eras)
