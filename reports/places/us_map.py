"""A map of the United States with one square per degree; Alaska, Hawaii and Puerto Rico have panels of their own."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.shared import svg
from reports.shared.components import Chart, Table

WIDTH, HEIGHT = 600, 420
Square = tuple[int, int]


@dataclass(frozen=True)
class Panel:
    """A part of the map: bounds in degrees, position of its upper left corner in pixels, pixels per degree."""

    west: float
    east: float
    south: float
    north: float
    left: float
    top: float
    scale: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return the pixels of a position."""
        shrink = math.cos(math.radians((self.south + self.north) / 2))
        return self.left + (longitude - self.west) * shrink * self.scale, self.top + (
            self.north - latitude
        ) * self.scale

    def has(self, polygon: Sequence[float]) -> bool:
        """Return True for a polygon with a point within the bounds."""
        return any(map(self.contains, polygon[::2], polygon[1::2]))

    def contains(self, longitude: float, latitude: float) -> bool:
        """Return True for a position within the bounds."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


PANELS = (
    Panel(-126, -66, 24, 50, 6, 0, 12.4),
    Panel(-180, -130, 51, 72, 0, 283, 6.5),
    Panel(-161, -154, 18, 23, 165, 350, 9),
    Panel(-68, -64, 17, 19, 500, 370, 12),
)


def draw(
    name: str,
    shades: Mapping[Square, int],
    hovers: Mapping[Square, str],
    outlines: Sequence[Sequence[float]],
    summary: str,
    table: Table,
) -> Chart:
    """Return a chart with a shaded square for each (south, west) corner on the map, and outlines of states."""
    parts = []
    for panel in PANELS:
        for (south, west), shade in sorted(shades.items()):
            if panel.contains(west + 0.5, south + 0.5):
                parts.append(square(panel, south, west, shade, hovers[south, west]))
        parts += [outline(panel, polygon) for polygon in outlines if panel.has(polygon)]
    box = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "class_": "plot land", "role": "img", "aria_label": summary}
    return Chart(name, svg.tag("svg", *parts, **box), summary, table)


def square(panel: Panel, south: int, west: int, shade: int, hover: str) -> str:
    """Return the square between two degrees of latitude and longitude."""
    left, top = panel.point(west, south + 1)
    right, bottom = panel.point(west + 1, south)
    size = {"width": right - left, "height": bottom - top}
    return svg.tag("rect", svg.title(hover), class_=f"shade-{shade}", x=left, y=top, **size)


def outline(panel: Panel, polygon: Sequence[float]) -> str:
    """Return the outline of a state or an island."""
    points = [panel.point(*polygon[start : start + 2]) for start in range(0, len(polygon), 2)]
    path = "L".join(f"{svg.decimals(round(x, 1))} {svg.decimals(round(y, 1))}" for x, y in points)
    return svg.tag("path", class_="border", d=f"M{path}Z")


def is_on_map(south: int, west: int) -> bool:
    """Return True if a panel has the square."""
    return any(panel.contains(west + 0.5, south + 0.5) for panel in PANELS)
