"""Says how two releases of this database differ: events new, revised and withdrawn, rows of each table, the fields that
moved most, and events whose severity is another one. Both are read from the history, so neither need be kept.

Without A and B it is the release before against the one that readers see; with A alone, A against the one they see.
`--event` says of one event what each of its rows said and says. Exit code 0, whether they differ or not; 1 where no
release compared holds the event.

What rows that differ between two releases amount to: counts over all events, or every value of one.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One published row whose content differs; `earlier` and `later` are None where there is no such row."""

    table: str
    key: str
    ev_id: str | None
    kind: str
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None


SUMMARY = "how two releases differ"

PAIR = "select release_from, release_to from history.change order by number desc limit 1"
DIFFERENCE = """
select table_name, row_key, ev_id, kind, earlier, later from history.difference(%s, %s)
where %s = '' or ev_id = %s
order by table_name collate "C", row_key collate "C"
"""
# Of an event that does not differ: what one release holds, both hold.
HAS_EVENT = """
select exists (
    select from history.rows_at(
        null::ntsb.events, history.change_number(%s), 2147483647, format('where ev_id = %%L', %s)
    )
    where ev_id = %s
)
"""
MAX_LINES = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which releases, one event or all, and how to show the answer."""
    parser.add_argument("a", nargs="?", default="", metavar="A", help="a release (default: the one before)")
    parser.add_argument("b", nargs="?", default="", metavar="B", help="a release (default: the one that readers see)")
    parser.add_argument("--event", default="", metavar="EV_ID", help="every value of one event that differs")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints how they differ."""
    facts = compare(options.a, options.b, options.event)
    text = format_event(facts) if options.event else format_text(facts)
    print(json.dumps(facts, indent=1) if options.json else "\n".join(text))
    return 0


def compare(first: str, second: str, event: str = "") -> dict[str, Any]:
    """What `total` or `of_event` says of the two releases, with `from` and `to`.

    Raises PipelineError where there is no history, no earlier release, or none of that name, or no such event.
    """
    import psycopg2.errors

    from pipeline.errors import PipelineError
    from pipeline.postgres.connection import database_exists, transaction

    if not database_exists():
        raise PipelineError(
            "diff: expected a published release, found no database; run `luigi --module pipeline AllReports`"
        )
    with transaction(read_only=True, alone=True) as cursor:
        pair = _pair(cursor, first, second)
        try:
            # Row by row: between releases years apart there may be more than fits into memory.
            cursor.execute("declare difference no scroll cursor for " + DIFFERENCE, (*pair, event, event))
            rows = _fetch_rows(cursor)
            found = summarize_event(event, rows) if event else summarize(rows)
            if event and not found["rows"]:
                _require_event(cursor, event, pair)
        except psycopg2.errors.RaiseException as error:
            hint = error.diag.message_hint or ""
            raise PipelineError(f"diff: {error.diag.message_primary}; {hint}") from None
    return {"from": pair[0], "to": pair[1], **found}


def _require_event(cursor: Any, event: str, pair: tuple[str, str]) -> None:
    """Raises PipelineError where an event that does not differ is in neither release, such as one that was mistyped."""
    from pipeline.errors import PipelineError
    from pipeline.postgres.connection import fetch_value

    if not fetch_value(cursor, HAS_EVENT, pair[1], event, event):
        raise PipelineError(
            f"diff: expected an event of release {pair[0]} or {pair[1]}, found that neither holds {event}; give an "
            "ev_id as ntsb.events has it, or name releases that hold it"
        )


def _pair(cursor: Any, first: str, second: str) -> tuple[str, str]:
    """The two releases, with what is not named filled in. Raises PipelineError where there is nothing to compare."""
    from pipeline.errors import PipelineError
    from pipeline.postgres.connection import fetch_value

    known = None
    if fetch_value(cursor, "select to_regclass('history.change')") is not None:
        cursor.execute(PAIR)
        known = cursor.fetchone()
    if known is None:
        raise PipelineError(
            "diff: expected a published release with history, found none; run `luigi --module pipeline AllReports`"
        )
    if not first and known[0] is None:
        raise PipelineError(
            f"diff: release {known[1]} is the first of this database; publish another snapshot, or name two releases"
        )
    return first or known[0], second or known[1]


