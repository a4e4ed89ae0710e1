"""Outlines of states as polygons, from the query `outlines`."""

import re
from collections.abc import Sequence
from typing import Any

POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


def outlines(rows: Sequence[tuple[Any, ...]], steps_per_degree: int = 20) -> list[list[float]]:
    """Return polygons as [longitude, latitude, longitude, ...] in degrees, on a grid; tiny islands disappear."""
    polygons = []
    for _, boundary in rows:
        points = [
            (
                round(float(x) * steps_per_degree) / steps_per_degree,
                round(float(y) * steps_per_degree) / steps_per_degree,
            )
            for x, y in POINT.findall(boundary)
        ]
        kept = [point for number, point in enumerate(points) if not number or point != points[number - 1]]
        if len(kept) > 3:
            polygons.append([degrees for point in kept for degrees in point])
    return polygons
