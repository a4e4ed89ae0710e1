"""Plots as PNG bytes; equal values give equal bytes."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.severity.data.population import CLASSES


def confusion_png(counts: list[list[int]], title: str) -> bytes:
    """Return a PNG of a confusion matrix: rows are true classes, columns predicted ones; shaded by share of the row."""
    figure, axes = _new_figure((5, 4.2))
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(CLASSES)), CLASSES)
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    axes.set(xlabel="predicted (argmax)", ylabel="true", title=title)
    for row, (row_counts, row_shares) in enumerate(zip(counts, shares, strict=True)):
        for column, (count, share) in enumerate(zip(row_counts, row_shares, strict=True)):
            color = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{count:,}\n{share:.0%}", ha="center", va="center", color=color, fontsize=9)
    return _png(figure)


def bar_chart_png(values: Mapping[str, tuple[float, float, float]], title: str, unit: str) -> bytes:
    """Return a PNG of horizontal bars, the first on top, from {name: (value, min, max)}; error bars span min to max."""
    figure, axes = _new_figure((6.4, 0.9 + 0.28 * len(values)))
    names = list(values)
    widths = [values[name][0] for name in names]
    # The value is a mean, which rounding can put slightly outside of [min, max]; error bars must not be negative.
    below = [max(values[name][0] - values[name][1], 0) for name in names]
    above = [max(values[name][2] - values[name][0], 0) for name in names]
    axes.barh(range(len(names)), widths, xerr=[below, above], color="#4878a8", ecolor="#333333")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel=unit, title=title)
    return _png(figure)


def partial_dependence_png(dependence: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return a PNG with a panel per feature: mean probability of each class by value, lines for numbers only."""
    figure, panels = _new_figure((12, 2.9 * ((len(dependence) + 1) // 2)), ((len(dependence) + 1) // 2, 2))
    flat = [panel for row in panels for panel in row]
    for axes, (name, points) in zip(flat, dependence.items(), strict=False):
        values = [point["value"] for point in points]
        is_number = all(isinstance(value, float) for value in values)
        positions = values if is_number else list(range(len(values)))
        for severity in CLASSES:
            shares = [point[severity] for point in points]
            axes.plot(positions, shares, marker="o", markersize=3, linestyle="-" if is_number else "", label=severity)
        if not is_number:
            axes.set_xticks(positions, [str(value) for value in values], rotation=30, ha="right", fontsize=7)
        axes.set_title(name, fontsize=9)
        axes.set_ylim(0, 1)
    for axes in flat[len(dependence) :]:
        axes.set_visible(False)
    if dependence:
        flat[0].legend(fontsize=7)
    return _png(figure)


def _new_figure(size: tuple[float, float], panels: tuple[int, int] | None = None) -> tuple[Figure, Any]:
    """Return a figure of `size` inches with its axes: an array of `panels` (rows, columns), or a single one."""
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(max(panels[0], 1), panels[1], squeeze=False) if panels else figure.add_subplot()


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    # Without this, matplotlib writes its version into the file.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
