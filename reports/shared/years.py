"""Charts by year: dotted lines where a database with other coding rules begins, outlines for an incomplete year."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reports.shared import svg
from reports.shared.charts import AMBER, BLUE, BRICK, GREY, PALE, SERIES, Interval, Values, chart
from reports.shared.components import Chart, Table
from reports.shared.data import Eras

DOTTED_LINE_NOTE = " Dotted lines mark where a database with different coding rules begins: {}."
INCOMPLETE_NOTE = " {} is incomplete; it is drawn as an outline."
# {title: {series: values}}.
Panels = Mapping[str, Mapping[str, Values]]
PANEL_COLORS = (PALE, BRICK, AMBER, BLUE)
PANEL, TITLE, AXIS, MAX_YEAR_LABELS = 170, 24, 22, 7


class Panel(NamedTuple):
    """A panel without its values: `top` is where these begin, `bottom` where the next panel does."""

    parts: list[str]
    scale: svg.Scale
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Return the position of a value."""
        return self.scale.pixel(value, self.top, PANEL)


class YearAxis:
    """The years of a chart from the first to the last one, with the boundaries of eras and the incomplete year."""

    def __init__(self, years: Sequence[int], eras: Eras) -> None:
        self.years = years
        self.first, self.last = (years[0], years[-1]) if years else (0, 0)
        self.count = self.last - self.first + 1
        self.boundaries = era_boundaries(years, eras)
        self.incomplete = {era.incomplete_year for era in eras} & set(years)

    def left(self, year: float) -> float:
        """Return the left side of a year in percent."""
        return 100 * (year - self.first) / self.count

    def marks(self, top: float, bottom: float) -> list[str]:
        """Return a dotted line for each boundary, with its year above."""
        parts = []
        for year, _ in self.boundaries:
            x = f"{svg.decimals(self.left(year))}%"
            parts.append(svg.tag("line", class_="break", x1=x, x2=x, y1=top, y2=bottom))
            parts.append(svg.text(year, class_="tick", x=x, y=top - 4, text_anchor="middle"))
        return parts

    def labels(self, y: float) -> list[str]:
        """Return the years below a panel, as many as fit on a phone."""
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if self.count / step <= MAX_YEAR_LABELS)
        shown = [year for year in range(self.first, self.last + 1) if year % step == 0] if self.years else []
        middles = [(year, f"{svg.decimals(self.left(year + 0.5))}%") for year in shown]
        return [svg.text(year, class_="tick", x=x, y=y, text_anchor="middle") for year, x in middles]

    def note(self) -> str:
        """Return sentences on the boundaries and the incomplete year."""
        names = ", ".join(f"{year} ({label})" for year, label in self.boundaries)
        incomplete = "".join(INCOMPLETE_NOTE.format(year) for year in sorted(year for year in self.incomplete if year))
        return (DOTTED_LINE_NOTE.format(names) if names else "") + incomplete

    def bar(self, year: int, panel: Panel, span: tuple[float, float], color: str, hover: str) -> str:
        """Return a bar from one value to another."""
        width = f"{svg.decimals(86 / self.count)}%"
        low, high = sorted(panel.y(value) for value in span)
        style = f"{color} part" if year in self.incomplete else color
        x = f"{svg.decimals(self.left(year + 0.07))}%"
        return svg.tag("rect", svg.title(hover), class_=style, x=x, y=low, width=width, height=max(high - low, 0.5))


def era_boundaries(years: Sequence[int], eras: Eras) -> list[tuple[int, str]]:
    """Return (first year, label) of every era that begins between the first and last of these years.

    Of eras that begin in the same year, it is the first one.
    """
    starts = {era.first_year: era.label for era in reversed(eras[1:])}
    return [(year, label) for year, label in sorted(starts.items()) if years and years[0] < year <= years[-1]]


def timeline(name: str, years: Sequence[int], panels: Panels, summary: str, table: Table, eras: Eras) -> Chart:
    """Return a chart of bars by year in panels below each other; in a panel, later series are in front."""
    axis, bottom = YearAxis(years, eras), 0.0
    parts: list[str] = []
    for title, series in panels.items():
        first_color = 2 if parts else 0
        colors = {label: PANEL_COLORS[(first_color + number) % 4] for number, label in enumerate(series)}
        panel = _panel(axis, bottom, title, [*series.values()], colors)
        parts, bottom = parts + panel.parts, panel.bottom
        for label, values in series.items():
            parts += _bars(axis, panel, label, values, colors[label])
    return chart(name, parts, bottom, summary + axis.note(), table, has_left_axis=True)


