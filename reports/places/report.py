"""Build the page on places and seasons: a map, clusters, month by hour, and data to find accidents near a point."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.places import us_map
from reports.shared import charts, formats, page, site_data
from reports.shared.components import Chart, Headline, Table, headline, table
from reports.shared.data import Context, Eras, Inputs, Query, Record, Records
from reports.shared.eras import sort_eras, years_of
from reports.shared.outlines import outlines
from reports.shared.state_grid import legend, shade_limits, shade_of

POINTS_PER_FILE = 10_000
OUTLINE_STEPS_PER_DEGREE = 5
MAX_CLUSTERS = 40
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HOURS = range(24)


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: points, airports, bins, quality, season, clusters, outlines, details."""
    bins, season = inputs.records("bins"), inputs.records("season")
    details = next(iter(inputs.records("details")), {})
    files = point_files(inputs.queries["points"])
    settings = {
        "files": [[rows[0][latitude_column(inputs)], rows[-1][latitude_column(inputs)]] for rows in files],
        "details_from": details.get("details_from"),
    }
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(inputs),
        "map": map_chart(bins, inputs.queries["outlines"], context.min_cell_count),
        "map_legend": legend(row["accidents"] for row in bins),
        "quality": quality_table(inputs.records("quality"), context.eras),
        "season": season_chart(season),
        "season_legend": legend(row["accidents"] for row in season if row["hour"] is not None),
        "clusters": clusters_table(inputs.records("clusters"), context.min_cell_count),
        "n_clusters": len(inputs.records("clusters")),
        "max_clusters": MAX_CLUSTERS,
        "settings": site_data.inline(settings),
        "script": page.scripts("shared/load_data.js", "places/near.js"),
    }
    return page.render("places/template.html", context, components)


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content}: accidents from south to north in several files, and airports."""
    points, airports = inputs.queries["points"], inputs.queries["airports"]
    contents = {
        f"points-{number}": site_data.columns(points.columns, rows) for number, rows in enumerate(point_files(points))
    }
    contents["airports"] = site_data.columns(airports.columns, airports.rows)
    return {f"{name}.js": site_data.script(f"places/{name}", content) for name, content in contents.items()}


def latitude_column(inputs: Inputs) -> int:
    """Return the position of the latitude in a row of `points`."""
    return inputs.queries["points"].columns.index("latitude")


def point_files(query: Query) -> list[Sequence[tuple[Any, ...]]]:
    """Return the rows of each file."""
    return [query.rows[start : start + POINTS_PER_FILE] for start in range(0, len(query.rows), POINTS_PER_FILE)]


def headlines(inputs: Inputs) -> list[Headline]:
    """Return the numbers of accidents that maps use, that have a wrong position and that have none."""
    labels: dict[str, tuple[tuple[str, Any], ...]] = {
        "accidents in the United States": (),
        "with a position that the map uses": (("on_map", "yes"),),
        "with coordinates outside their state, left out": (("position_quality", "outside its state"),),
        "without a position": (("position_quality", "none"),),
    }
    return [headline(inputs.queries, label, "quality", "accidents", where) for label, where in labels.items()]


def map_chart(bins: Records, boundaries: Query, min_count: int) -> Chart:
    """Return a map of accidents by square of one degree; the table has all squares."""
    limits = shade_limits(row["accidents"] for row in bins)
    squares = {(row["south"], row["west"]): row for row in bins}
    cells = [
        (
            square_label(row),
            row["accidents"],
            row["fatal_accidents"],
            row["accidents_of_known_severity"],
            formats.share_with_interval(row["fatal_accidents"], row["accidents_of_known_severity"], min_count),
        )
        for row in sorted(bins, key=lambda row: (-row["accidents"], row["south"], row["west"]))
    ]
    outside = sum(row["accidents"] for square, row in squares.items() if not us_map.is_on_map(*square))
    summary = "Accidents with a usable position by square of one degree, with the outlines of states."
    summary += f" Not on the map, but in the table: {formats.counted(outside, 'accident')}." if outside else ""
    heads = ("Square", "Accidents", "Fatal accidents", "Of known severity", "Share fatal [95 %]")
    return us_map.draw(
        "map",
        {square: shade_of(row["accidents"], limits) for square, row in squares.items()},
        {square: square_hover(row) for square, row in squares.items()},
        outlines(boundaries.rows, OUTLINE_STEPS_PER_DEGREE),
        summary,
        table("Accidents by square of one degree", heads, cells),
    )


def square_label(row: Record) -> str:
    """Return '37 to 38 N, 123 to 122 W'."""
    south, west = row["south"], row["west"]
    latitude = f"{south} to {south + 1} N" if south >= 0 else f"{-south} to {-south - 1} S"
    return f"{latitude}, {-west} to {-west - 1} W" if west < 0 else f"{latitude}, {west} to {west + 1} E"


def square_hover(row: Record) -> str:
    """Return '37 to 38 N, 123 to 122 W: 1 accident'."""
    return f"{square_label(row)}: {formats.counted(row['accidents'], 'accident')}"


def quality_table(rows: Records, eras: Eras) -> Table:
    """Return a table of accidents by quality of their position, in each era."""
    order = sort_eras((row["era"] for row in rows), eras)
    totals: Mapping[str, int] = {era: sum(row["accidents"] for row in rows if row["era"] == era) for era in order}
    cells = [
        (
            years_of(row["era"], eras),
            row["position_quality"],
            row["on_map"],
            row["accidents"],
            formats.share(row["accidents"], totals[row["era"]], 1),
            "" if row["median_uncertainty_km"] is None else f"{row['median_uncertainty_km']} km",
        )
        for row in sorted(rows, key=lambda row: (order.index(row["era"]), -row["accidents"], row["position_quality"]))
    ]
    heads = ("Database", "Position", "On the map", "Accidents", "Share of the database", "Uncertainty, median")
    return table("Accidents in the United States by quality of their position", heads, cells)


def season_chart(rows: Records) -> Chart:
    """Return a heat map of accidents by month and local hour; its table has the accidents without a local time."""
    counts = {(row["month"], row["hour"]): row["accidents"] for row in rows}
    limits = shade_limits(count for (_, hour), count in counts.items() if hour is not None)
    grid = [[counts.get((month, hour), 0) for hour in HOURS] for month in range(1, 13)]
    cells = [
        (name, *line, counts.get((month, None), 0))
        for month, (name, line) in enumerate(zip(MONTHS, grid, strict=True), start=1)
        if rows
    ]
    heads = ("Month", *(f"{hour:02}" for hour in HOURS), "Time unknown")
    return charts.heat_map(
        "season",
        MONTHS,
        [str(hour) if hour % 3 == 0 else "" for hour in HOURS],
        [[shade_of(count, limits) for count in line] for line in grid],
        [
            [f"{name}, {hour}:00 to {hour}:59: {formats.counted(count, 'accident')}" for hour, count in enumerate(line)]
            for name, line in zip(MONTHS, grid, strict=True)
        ],
        "Accidents by month and hour of local time, from midnight on the left to 23:59 on the right.",
        table("Accidents by month and hour of local time", heads, cells),
    )


def clusters_table(rows: Records, min_count: int) -> Table:
    """Return a table of the largest clusters."""
    cells = [
        (
            ", ".join(part for part in (row["city"], row["state"]) if part) or "not stated",
            f"{row['center_latitude']:.3f}, {row['center_longitude']:.3f}",
            f"{row['radius_km']} km",
            row["accidents"],
            row["fatal_accidents"],
            formats.share_with_interval(row["fatal_accidents"], row["accidents_of_known_severity"], min_count),
            formats.years(row["first_year"], row["last_year"]),
        )
        for row in rows[:MAX_CLUSTERS]
    ]
    heads = ("Most frequent city", "Center", "Radius", "Accidents", "Fatal accidents", "Share fatal [95 %]", "Years")
    return table("Largest clusters of accidents", heads, cells)
