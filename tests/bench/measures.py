"""What is measured, what it is held against, and the table of it. Nothing here runs anything."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

A, B, C = "floor (a)", "floor (b)", "floor (c)"
UNPACK, LOAD, COLD, AGAIN, WEEKLY, AVALL = (
    "unpacking",
    "extraction and raw load",
    "cold build",
    "nothing new",
    "new weekly file",
    "new avall",
)
BACK, FORWARD = "rollback", "rollback, forward again"
REFRESH, REFRESH_ALL = "six views refreshed", "all views refreshed"
EVERYTHING, EVERYTHING_AGAIN = "everything else, reports too", "everything, nothing new"
MEMORY, DATABASE_MEMORY = "memory outside the database", "memory of the database"


@dataclass(frozen=True)
class Bar:
    """The most that a measure may be: as a multiple of the sum of other measures, or by itself where there are none."""

    limit: float
    of: tuple[str, ...] = ()

    def words(self) -> str:
        """The bar as it stands in the table."""
        if not self.of:
            return f"<= {self.limit:g}"
        return f"<= {self.limit:g} x {' + '.join(name.removeprefix('floor ') for name in self.of)}"


BARS = {
    LOAD: Bar(1.25, (B,)),
    COLD: Bar(1.5, (B, C)),
    AGAIN: Bar(3),
    WEEKLY: Bar(0.2, (COLD,)),
    AVALL: Bar(0.6, (COLD,)),
    BACK: Bar(5),
    FORWARD: Bar(5),
    REFRESH: Bar(3),
    EVERYTHING_AGAIN: Bar(3),
    MEMORY: Bar(2048),
}
# Doubling the rows once and measuring once leaves the exponent uncertain by about as much.
MOST_GROWTH = 1.1


@dataclass(frozen=True)
class Measure:
    """One figure: seconds, or megabytes where `unit` says so; rows where a rate makes sense."""

    name: str
    value: float
    unit: str = "s"
    rows: int = 0
    note: str = ""


def ratio(measure: Measure, measures: Mapping[str, Measure]) -> float | None:
    """What the bar limits; None where there is no bar, or not all that it is held against was measured."""
    bar = BARS.get(measure.name)
    if bar is None or any(name not in measures for name in bar.of):
        return None
    return measure.value / sum(measures[name].value for name in bar.of) if bar.of else measure.value


def verdict(measure: Measure, measures: Mapping[str, Measure]) -> str:
    """`met`, `missed`, or nothing where it cannot be said."""
    found = ratio(measure, measures)
    if found is None:
        return ""
    return "met" if found <= BARS[measure.name].limit else "missed"


def line(measure: Measure, measures: Mapping[str, Measure]) -> str:
    """One line of the table."""
    bar = BARS.get(measure.name)
    found = ratio(measure, measures)
    shown = "" if found is None or bar is None or not bar.of else f"{found:.2f}"
    rate = f"{measure.rows / measure.value:,.0f}" if measure.rows and measure.value else ""
    value = f"{measure.value:,.1f} {measure.unit}" if measure.unit == "s" else f"{measure.value:,.0f} {measure.unit}"
    text = f"{measure.name:<34}{value:>12}{rate:>11}{shown:>8}  {bar.words() if bar else '':<18}"
    return f"{text} {verdict(measure, measures):<7}{measure.note}".rstrip()


def table(measures: Sequence[Measure]) -> list[str]:
    """All measures, one line each, under a head."""
    by_name = {measure.name: measure for measure in measures}
    head = f"{'':<34}{'':>12}{'rows/s':>11}{'ratio':>8}  {'bar':<18}"
    return [head.rstrip(), *(line(measure, by_name) for measure in measures)]


def records(measures: Sequence[Measure]) -> list[dict[str, object]]:
    """The same for programs."""
    by_name = {measure.name: measure for measure in measures}
    return [
        {"name": each.name, "value": round(each.value, 3), "unit": each.unit, "rows": each.rows, "note": each.note}
        | {"ratio": ratio(each, by_name), "bar": BARS[each.name].limit if each.name in BARS else None}
        | {"verdict": verdict(each, by_name)}
        for each in measures
    ]


def exponent(rows: Sequence[int], seconds: Sequence[float]) -> float:
    """k where seconds grow as rows to the power k, between two sizes: 1 is as fast as rows, less is slower."""
    return math.log(seconds[1] / seconds[0]) / math.log(rows[1] / rows[0])


def growth(sizes: Sequence[tuple[float, int, float]]) -> list[str]:
    """One line per (scale, rows, seconds of the cold build), with the exponent of growth since the line before."""
    lines = [f"{'scale':>7}{'rows':>12}{'cold build':>13}{'rows/s':>11}{'exponent':>10}  bar"]
    for place, (scale, rows, seconds) in enumerate(sizes):
        text = f"{scale:>7g}{rows:>12,}{seconds:>11.1f} s{rows / seconds:>11,.0f}"
        if place:
            found = exponent((sizes[place - 1][1], rows), (sizes[place - 1][2], seconds))
            text += f"{found:>10.2f}  <= {MOST_GROWTH:g} {'met' if found <= MOST_GROWTH else 'missed'}"
        lines.append(text)
    return lines


def scales(text: str) -> list[float]:
    """`0.25,0.5,1` as numbers, the smallest first. Raises ValueError where one is not above 0, or there twice."""
    found = sorted(float(word) for word in text.split(","))
    if found[0] <= 0 or len(set(found)) < len(found):
        raise ValueError(f"scales: expected different numbers above 0, found {text}")
    return found


def stages(notes: Iterable[Mapping[str, object]]) -> list[tuple[str, int, float, float]]:
    """(family, steps, seconds of all its steps, seconds in which at least one ran), in the order in which they ended.

    `notes` are those of the pipeline on its steps: step, seconds, ended_ns.
    """
    families: dict[str, list[tuple[float, float]]] = {}
    for note in sorted(notes, key=lambda each: int(str(each["ended_ns"]))):
        end, seconds = int(str(note["ended_ns"])) / 1e9, float(str(note["seconds"]))
        families.setdefault(str(note["step"]).split()[0], []).append((end - seconds, end))
    return [
        (name, len(spans), sum(end - start for start, end in spans), busy(spans)) for name, spans in families.items()
    ]


def busy(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds covered by at least one of the spans."""
    total, until = 0.0, -math.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
