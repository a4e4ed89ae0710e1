"""Names of measurements, their limits, and the printed table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

A, B, C = "baseline (a)", "baseline (b)", "baseline (c)"
UNPACK, LOAD, COLD, AGAIN, WEEKLY, AVALL = (
    "unpacking",
    "extraction and raw load",
    "cold build",
    "nothing new",
    "new weekly file",
    "new avall",
)
ONE_WORKER = "cold build, one worker"
STUDY = "study, both records"
BACK, FORWARD = "rollback", "rollback, forward again"
REFRESH, REFRESH_ALL = "six views refreshed", "all views refreshed"
# One measurement per query, `query <name>`, and one of all.
QUERY, QUERIES = "query", "queries, median"
EVERYTHING, EVERYTHING_AGAIN = "everything else, reports too", "everything, nothing new"
SITE_SIZE, SITE, SITE_OPEN = "site: size", "site: rendered again", "site: first page interactive"
HTTP_EVENT, HTTP_EVENT_COMPUTED, PLAIN_EVENT = (
    "http: event, cached",
    "http: event, computed",
    "event with psycopg2 only",
)
HTTP_LISTS, HTTP_SEVERITY, HTTP_RECOVERY = "http: filtered lists", "http: severity", "http: recovery from overload"
HTTP_CACHED, HTTP_CACHED_WRK, HTTP_GROWTH = "http: 1,500 cached", "http: 1,500 cached, wrk", "http: growth of memory"
ACCESS, API = "release from avall", "release from API pages"
MEMORY, DATABASE_MEMORY = "memory outside the database", "memory of the database"


@dataclass(frozen=True)
class Limit:
    """Upper limit of a measurement: a multiple of the sum of the measurements `of`, or an absolute value."""

    value: float
    of: tuple[str, ...] = ()

    def text(self) -> str:
        """The limit as printed in the table."""
        if not self.of:
            return f"<= {self.value:g}"
        return f"<= {self.value:g} x {' + '.join(name.removeprefix('baseline ') for name in self.of)}"


LIMITS = {
    LOAD: Limit(1.25, (B,)),
    COLD: Limit(1.5, (B, C)),
    AGAIN: Limit(3),
    WEEKLY: Limit(0.2, (COLD,)),
    AVALL: Limit(0.6, (COLD,)),
    STUDY: Limit(180),
    BACK: Limit(5),
    FORWARD: Limit(5),
    REFRESH: Limit(3),
    QUERY: Limit(500),
    QUERIES: Limit(50),
    EVERYTHING_AGAIN: Limit(3),
    SITE_SIZE: Limit(25),
    SITE: Limit(60),
    SITE_OPEN: Limit(1),
    HTTP_EVENT: Limit(25),
    HTTP_LISTS: Limit(100),
    HTTP_SEVERITY: Limit(50),
    HTTP_CACHED: Limit(1),
    HTTP_CACHED_WRK: Limit(1),
    HTTP_RECOVERY: Limit(5),
    HTTP_GROWTH: Limit(20),
    API: Limit(2, (ACCESS,)),
    MEMORY: Limit(2048),
}
# Above 1 by the uncertainty of the exponent when two sizes are measured once each.
MAX_EXPONENT = 1.1


@dataclass(frozen=True)
class Measure:
    """One measurement in seconds, milliseconds or megabytes (`unit`); `rows` is set where a rate is useful."""

    name: str
    value: float
    unit: str = "s"
    rows: int = 0
    note: str = ""


def limit_of(name: str) -> Limit | None:
    """Limit of a measurement, by its name; all queries have the same."""
    return LIMITS.get(QUERY if name.startswith(f"{QUERY} ") else name)


def ratio(measure: Measure, measures: Mapping[str, Measure]) -> float | None:
    """Value that is compared with the limit; None without a limit or if a measurement it refers to is missing."""
    limit = limit_of(measure.name)
    if limit is None or any(name not in measures for name in limit.of):
        return None
    return measure.value / sum(measures[name].value for name in limit.of) if limit.of else measure.value


def result(measure: Measure, measures: Mapping[str, Measure]) -> str:
    """`met` or `missed`; empty if there is no ratio."""
    value, limit = ratio(measure, measures), limit_of(measure.name)
    if value is None or limit is None:
        return ""
    return "met" if value <= limit.value else "missed"


def line(measure: Measure, measures: Mapping[str, Measure]) -> str:
    """One line of the table."""
    limit = limit_of(measure.name)
    compared = ratio(measure, measures)
    ratio_text = "" if compared is None or limit is None or not limit.of else f"{compared:.2f}"
    rate = f"{measure.rows / measure.value:,.0f}" if measure.rows and measure.value else ""
    value = f"{measure.value:,.{0 if measure.unit == 'MB' else 1}f} {measure.unit}"
    text = f"{measure.name:<34}{value:>12}{rate:>11}{ratio_text:>8}  {limit.text() if limit else '':<18}"
    return f"{text} {result(measure, measures):<7}{measure.note}".rstrip()


def table(measures: Sequence[Measure]) -> list[str]:
    """Header and one line per measurement."""
    by_name = {measure.name: measure for measure in measures}
    header = f"{'':<34}{'':>12}{'rows/s':>11}{'ratio':>8}  {'limit':<18}"
    return [header.rstrip(), *(line(measure, by_name) for measure in measures)]


def records(measures: Sequence[Measure]) -> list[dict[str, object]]:
    """The measurements as JSON records."""
    by_name = {measure.name: measure for measure in measures}
    return [
        {"name": m.name, "value": round(m.value, 3), "unit": m.unit, "rows": m.rows, "note": m.note}
        | {"ratio": ratio(m, by_name), "limit": limit.value if (limit := limit_of(m.name)) else None}
        | {"result": result(m, by_name)}
        for m in measures
    ]


def exponent(rows: Sequence[int], seconds: Sequence[float]) -> float:
    """Exponent k of seconds ~ rows ** k between two sizes; 1 is linear growth."""
    return math.log(seconds[1] / seconds[0]) / math.log(rows[1] / rows[0])


def growth(sizes: Sequence[tuple[float, int, float]]) -> list[str]:
    """One line per (scale, rows, seconds of the cold build), with the exponent relative to the previous line."""
    lines = [f"{'scale':>7}{'rows':>12}{'cold build':>13}{'rows/s':>11}{'exponent':>10}  limit"]
    for index, (scale, rows, seconds) in enumerate(sizes):
        text = f"{scale:>7g}{rows:>12,}{seconds:>11.1f} s{rows / seconds:>11,.0f}"
        if index:
            power = exponent((sizes[index - 1][1], rows), (sizes[index - 1][2], seconds))
            text += f"{power:>10.2f}  <= {MAX_EXPONENT:g} {'met' if power <= MAX_EXPONENT else 'missed'}"
        lines.append(text)
    return lines


def scales(text: str) -> list[float]:
    """`0.25,0.5,1` as sorted numbers. Raises ValueError if one is not positive or is repeated."""
    values = sorted(float(item) for item in text.split(","))
    if values[0] <= 0 or len(set(values)) < len(values):
        raise ValueError(f"scales: expected distinct positive numbers, found {text}")
    return values


def stages(records: Iterable[Mapping[str, object]]) -> list[tuple[str, int, float, float]]:
    """(task family, tasks, total seconds, seconds in which at least one ran), ordered by the end of the first task.

    `records` are the pipeline's run records of tasks: step, seconds, ended_ns.
    """
    families: dict[str, list[tuple[float, float]]] = {}
    for record in sorted(records, key=lambda record: int(str(record["ended_ns"]))):
        end, seconds = int(str(record["ended_ns"])) / 1e9, float(str(record["seconds"]))
        families.setdefault(str(record["step"]).split()[0], []).append((end - seconds, end))
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
