"""Plotly figures as JSON: same numbers in, same bytes out. No random ids, no clock; `draw.js` puts them on the page."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.utils import PlotlyJSONEncoder

from reports.shared.components import Figure, Table

# The light page's colours; style and draw.js know the dark ones by these names.
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


def layout(height: int, **more: Any) -> go.Layout:
    """What all figures share: quiet axes, system font, room for names."""
    axis = {
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
        "tickformat": ",",
        "tickfont": {"color": MUTED},
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
    ).update(more)


def figure(name: str, traces: Sequence[Any], look: go.Layout, summary: str, table: Table) -> Figure:
    """A Figure of traces; its JSON is safe inside a script element."""
    content = go.Figure(list(traces), look).to_plotly_json()
    text = json.dumps(content, cls=PlotlyJSONEncoder, sort_keys=True, separators=(",", ":"))
    return Figure(name, text.replace("<", "\\u003c"), summary, table, int(look.height))


def safe(labels: Sequence[Any]) -> list[str]:
    """Labels from data as plain text: plotly reads some HTML in labels."""
    return [html.escape(str(label), quote=False) for label in labels]


def bars(
    name: str, labels: Sequence[str], series: Mapping[str, Values], summary: str, table: Table, **more: Any
) -> Figure:
    """Lying bars, stacked, first label on top; `colours` may give one colour per series."""
    colours, unit = more.pop("colours", SERIES), more.pop("unit", "")
    hover = "%{y}, %{fullData.name}: %{x:,}" + unit + "<extra></extra>"
    traces = [
        go.Bar(
            y=safe(labels), x=list(x), name=label, orientation="h", marker={"color": colours[at]}, hovertemplate=hover
        )
        for at, (label, x) in enumerate(series.items())
    ]
    look = layout(90 + 26 * max(len(labels), 3), barmode="stack", **more)
    look.yaxis.update(autorange="reversed", type="category", showgrid=False)
    look.xaxis.update(ticksuffix=unit)
    return figure(name, traces, look, summary, table)


def squares(name: str, labels: Sequence[str], cells: Sequence[Values], summary: str, table: Table) -> Figure:
    """A square of counts, actual class down, predicted class across; the shade is the share of the row."""
    shares = [[(value or 0) / (sum(v or 0 for v in row) or 1) for value in row] for row in cells]
    heat = go.Heatmap(
        x=safe(labels),
        y=safe(labels),
        z=shares,
        text=[[f"{value or 0:,}" for value in row] for row in cells],
        texttemplate="%{text}",
        hovertemplate="actual %{y}, predicted %{x}: %{text} (%{z:.0%} of the row)<extra></extra>",
        colorscale=[[0, PAPER], [1, BLUE]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    look = layout(380, xaxis={"title": "predicted", "side": "top", "type": "category"})
    look.yaxis.update(autorange="reversed", title={"text": "actual", "standoff": 12}, type="category", showgrid=False)
    return figure(name, [heat], look, summary, table)


def intervals(
    name: str,
    labels: Sequence[str],
    values: Sequence[tuple[float | None, float | None, float | None]],
    summary: str,
    table: Table,
) -> Figure:
    """One dot per label with its interval: (value, low, high); a missing bound draws no whisker."""
    plus = [0 if high is None or value is None else high - value for value, _, high in values]
    minus = [0 if low is None or value is None else value - low for value, low, _ in values]
    dots = go.Scatter(
        x=[value for value, _, _ in values],
        y=safe(labels),
        mode="markers",
        marker={"color": BLUE, "size": 9},
        error_x={"type": "data", "symmetric": False, "array": plus, "arrayminus": minus, "color": BLUE, "thickness": 2},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    look = layout(100 + 34 * max(len(labels), 2), showlegend=False)
    look.yaxis.update(autorange="reversed", type="category")
    return figure(name, [dots], look, summary, table)
