"""Compare two releases: new, revised and withdrawn events, rows of each table, the fields with most changed values,
and changes of severity. Both releases are read from the history, so neither needs to be kept.

Without A and B, compares the previous release with the current one; with A only, A with the current one. `--event`
prints every changed value of one event. Exit code 0 whether the releases differ or not; 1 if neither has the event.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import psycopg2.errors

from pipeline.cli.status import require_release
from pipeline.errors import PipelineError
from pipeline.postgres.connection import fetch_records, fetch_value, relation_exists, transaction


class Row(NamedTuple):
    """One published row that differs; `earlier` or `later` is None if that release does not have it."""

    table: str
    key: str
    ev_id: str | None
    kind: str
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None


SUMMARY = "compare two releases"

PAIR = "select release_from, release_to from history.change order by number desc limit 1"
DECLARE_DIFFERENCE = """
declare difference no scroll cursor for
select table_name, row_key, ev_id, kind, earlier, later from history.difference(%s, %s)
where %s = '' or ev_id = %s
order by table_name collate "C", row_key collate "C"
"""
# For an event without differences: either both releases have it or neither.
HAS_EVENT = """
select exists (
    select from history.rows_at(
        null::ntsb.events, history.change_number(%s), 2147483647, format('where ev_id = %%L', %s)
    )
    where ev_id = %s
)
"""
# Reviewed corrections that releases between the two have applied or withdrawn.
CORRECTIONS = """
select kind, correction_id as correction, table_name as table, row_key, column_name as column
from history.correction_change, (select history.change_number(%s) as a, history.change_number(%s) as b) as bounds
where ev_id = %s and change >= least(a, b) and change < greatest(a, b)
order by change, table_name collate "C", row_key collate "C", column_name collate "C", kind
"""
MAX_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", nargs="?", default="", metavar="A", help="a release (default: the previous one)")
    parser.add_argument("b", nargs="?", default="", metavar="B", help="a release (default: the current one)")
    parser.add_argument("--event", default="", metavar="EV_ID", help="print every changed value of one event")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    result = compare(options.a, options.b, options.event)
    text = format_event(result) if options.event else format_text(result)
    print(json.dumps(result, indent=1) if options.json else "\n".join(text))
    return 0


def compare(first: str, second: str, event: str = "") -> dict[str, Any]:
    """Return the result of `summarize` or `summarize_event` for the two releases, with `from` and `to`.

    Raises PipelineError if there is no history, no previous release, no release of that name, or no such event.
    """
    require_release("diff")
    with transaction(read_only=True, alone=True, owner=True) as cursor:
        pair = _pair(cursor, first, second)
        try:
            # Through a cursor: between releases years apart, the rows may not fit into memory.
            cursor.execute(DECLARE_DIFFERENCE, (*pair, event, event))
            rows = _fetch_rows(cursor)
            result = summarize_event(event, rows) if event else summarize(rows)
            if event and not result["rows"]:
                _require_event(cursor, event, pair)
            if event:
                result["corrections"] = _read_corrections(cursor, pair, event)
        except psycopg2.errors.RaiseException as error:
            hint = error.diag.message_hint or ""
            raise PipelineError(f"diff: {error.diag.message_primary}; {hint}") from None
    return {"from": pair[0], "to": pair[1], **result}


def _read_corrections(cursor: Any, pair: tuple[str, str], event: str) -> list[dict[str, Any]]:
    """Return the corrections of an event between two releases; none in a database that has no history of them yet."""
    if not relation_exists(cursor, "history.correction_change"):
        return []
    cursor.execute(CORRECTIONS, (*pair, event))
    return fetch_records(cursor)


def _require_event(cursor: Any, event: str, pair: tuple[str, str]) -> None:
    """Raise PipelineError if neither release has the event, for example because its id was mistyped."""
    if not fetch_value(cursor, HAS_EVENT, pair[1], event, event):
        raise PipelineError(
            f"diff: expected an event of release {pair[0]} or {pair[1]}, found {event} in neither; give an ev_id of "
            "ntsb.events, or name releases that have it"
        )


def _pair(cursor: Any, first: str, second: str) -> tuple[str, str]:
    """Return the two releases, with defaults for empty names. Raises PipelineError if there is nothing to compare."""
    cursor.execute(PAIR)
    latest = cursor.fetchone()
    if latest is None:
        raise PipelineError(
            "diff: expected a published release with history, found none; run `luigi --module pipeline AllReports`"
        )
    if not first and latest[0] is None:
        raise PipelineError(
            f"diff: expected a release before {latest[1]}, found none; publish another snapshot, or name two releases"
        )
    return first or latest[0], second or latest[1]


def _fetch_rows(cursor: Any) -> Iterator[Row]:
    while True:
        cursor.execute("fetch 1000 from difference")
        rows = cursor.fetchall()
        if not rows:
            return
        yield from (Row(*row) for row in rows)


def format_text(result: dict[str, Any]) -> Iterator[str]:
    """Yield the comparison of all events as lines of text."""
    yield f"from release {result['from']} to {result['to']}"
    yield f"events    {_format_counts(result['events'])}"
    yield "rows"
    for name, counts in result["tables"].items():
        yield f"  {name:<36}{_format_counts(counts)}"
    yield "fields with most changed values"
    for row in result["fields"][:MAX_LINES]:
        yield f"  {row['table'] + '.' + row['column']:<36}{row['values']:>13,} values"
    if len(result["fields"]) > MAX_LINES:
        yield f"  and {len(result['fields']) - MAX_LINES} more (--json lists all)"
    yield f"severity  changed for {sum(row['events'] for row in result['severity'])} events"
    for row in result["severity"]:
        yield f"  {_format_value(row['before'])} -> {_format_value(row['now'])}: {row['events']:,}"


def _format_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS)


def format_event(result: dict[str, Any]) -> Iterator[str]:
    """Yield the comparison of one event as lines of text."""
    yield f"event {result['event']}, from release {result['from']} to {result['to']}: {len(result['rows'])} rows differ"
    for row in result["rows"]:
        yield f"{row['table']} {', '.join(map(str, row['key']))}: {row['kind']}"
        for name, (before, now) in row["fields"].items():
            yield f"  {name:<26}{_format_value(before)} -> {_format_value(now)}"
    for item in result["corrections"]:
        yield f"correction {item['correction']} {item['kind']}: {item['table']} {item['row_key']} {item['column']}"


def _format_value(value: Any) -> str:
    """Return the value as JSON, which distinguishes an empty string from a missing value."""
    return "missing" if value is None else json.dumps(value, ensure_ascii=False)


KINDS = ("new", "revised", "withdrawn")
PROVENANCE_COLUMNS = {"era", "source_file", "source_row"}
SEVERITY_COLUMN = "ev_highest_injury"


def changed_fields(row: Row) -> dict[str, list[Any]]:
    """Return {column: [before, now]} of the values that differ; for new or withdrawn rows, of all values.

    Values that are missing in such a row are omitted.
    """
    before, now = row.earlier or {}, row.later or {}
    names = sorted(({*before} & {*now} if before and now else {*before, *now}) - PROVENANCE_COLUMNS)
    return {name: [before.get(name), now.get(name)] for name in names if before.get(name) != now.get(name)}


def summarize(rows: Iterable[Row]) -> dict[str, Any]:
    """Return {events, tables, fields, severity}: counts by kind of change; the last two sorted by frequency."""
    kinds: dict[str, str] = {}
    tables: dict[str, Counter[str]] = defaultdict(Counter)
    changed: Counter[tuple[str, str]] = Counter()
    severities: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        tables[row.table][row.kind] += 1
        if row.ev_id is not None:
            own = row.kind if row.table == "events" else "revised"
            kinds[row.ev_id] = own if own != "revised" else kinds.get(row.ev_id, own)
        if row.kind == "revised":
            differing = changed_fields(row)
            changed.update((row.table, name) for name in differing)
            if row.table == "events" and SEVERITY_COLUMN in differing:
                severities[tuple(differing[SEVERITY_COLUMN])] += 1
    events = Counter(kinds.values())
    return {
        "events": {kind: events[kind] for kind in KINDS},
        "tables": {name: {kind: counts[kind] for kind in KINDS} for name, counts in sorted(tables.items())},
        "fields": [{"table": key[0], "column": key[1], "values": number} for key, number in _ranked(changed)],
        "severity": [{"before": key[0], "now": key[1], "events": number} for key, number in _ranked(severities)],
    }


def _ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """Return the counts in descending order, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], [str(part) for part in item[0]]))


def summarize_event(event: str, rows: Iterable[Row]) -> dict[str, Any]:
    """Return {event, rows}: every row of one event that differs, with its fields."""
    changes = [
        {"table": row.table, "key": json.loads(row.key), "kind": row.kind, "fields": changed_fields(row)}
        for row in rows
    ]
    return {"event": event, "rows": changes}
