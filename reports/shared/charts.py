"""Charts as static SVG. Colors are classes of style.css, which has them for light, dark and print.

Equal numbers give equal bytes: no random ids, no timestamps. charts.js adds buttons that save a chart or its table.
"""

from collections.abc import Mapping, Sequence

from reports.shared import svg
from reports.shared.components import Chart, Table

BLUE, PALE, BRICK, AMBER, SAND, GREY = "blue", "pale", "brick", "amber", "sand", "grey"
SERIES = (BLUE, AMBER, BRICK, PALE, SAND, GREY)
BAR_ROW, BAR, LABEL = 38, 13, 14
AXIS = 24
Values = Sequence[float | int | None]
Interval = tuple[float | None, float | None, float | None]
Points = Sequence[tuple[float, float, str]]


def chart(
    name: str, parts: Sequence[str], height: float, summary: str, table: Table, *, has_left_axis: bool = False
) -> Chart:
    """Return a Chart of SVG elements, `height` in pixels; `has_left_axis` leaves room for labels on the left."""
    style = "plot left" if has_left_axis else "plot"
    drawing = svg.tag("svg", *parts, class_=style, width="100%", height=height, role="img", aria_label=summary)
    return Chart(name, drawing, summary, table)


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
    named = dict(zip(series, colors, strict=False)) if len(series) > 1 else {}
    top = len(named) * svg.LEGEND_ROW + 6
    totals = [sum(values[row] or 0 for values in series.values()) for row in range(len(labels))]
    axis = svg.Scale(0, 100, (0, 25, 50, 75, 100)) if unit == " %" else svg.scale(totals)
    bottom = top + len(labels) * BAR_ROW
    parts = [*svg.legend(named), *svg.horizontal_axis(axis, top, bottom, unit)]
    for row, label in enumerate(labels):
        y, low = top + row * BAR_ROW, 0.0
        parts.append(svg.text(svg.shorten(label), class_="label", x=0, y=y + LABEL))
        for (title, values), color in zip(series.items(), colors, strict=False):
            value = values[row]
            hover = f"{label}, {title}: {svg.label_of(value)}{unit}"
            if value:
                parts.append(_bar(axis, low, value, y + LABEL + 6, color, hover))
                low += value
    return chart(name, parts, bottom + AXIS, summary, table)


def _bar(axis: svg.Scale, low: float, value: float, y: float, color: str, hover: str) -> str:
    width = f"{svg.decimals(100 * (axis.share(low + value) - axis.share(low)))}%"
    return svg.tag("rect", svg.title(hover), class_=color, x=axis.percent(low), y=y, width=width, height=BAR)


def intervals(
    name: str,
    labels: Sequence[str],
    values: Sequence[Interval],
    summary: str,
    table: Table,
    *,
    from_zero: bool = False,
) -> Chart:
    """Return a chart with one point and error bar per label, from (value, low, high); no bar if a bound is missing."""
    axis = svg.scale([number for numbers in values for number in numbers], from_zero)
    bottom = 6 + len(labels) * BAR_ROW
    parts = svg.horizontal_axis(axis, 6, bottom)
    for row, (label, (value, low, high)) in enumerate(zip(labels, values, strict=True)):
        y = 6 + row * BAR_ROW + LABEL + 11
        parts.append(svg.text(svg.shorten(label), class_="label", x=0, y=y - 11))
        if low is not None and high is not None:
            ends = {"x1": axis.percent(low), "x2": axis.percent(high), "y1": y, "y2": y}
            parts.append(svg.tag("line", class_="line blue", **ends))
        if value is not None:
            hover = svg.title(f"{label}: {svg.label_of(value)}")
            parts.append(svg.tag("circle", hover, class_=BLUE, cx=axis.percent(value), cy=y, r=5))
    return chart(name, parts, bottom + AXIS, summary, table)


def curves(name: str, series: Mapping[str, Points], summary: str, table: Table) -> Chart:
    """Return a chart of observed share by predicted probability, with the diagonal.

    A series is points (predicted, observed, label); points without a label are joined by the line only.
    """
    named = dict(zip(series, SERIES, strict=False))
    top, height = (len(named) + 1) * svg.LEGEND_ROW + 22, 300
    axis = svg.Scale(0, 1, (0, 0.25, 0.5, 0.75, 1))
    parts = [*svg.legend(named | {"perfect calibration (dotted line)": GREY})]
    parts += [svg.text("observed share", class_="tick", x=0, y=top - 9)]
    parts += [*svg.vertical_axis(axis, top, height), *svg.horizontal_axis(axis, top, top + height)]
    parts.append(svg.polyline([(0, 0), (1, 1)], top, height, GREY, dashed=True))
    parts.append(svg.text("predicted probability", class_="tick", x="50%", y=top + height + 32, text_anchor="middle"))
    for (label, points), color in zip(series.items(), SERIES, strict=False):
        parts += [svg.polyline([(x, y) for x, y, _ in points], top, height, color)] if points else []
        for x, y, hover in points:
            position = {"cx": axis.percent(x), "cy": axis.pixel(y, top, height), "r": 4}
            parts += [svg.tag("circle", svg.title(f"{label}: {hover}"), class_=color, **position)] if hover else []
    return chart(name, parts, top + height + 40, summary, table, has_left_axis=True)


def confusion_matrix(name: str, labels: Sequence[str], counts: Sequence[Values], summary: str, table: Table) -> Chart:
    """Return a heat map of counts: rows are actual classes, columns predicted ones; shaded by share of the row."""
    shares = [[(value or 0) / (sum(v or 0 for v in row) or 1) for value in row] for row in counts]
    shades = [[min(5, 1 + int(5 * share)) if share else 0 for share in row] for row in shares]
    texts = [[f"{value or 0:,}" for value in row] for row in counts]
    hovers = [
        [f"actual {labels[row]}, predicted {labels[column]}: {text}" for column, text in enumerate(line)]
        for row, line in enumerate(texts)
    ]
    return heat_map(
        name, [f"actual {label}" for label in labels[: len(counts)]], labels, shades, hovers, summary, table, texts
    )


def heat_map(
    name: str,
    rows: Sequence[str],
    columns: Sequence[str],
    shades: Sequence[Sequence[int]],
    hovers: Sequence[Sequence[str]],
    summary: str,
    table: Table,
    texts: Sequence[Sequence[str]] = (),
) -> Chart:
    """Return a grid of cells with the shades 0 (nothing) to 5 of style.css; a column without a name has no label."""
    height, top, left = (44 if texts else 24), 22, 27 if texts else 12
    width = (100 - left) / max(len(columns), 1)
    parts = [
        svg.text(label, class_="tick", x=f"{svg.decimals(left + width * (column + 0.5))}%", y=15, text_anchor="middle")
        for column, label in enumerate(columns)
        if label
    ]
    for row, label in enumerate(rows):
        y = top + row * height
        parts.append(svg.text(label, class_="tick", x=0, y=y + height / 2 + 4))
        for column, shade in enumerate(shades[row]):
            cell = {"x": f"{svg.decimals(left + width * column)}%", "width": f"{svg.decimals(width)}%"}
            hover = svg.title(hovers[row][column])
            parts.append(svg.tag("rect", hover, class_=f"cell shade-{shade}", y=y, height=height, **cell))
            if texts:
                middle = f"{svg.decimals(left + width * (column + 0.5))}%"
                deep = "deep" if shade > 3 else None
                parts.append(svg.text(texts[row][column], class_=deep, x=middle, y=y + 26, text_anchor="middle"))
    return chart(name, parts, top + len(rows) * height + 4, summary, table)
