"""Plotly figures as JSON that `draw.js` renders. Equal numbers give equal bytes: no random ids, no timestamps."""

import html
import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.utils import PlotlyJSONEncoder

from reports.shared.components import Chart, Table

# Colors of the light theme; DARK maps them to the dark theme, in the page's palette that draw.js reads.
INK, MUTED, GRID, PAPER = "#1b2530", "#586574", "#dde3ea", "#ffffff"
BLUE, PALE, BRICK, AMBER, SAND, GREY = "#2b5f92", "#a8c3dc", "#a63c2b", "#cf8a2e", "#dcc897", "#b9c2cc"
DARK = {
    INK: "#e7ecf2",
    MUTED: "#a3b1c0",
    GRID: "#2d3946",
    PAPER: "#121920",
    BLUE: "#6ea9e0",
    PALE: "#3d648a",
    BRICK: "#e2816d",
    AMBER: "#e3ab58",
    SAND: "#8f7d4c",
    GREY: "#5d6a78",
}
SERIES = (BLUE, AMBER, BRICK, PALE, SAND, GREY)
Values = Sequence[float | int | None]


def layout(height: int, **overrides: Any) -> go.Layout:
    """Return the common layout of all charts, `height` in pixels; `overrides` are plotly layout properties."""
    axis = {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
        "tickformat": ",",
        "tickfont": {"color": MUTED},
        # Without zoom, a finger on a chart scrolls the page.
        "fixedrange": True,
    }
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
    return go.Layout(
        template=go.layout.Template(),
        height=height,
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        margin={"l": 8, "r": 16, "t": 36, "b": 8},
        hovermode="closest",
        legend=legend,
        xaxis=axis,
        yaxis=axis,
        bargap=0.18,
    ).update(overrides)


def chart(name: str, traces: Sequence[Any], chart_layout: go.Layout, summary: str, table: Table) -> Chart:
    """Return a Chart of plotly traces; its JSON contains no `<`, so it cannot end a script element."""
    content = go.Figure(list(traces), chart_layout).to_plotly_json()
    text = json.dumps(content, cls=PlotlyJSONEncoder, sort_keys=True, separators=(",", ":"))
    return Chart(name, text.replace("<", "\\u003c"), summary, table, int(chart_layout.height))


def escape(labels: Sequence[Any]) -> list[str]:
    """Return the labels with HTML special characters escaped: plotly interprets some HTML in labels."""
    return [html.escape(str(label), quote=False) for label in labels]


def wrap(label: str, width: int = 26) -> str:
    """Return a label in lines of at most `width` characters, with HTML special characters escaped."""
    return "<br>".join(escape(textwrap.wrap(label, width) or [""]))


def bar_chart(
    name: str,
    labels: Sequence[str],
    series: Mapping[str, Values],
    summary: str,
    table: Table,
    colors: Sequence[str] = SERIES,
    unit: str = "",
) -> Chart:
    """Return a chart of stacked horizontal bars, first label on top, one color per series."""
    hover = "%{y}, %{fullData.name}: %{x:,}" + unit + "<extra></extra>"
    lines = [wrap(label) for label in labels]
    traces = [
        go.Bar(y=lines, x=list(values), name=label, orientation="h", marker={"color": color}, hovertemplate=hover)
        for (label, values), color in zip(series.items(), colors, strict=False)
    ]
    chart_layout = layout(90 + 26 * max(len(labels), 3), barmode="stack")
    chart_layout.yaxis.update(autorange="reversed", type="category", showgrid=False)
    chart_layout.xaxis.update(ticksuffix=unit)
    return chart(name, traces, chart_layout, summary, table)


def confusion_matrix(name: str, labels: Sequence[str], counts: Sequence[Values], summary: str, table: Table) -> Chart:
    """Return a heat map of counts: rows are actual classes, columns predicted ones; shaded by share of the row."""
    shares = [[(value or 0) / (sum(v or 0 for v in row) or 1) for value in row] for row in counts]
    heatmap = go.Heatmap(
        x=escape(labels),
        y=escape(labels),
        z=shares,
        text=[[f"{value or 0:,}" for value in row] for row in counts],
        texttemplate="%{text}",
        hovertemplate="actual %{y}, predicted %{x}: %{text} (%{z:.0%} of the row)<extra></extra>",
        colorscale=[[0, PAPER], [1, BLUE]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    chart_layout = layout(380, xaxis={"title": "predicted", "side": "top", "type": "category"})
    actual = {"text": "actual", "standoff": 12}
    chart_layout.yaxis.update(autorange="reversed", title=actual, type="category", showgrid=False)
    return chart(name, [heatmap], chart_layout, summary, table)


def intervals(
    name: str,
    labels: Sequence[str],
    values: Sequence[tuple[float | None, float | None, float | None]],
    summary: str,
    table: Table,
) -> Chart:
    """Return a chart with one point and error bar per label, from (value, low, high); no bar if a bound is missing."""
    plus = [0 if high is None or value is None else high - value for value, _, high in values]
    minus = [0 if low is None or value is None else value - low for value, low, _ in values]
    points = go.Scatter(
        x=[value for value, _, _ in values],
        y=escape(labels),
        mode="markers",
        marker={"color": BLUE, "size": 9},
        error_x={"type": "data", "symmetric": False, "array": plus, "arrayminus": minus, "color": BLUE, "thickness": 2},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    chart_layout = layout(100 + 34 * max(len(labels), 2), showlegend=False)
    chart_layout.yaxis.update(autorange="reversed", type="category")
    return chart(name, [points], chart_layout, summary, table)
