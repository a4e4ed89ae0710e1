"""Figures over years, with a dotted line and a note where another database, with other rules of coding, takes over."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from reports.shared.charts import AMBER, BLUE, BRICK, GREY, INK, MUTED, PALE, SERIES, Values, figure, layout, safe
from reports.shared.components import Figure, Table

# The first year of each later database: what is written, and how, changes there.
BREAKS = ((1981.5, "1982: first year of Pre2008"), (2007.5, "2008: first year of avall"))
DOTTED = " Dotted lines stand where another database, with other rules of coding, takes over."


def breaks(years: Sequence[int]) -> list[tuple[float, str]]:
    """The breaks between the first and the last of these years."""
    return [(at, words) for at, words in BREAKS if years and years[0] < at < years[-1]]


def timeline(
    name: str, years: Sequence[int], panels: Mapping[str, Mapping[str, Values]], summary: str, table: Table
) -> Figure:
    """Panels one above the other over the same years, bars in front of each other."""
    traces: list[Any] = []
    look = layout(250 * len(panels) + 90, barmode="overlay", hovermode="x unified")
    for at, (title, series) in enumerate(panels.items()):
        number = _panel(look, at, len(panels), title)
        traces += _bars(years, series, number, 0 if at == 0 else 2)
    return _marked(name, traces, look, years, len(panels), summary, table)


def shares(name: str, years: Sequence[int], series: Mapping[str, Values], summary: str, table: Table) -> Figure:
    """Shares of each year in percent, stacked: the last series is what says nothing, in grey."""
    colours = [*SERIES[: len(series) - 1], GREY]
    hover = "%{x}, %{fullData.name}: %{y} %<extra></extra>"
    traces = [
        go.Bar(x=list(years), y=list(y), name=label, marker={"color": colour}, hovertemplate=hover)
        for label, y, colour in zip(safe(list(series)), series.values(), colours, strict=True)
    ]
    look = layout(360, barmode="stack", bargap=0.06)
    look.yaxis.update(range=[0, 100], ticksuffix=" %")
    return _marked(name, traces, look, years, 1, summary, table)


def beside(
    name: str, years: Sequence[int], published: Values, ours: Values, rest: str, summary: str, table: Table
) -> Figure:
    """Published counts and ours over years; below, ours less published under the name `rest`, unless that is empty."""
    panels = 2 if rest else 1
    look = layout(330 + 160 * (panels - 1), hovermode="x unified")
    _panel(look, 0, panels, "Count")
    lines = (("Published", published, {"color": AMBER, "dash": "dash"}), ("This release", ours, {"color": BLUE}))
    traces: list[Any] = [
        go.Scatter(x=list(years), y=list(y), name=label, line=line, mode="lines+markers") for label, y, line in lines
    ]
    if rest:
        less = [None if a is None or b is None else b - a for a, b in zip(published, ours, strict=True)]
        traces += _bars(years, {f"{rest}: this release less published": less}, _panel(look, 1, panels, rest), 1)
    return _marked(name, traces, look, years, panels, summary, table)


def _panel(look: go.Layout, at: int, panels: int, title: str) -> str:
    """Gives a panel its place and its axis; its number in plotly's names."""
    number = "" if at == 0 else str(at + 1)
    room = 1 / panels
    top = 1 - at * room
    axis = {
        "domain": [top - room + 0.06, top - 0.03],
        "title": {"text": title, "font": {"color": MUTED}},
        "rangemode": "tozero",
    }
    look[f"yaxis{number}"] = {**look.yaxis.to_plotly_json(), **axis}
    return number


def _bars(years: Sequence[int], series: Mapping[str, Values], number: str, first: int) -> list[Any]:
    colours = (PALE, BRICK, AMBER, BLUE)
    return [
        go.Bar(x=list(years), y=list(y), name=label, yaxis=f"y{number}", marker={"color": colours[(first + at) % 4]})
        for at, (label, y) in enumerate(series.items())
    ]


def _marked(
    name: str, traces: list[Any], look: go.Layout, years: Sequence[int], panels: int, summary: str, table: Table
) -> Figure:
    """The figure with its years as they are written, and the breaks between them."""
    found = breaks(years)
    look.xaxis.update(anchor=f"y{panels}" if panels > 1 else "y", hoverformat="d", tickformat="d")
    look.shapes = [_line(year) for year, _ in found]
    look.annotations = [_note(year, words) for year, words in found]
    look.legend.update(y=1.06 if panels > 1 else 1.12)
    look.margin.update(t=64)
    return figure(name, traces, look, summary + (DOTTED if found else ""), table)


def _line(year: float) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": year,
        "x1": year,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": INK, "dash": "dot", "width": 1.5},
    }


def _note(year: float, words: str) -> dict[str, Any]:
    place = {"x": year, "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return {**place, "text": words, "font": {"size": 11, "color": MUTED}}
