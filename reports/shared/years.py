"""Charts by year, with a dotted line wherever a database with other coding rules begins."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from reports.shared.charts import AMBER, BLUE, BRICK, GREY, INK, MUTED, PALE, SERIES, Values, chart, escape, layout
from reports.shared.components import Chart, Table
from reports.shared.data import Eras

DOTTED_LINE_NOTE = " Dotted lines mark where a database with different coding rules begins: {}."
# {title: {series: values}}.
Panels = Mapping[str, Mapping[str, Values]]
PANEL_COLORS = (PALE, BRICK, AMBER, BLUE)


def era_boundaries(years: Sequence[int], eras: Eras) -> list[tuple[int, str]]:
    """Return (first year, label) of every era that begins between the first and last of these years."""
    starts = [(era.first_year, era.label) for era in eras[1:]]
    return [(year, label) for year, label in starts if years and years[0] < year <= years[-1]]


def timeline(name: str, years: Sequence[int], panels: Panels, summary: str, table: Table, eras: Eras) -> Chart:
    """Return a chart of bars by year in stacked panels; dotted lines begin eras."""
    traces: list[Any] = []
    chart_layout = layout(250 * len(panels) + 90, barmode="overlay", hovermode="x unified")
    for panel, (title, series) in enumerate(panels.items()):
        axis = _add_panel(chart_layout, panel, len(panels), title)
        traces += _bars(years, series, axis, 0 if panel == 0 else 2)
    note = _draw_boundaries(chart_layout, years, eras, len(panels))
    return chart(name, traces, chart_layout, summary + note, table)


def yearly_shares(
    name: str, years: Sequence[int], series: Mapping[str, Values], summary: str, table: Table, eras: Eras
) -> Chart:
    """Return a chart of stacked shares of each year in percent; the last series (no information) is gray."""
    colors = [*SERIES[: len(series) - 1], GREY]
    hover = "%{x}, %{fullData.name}: %{y} %<extra></extra>"
    traces = [
        go.Bar(x=list(years), y=list(values), name=label, marker={"color": color}, hovertemplate=hover)
        for label, values, color in zip(escape(list(series)), series.values(), colors, strict=True)
    ]
    chart_layout = layout(360, barmode="stack", bargap=0.06)
    chart_layout.yaxis.update(range=[0, 100], ticksuffix=" %")
    note = _draw_boundaries(chart_layout, years, eras)
    return chart(name, traces, chart_layout, summary + note, table)


def compared_counts(
    name: str,
    years: Sequence[int],
    counts: Mapping[str, Values],
    difference: str,
    summary: str,
    table: Table,
    eras: Eras,
) -> Chart:
    """Return a chart of published counts and ours by year; below them ours minus published, titled `difference`.

    `counts` has the keys `published` and `ours`. Without `difference` there is no second panel.
    """
    published, ours = counts["published"], counts["ours"]
    panels = 2 if difference else 1
    chart_layout = layout(330 + 160 * (panels - 1), hovermode="x unified")
    _add_panel(chart_layout, 0, panels, "Count")
    lines = (("Published", published, {"color": AMBER, "dash": "dash"}), ("This release", ours, {"color": BLUE}))
    traces: list[Any] = [
        go.Scatter(x=list(years), y=list(values), name=label, line=line, mode="lines+markers")
        for label, values, line in lines
    ]
    if difference:
        values = [None if a is None or b is None else b - a for a, b in zip(published, ours, strict=True)]
        axis = _add_panel(chart_layout, 1, panels, difference)
        traces += _bars(years, {f"{difference}: this release minus published": values}, axis, 1)
    note = _draw_boundaries(chart_layout, years, eras, panels)
    return chart(name, traces, chart_layout, summary + note, table)


def yearly_rates(
    name: str,
    years: Sequence[int],
    series: Mapping[str, Sequence[tuple[float, float | None, float | None]]],
    summary: str,
    table: Table,
    eras: Eras,
) -> Chart:
    """Return a chart of up to two lines by year with error bars, from (value, low, high); no bar without a bound.

    A line has a gap where years are missing.
    """
    traces = []
    span = range(years[0], years[-1] + 1) if years else range(0)
    for (label, values), color in zip(series.items(), (BLUE, BRICK), strict=False):
        by_year = dict(zip(years, values, strict=True))
        points = [by_year.get(year, (None, None, None)) for year in span]
        plus = [0 if high is None or value is None else high - value for value, _, high in points]
        minus = [0 if low is None or value is None else value - low for value, low, _ in points]
        bars = {"type": "data", "symmetric": False, "array": plus, "arrayminus": minus, "color": color, "thickness": 1}
        line = {"x": list(span), "y": [value for value, _, _ in points], "name": label, "mode": "lines+markers"}
        hover = "%{x}: %{y:.3f}<extra></extra>"
        traces.append(go.Scatter(**line, marker={"color": color}, error_y=bars, hovertemplate=hover))
    chart_layout = layout(340)
    chart_layout.yaxis.update(rangemode="tozero")
    note = _draw_boundaries(chart_layout, years, eras)
    return chart(name, traces, chart_layout, summary + note, table)


def _add_panel(chart_layout: go.Layout, panel: int, panels: int, title: str) -> str:
    """Add the y axis of a panel (0 is the top one); return its suffix in plotly's axis names ('' or '2', ...)."""
    suffix = "" if panel == 0 else str(panel + 1)
    height = 1 / panels
    top = 1 - panel * height
    axis = {
        "domain": [top - height + 0.06, top - 0.03],
        "title": {"text": title, "font": {"color": MUTED}},
        "rangemode": "tozero",
    }
    chart_layout[f"yaxis{suffix}"] = {**chart_layout.yaxis.to_plotly_json(), **axis}
    return suffix


def _bars(years: Sequence[int], series: Mapping[str, Values], axis: str, first_color: int) -> list[Any]:
    """Return one trace of bars per series, in consecutive colors."""
    colors = [PANEL_COLORS[(first_color + offset) % len(PANEL_COLORS)] for offset in range(len(series))]
    return [
        go.Bar(x=list(years), y=list(values), name=label, yaxis=f"y{axis}", marker={"color": color})
        for (label, values), color in zip(series.items(), colors, strict=True)
    ]


def _draw_boundaries(chart_layout: go.Layout, years: Sequence[int], eras: Eras, panels: int = 1) -> str:
    """Put the year axis below the last panel and draw the era boundaries; return a note on them or an empty text."""
    boundaries = era_boundaries(years, eras)
    chart_layout.xaxis.update(anchor=f"y{panels}" if panels > 1 else "y", hoverformat="d", tickformat="d")
    if years:
        # Plotly would extend the axis to make room for the labels of the lines.
        chart_layout.xaxis.update(range=[years[0] - 0.7, years[-1] + 0.7])
    chart_layout.shapes = [_dotted_line(year - 0.5) for year, _ in boundaries]
    chart_layout.annotations = [_annotation(year - 0.5, str(year)) for year, _ in boundaries]
    chart_layout.legend.update(y=1.06 if panels > 1 else 1.12)
    chart_layout.margin.update(t=64)
    return DOTTED_LINE_NOTE.format(", ".join(f"{year} ({label})" for year, label in boundaries)) if boundaries else ""


def _dotted_line(year: float) -> dict[str, Any]:
    line = {"color": INK, "dash": "dot", "width": 1.5}
    return {"type": "line", "x0": year, "x1": year, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _annotation(year: float, label: str) -> dict[str, Any]:
    anchor = {"x": year, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return {**anchor, "text": label, "font": {"size": 11, "color": MUTED}}
