"""Elements, scales and axes of SVG charts.

Horizontal positions are percentages and vertical ones pixels, so that text has the same size at every width.
"""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEGEND_ROW, LEGEND_MARK = 20, 12


def tag(name: str, *content: str, **attributes: Any) -> str:
    """Return an element; `content` is SVG. `class_` becomes `class`, `stroke_width` `stroke-width`; None is omitted."""
    text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(decimals(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{text}>{''.join(content)}</{name}>"


def text(value: Any, **attributes: Any) -> str:
    """Return a text element with any text, which is escaped."""
    return tag("text", html.escape(str(value), quote=False), **attributes)


def title(value: str) -> str:
    """Return the tooltip of the element that contains it."""
    return tag("title", html.escape(value, quote=False))


def decimals(value: Any) -> str:
    """Return a float with at most two decimals, and any other value as text."""
    if not isinstance(value, float):
        return str(value)
    rounded = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if rounded == "-0" else rounded


def shorten(label: str, limit: int = 40) -> str:
    """Return a label that fits on a phone."""
    return label if len(label) <= limit else label[: limit - 1] + "…"


def label_of(value: float | int | None) -> str:
    """Return a number with separators of thousands and at most three decimals."""
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` with round ticks."""

    low: float
    high: float
    ticks: tuple[float | int, ...]

    def share(self, value: float) -> float:
        """Return the position of a value, 0 at `low` and 1 at `high`."""
        return (value - self.low) / (self.high - self.low)

    def percent(self, value: float) -> str:
        """Return the horizontal position of a value."""
        return f"{decimals(100 * self.share(value))}%"

    def pixel(self, value: float, top: float, height: float) -> float:
        """Return the vertical position of a value in a panel."""
        return top + height * (1 - self.share(value))


def scale(values: Sequence[float | int | None], from_zero: bool = True, intervals: int = 4) -> Scale:
    """Return a scale that contains all values, and 0 if `from_zero`; steps are 1, 2, 2.5 or 5 times a power of ten."""
    known = [value for value in values if value is not None and math.isfinite(value)] + ([0] if from_zero else [])
    low, high = min(known, default=0), max(known, default=1)
    high = high if high > low else low + 1
    rough = (high - low) / intervals
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999999)
    if all(isinstance(value, int) for value in known):
        step = max(1, math.ceil(step))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def horizontal_axis(axis: Scale, top: float, bottom: float, unit: str = "") -> list[str]:
    """Return vertical grid lines with their values below."""
    parts = []
    for number, value in enumerate(axis.ticks):
        x = axis.percent(value)
        anchor = "start" if number == 0 else "end" if number == len(axis.ticks) - 1 else "middle"
        parts.append(tag("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom))
        parts.append(text(label_of(value) + unit, class_="tick", x=x, y=bottom + 15, text_anchor=anchor))
    return parts


def vertical_axis(axis: Scale, top: float, height: float, unit: str = "") -> list[str]:
    """Return horizontal grid lines with their values on the left, outside of the panel."""
    parts = []
    for value in axis.ticks:
        y = axis.pixel(value, top, height)
        parts.append(tag("line", class_="grid", x1="0%", x2="100%", y1=y, y2=y))
        parts.append(text(label_of(value) + unit, class_="tick", x=-6, y=y + 4, text_anchor="end"))
    return parts


def legend(labels: Mapping[str, str], top: float = 0) -> list[str]:
    """Return one line for each {label: class}, which takes LEGEND_ROW pixels."""
    parts = []
    for number, (label, color) in enumerate(labels.items()):
        y = top + number * LEGEND_ROW
        parts.append(tag("rect", class_=color, x=0, y=y, width=LEGEND_MARK, height=LEGEND_MARK))
        parts.append(text(shorten(label), x=LEGEND_MARK + 7, y=y + 11))
    return parts


def polyline(points: Sequence[tuple[float, float]], top: float, height: float, color: str, dashed: bool = False) -> str:
    """Return a line through points (0 to 1 from left, 0 to 1 from below) in a panel."""
    path = "L".join(f"{decimals(100 * x)} {decimals(100 * (1 - y))}" for x, y in points)
    line = tag("path", class_=f"line {color}{' dashed' if dashed else ''}", d=f"M{path}")
    box = {"viewBox": "0 0 100 100", "preserveAspectRatio": "none", "class_": "lines"}
    return tag("svg", line, x=0, y=top, width="100%", height=height, **box)