def _fetch_rows(cursor: Any) -> Iterator[Row]:
    while True:
        cursor.execute("fetch 1000 from difference")
        found = cursor.fetchall()
        if not found:
            return
        yield from (Row(*each) for each in found)


def format_text(facts: dict[str, Any]) -> Iterator[str]:
    """The answer over all events as text."""
    yield f"from release {facts['from']} to {facts['to']}"
    yield f"events    {_format_counts(facts['events'])}"
    yield "rows"
    for name, counts in facts["tables"].items():
        yield f"  {name:<36}{_format_counts(counts)}"
    yield "fields that moved most"
    for each in facts["fields"][:MAX_LINES]:
        yield f"  {each['table'] + '.' + each['column']:<36}{each['values']:>13,} values"
    if len(facts["fields"]) > MAX_LINES:
        yield f"  and {len(facts['fields']) - MAX_LINES} more (--json has all)"
    yield f"severity  {sum(each['events'] for each in facts['severity'])} events have another one"
    for each in facts["severity"]:
        yield f"  {_format_value(each['before'])} -> {_format_value(each['now'])}: {each['events']:,}"


def _format_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS)


def format_event(facts: dict[str, Any]) -> Iterator[str]:
    """The answer over one event as text."""
    yield f"event {facts['event']}, from release {facts['from']} to {facts['to']}: {len(facts['rows'])} rows differ"
    for row in facts["rows"]:
        yield f"{row['table']} {', '.join(map(str, row['key']))}: {row['kind']}"
        for name, (before, now) in row["fields"].items():
            yield f"  {name:<26}{_format_value(before)} -> {_format_value(now)}"


def _format_value(value: Any) -> str:
    """A value as JSON, so that empty text is not mistaken for a missing value."""
    return "missing" if value is None else json.dumps(value, ensure_ascii=False)


KINDS = ("new", "revised", "withdrawn")
PROVENANCE_COLUMNS = {"era", "source_file", "source_row"}
SEVERITY_COLUMN = "ev_highest_injury"


def changed_fields(row: Row) -> dict[str, list[Any]]:
    """{column: [before, now]} of the values that differ; of a new or withdrawn row, of those that are not missing."""
    before, now = row.earlier or {}, row.later or {}
    names = sorted(({*before} & {*now} if before and now else {*before, *now}) - PROVENANCE_COLUMNS)
    return {name: [before.get(name), now.get(name)] for name in names if before.get(name) != now.get(name)}


def summarize(rows: Iterable[Row]) -> dict[str, Any]:
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
            differing = changed_fields(row)
            moved.update((row.table, name) for name in differing)
            if row.table == "events" and SEVERITY_COLUMN in differing:
                flips[(differing[SEVERITY_COLUMN][0], differing[SEVERITY_COLUMN][1])] += 1
    events = Counter(kinds.values())
    return {
        "events": {kind: events[kind] for kind in KINDS},
        "tables": {name: {kind: counts[kind] for kind in KINDS} for name, counts in sorted(tables.items())},
        "fields": [{"table": key[0], "column": key[1], "values": number} for key, number in _ranked(moved)],
        "severity": [{"before": key[0], "now": key[1], "events": number} for key, number in _ranked(flips)],
    }


def _ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], [str(part) for part in item[0]]))


def summarize_event(event: str, rows: Iterable[Row]) -> dict[str, Any]:
    """{event, rows}: each row of one event that differs, with its fields."""
    told = [
        {"table": row.table, "key": json.loads(row.key), "kind": row.kind, "fields": changed_fields(row)}
        for row in rows
    ]
    return {"event": event, "rows": told}