def _panel(
    axis: YearAxis, top: float, title: str, values: Sequence[Values], colors: Mapping[str, str], unit: str = ""
) -> Panel:
    """Return a panel with title, legend, axes and marks, without its values."""
    parts = [svg.text(title, class_="label", x=0, y=top + 14)] if title else []
    named = colors if len(colors) > 1 else {}
    top += TITLE if title else 0
    parts += svg.legend(named, top)
    top += len(named) * svg.LEGEND_ROW + (14 if axis.boundaries else 4)
    scale = svg.scale([value for numbers in values for value in numbers])
    parts += [
        *svg.vertical_axis(scale, top, PANEL, unit),
        *axis.marks(top, top + PANEL),
        *axis.labels(top + PANEL + 16),
    ]
    return Panel(parts, scale, top, top + PANEL + AXIS)


def _bars(axis: YearAxis, panel: Panel, label: str, values: Values, color: str) -> list[str]:
    """Return one bar for each known value other than zero."""
    return [
        axis.bar(year, panel, (0, value), color, f"{year}, {label}: {svg.label_of(value)}")
        for year, value in zip(axis.years, values, strict=True)
        if value
    ]


def yearly_shares(
    name: str, years: Sequence[int], series: Mapping[str, Values], summary: str, table: Table, eras: Eras
) -> Chart:
    """Return a chart of stacked shares of each year in percent; the last series (no information) is gray."""
    axis, colors = YearAxis(years, eras), dict(zip(series, [*SERIES[: len(series) - 1], GREY], strict=True))
    panel = _panel(axis, 0, "", [[0, 100]], colors, " %")
    parts = [*panel.parts]
    for number, year in enumerate(years):
        low = 0.0
        for label, values in series.items():
            value = values[number] or 0
            hover = f"{year}, {label}: {svg.label_of(value)} %"
            span = (low, min(low + value, 100))
            parts += [axis.bar(year, panel, span, colors[label], hover)] if value else []
            low += value
    return chart(name, parts, panel.bottom, summary + axis.note(), table, has_left_axis=True)


def compared_counts(
    name: str,
    years: Sequence[int],
    counts: Mapping[str, Values],
    difference: str,
    summary: str,
    table: Table,
    eras: Eras,
) -> Chart:
    """Return a chart of published and release counts by year; below them release minus published, titled `difference`.

    `counts` has the keys `published` and `release_count`. Without `difference` there is no second panel.
    """
    axis, published, release_count = YearAxis(years, eras), counts["published"], counts["release_count"]
    lines = {"Published": (AMBER, published), "This release": (BLUE, release_count)}
    panel = _panel(axis, 0, "Count", [published, release_count], {label: color for label, (color, _) in lines.items()})
    parts = [*panel.parts]
    for label, (color, values) in lines.items():
        points = [(value, None, None) for value in values]
        parts += _line(axis, panel, label, points, color)
    if difference:
        values = [None if a is None or b is None else b - a for a, b in zip(published, release_count, strict=True)]
        panel = _panel(axis, panel.bottom + 10, difference, [values], {})
        hover = f"{difference}: this release minus published"
        parts += [*panel.parts, *_bars(axis, panel, hover, values, BRICK)]
    return chart(name, parts, panel.bottom, summary + axis.note(), table, has_left_axis=True)


def yearly_rates(
    name: str,
    years: Sequence[int],
    series: Mapping[str, Sequence[Interval]],
    summary: str,
    table: Table,
    eras: Eras,
) -> Chart:
    """Return a chart of up to two lines by year with error bars, from (value, low, high); no bar without a bound.

    A line has a gap where years are missing.
    """
    axis, colors = YearAxis(years, eras), dict(zip(series, (BLUE, BRICK), strict=False))
    numbers = [[number for numbers in values for number in numbers] for values in series.values()]
    panel = _panel(axis, 0, "", numbers, colors)
    lines = [part for label, values in series.items() for part in _line(axis, panel, label, values, colors[label])]
    return chart(name, [*panel.parts, *lines], panel.bottom, summary + axis.note(), table, has_left_axis=True)


def _line(axis: YearAxis, panel: Panel, label: str, values: Sequence[Interval], color: str) -> list[str]:
    """Return a line with a point and an error bar for each known value; a gap where years are missing."""
    parts: list[str] = []
    before: tuple[int, float] | None = None
    for year, (value, low, high) in zip(axis.years, values, strict=True):
        x = f"{svg.decimals(axis.left(year + 0.5))}%"
        if low is not None and high is not None:
            ends = {"y1": panel.y(low), "y2": panel.y(high)}
            parts.append(svg.tag("line", class_=f"bound {color}", x1=x, x2=x, **ends))
        if value is None:
            continue
        y = panel.y(value)
        if before and before[0] == year - 1:
            start = f"{svg.decimals(axis.left(before[0] + 0.5))}%"
            parts.append(svg.tag("line", class_=f"line {color}", x1=start, x2=x, y1=before[1], y2=y))
        style = f"{color} part" if year in axis.incomplete else color
        hover = svg.title(f"{year}, {label}: {svg.label_of(value)}")
        parts.append(svg.tag("circle", hover, class_=style, cx=x, cy=y, r=3))
        before = (year, y)
    return parts
