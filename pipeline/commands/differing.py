"""What rows that differ between two releases amount to: counts over all events, or every value of one."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

KINDS = ("new", "revised", "withdrawn")
PLACE = {"era", "source_file", "source_row"}
SEVERITY = "ev_highest_injury"


class Row(NamedTuple):
    """One published row whose content differs; `earlier` and `later` are None where there is no such row."""

    table: str
    key: str
    ev_id: str | None
    kind: str
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None


def fields(row: Row) -> dict[str, list[Any]]:
    """{column: [before, now]} of the values that differ; of a new or withdrawn row, of those that are not missing."""
    before, now = row.earlier or {}, row.later or {}
    names = sorted(({*before} & {*now} if before and now else {*before, *now}) - PLACE)
    return {name: [before.get(name), now.get(name)] for name in names if before.get(name) != now.get(name)}


def total(rows: Iterable[Row]) -> dict[str, Any]:
    """{events, tables, fields, severity}: counts; fields and severity by how often."""
    kinds: dict[str, str] = {}
    tables: dict[str, Counter[str]] = defaultdict(Counter)
    moved: Counter[tuple[str, str]] = Counter()
    flips: Counter[tuple[str | None, str | None]] = Counter()
    for row in rows:
        tables[row.table][row.kind] += 1
        if row.ev_id is not None:
            own = row.kind if row.table == "events" else "revised"
            kinds[row.ev_id] = own if own != "revised" else kinds.get(row.ev_id, own)
        if row.kind == "revised":
            differing = fields(row)
            moved.update((row.table, name) for name in differing)
            if row.table == "events" and SEVERITY in differing:
                flips[(differing[SEVERITY][0], differing[SEVERITY][1])] += 1
    events = Counter(kinds.values())
    return {
        "events": {kind: events[kind] for kind in KINDS},
        "tables": {name: {kind: counts[kind] for kind in KINDS} for name, counts in sorted(tables.items())},
        "fields": [{"table": key[0], "column": key[1], "values": number} for key, number in _ranked(moved)],
        "severity": [{"before": key[0], "now": key[1], "events": number} for key, number in _ranked(flips)],
    }


def _ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], [str(part) for part in item[0]]))


def of_event(event: str, rows: Iterable[Row]) -> dict[str, Any]:
    """{event, rows}: each row of one event that differs, with its fields."""
    told = [{"table": row.table, "key": json.loads(row.key), "kind": row.kind, "fields": fields(row)} for row in rows]
    return {"event": event, "rows": told}
