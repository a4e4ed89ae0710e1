"""Says how two releases of this database differ: events new, revised and withdrawn, rows of each table, the fields that
moved most, and events whose severity is another one. Both are read from the history, so neither need be kept.

Without A and B it is the release before against the one that readers see; with A alone, A against the one they see.
`--event` says of one event what each of its rows said and says. Exit code 0, whether they differ or not; 1 where no
release compared holds the event.
"""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from pipeline.commands.differing import KINDS, Row, of_event, total

SUMMARY = "how two releases differ"

PAIR = "select release_from, release_to from history.change order by number desc limit 1"
DIFFERENCE = """
select table_name, row_key, ev_id, kind, earlier, later from history.difference(%s, %s)
where %s = '' or ev_id = %s
order by table_name collate "C", row_key collate "C"
"""
# Of an event that does not differ: what one release holds, both hold.
HELD = """
select exists (
    select from history.stood(null::ntsb.events, history.place(%s), 2147483647, format('where ev_id = %%L', %s))
    where ev_id = %s
)
"""
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which releases, one event or all, and how to show the answer."""
    parser.add_argument("a", nargs="?", default="", metavar="A", help="a release (default: the one before)")
    parser.add_argument("b", nargs="?", default="", metavar="B", help="a release (default: the one that readers see)")
    parser.add_argument("--event", default="", metavar="EV_ID", help="every value of one event that differs")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints how they differ."""
    facts = look(options.a, options.b, options.event)
    text = shown_event(facts) if options.event else shown(facts)
    print(json.dumps(facts, indent=1) if options.json else "\n".join(text))
    return 0


def look(first: str, second: str, event: str = "") -> dict[str, Any]:
    """What `total` or `of_event` says of the two releases, with `from` and `to`.

    Raises PipelineError where there is no history, no earlier release, or none of that name, or no such event.
    """
    import psycopg2.errors

    from pipeline import postgres
    from pipeline.errors import PipelineError

    if not postgres.is_there():
        raise PipelineError(
            "diff: expected a published release, found no database; run `luigi --module pipeline AllReports`"
        )
    with postgres.transaction(read_only=True, alone=True) as cursor:
        pair = _pair(cursor, first, second)
        try:
            # Row by row: between releases years apart there may be more than fits into memory.
            cursor.execute("declare difference no scroll cursor for " + DIFFERENCE, (*pair, event, event))
            rows = _fetched(cursor)
            found = of_event(event, rows) if event else total(rows)
            if event and not found["rows"]:
                _require_event(cursor, event, pair)
        except psycopg2.errors.RaiseException as error:
            hint = error.diag.message_hint or ""
            raise PipelineError(f"diff: {error.diag.message_primary}; {hint}") from None
    return {"from": pair[0], "to": pair[1], **found}


def _require_event(cursor: Any, event: str, pair: tuple[str, str]) -> None:
    """Raises PipelineError where an event that does not differ is in neither release, such as one that was mistyped."""
    from pipeline import postgres
    from pipeline.errors import PipelineError

    if not postgres.scalar(cursor, HELD, pair[1], event, event):
        raise PipelineError(
            f"diff: expected an event of release {pair[0]} or {pair[1]}, found that neither holds {event}; give an "
            "ev_id as ntsb.events has it, or name releases that hold it"
        )


def _pair(cursor: Any, first: str, second: str) -> tuple[str, str]:
    """The two releases, with what is not named filled in. Raises PipelineError where there is nothing to compare."""
    from pipeline import postgres
    from pipeline.errors import PipelineError

    known = None
    if postgres.scalar(cursor, "select to_regclass('history.change')") is not None:
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


def _fetched(cursor: Any) -> Iterator[Row]:
    while True:
        cursor.execute("fetch 1000 from difference")
        found = cursor.fetchall()
        if not found:
            return
        yield from (Row(*each) for each in found)


def shown(facts: dict[str, Any]) -> Iterator[str]:
    """The answer over all events as text."""
    yield f"from release {facts['from']} to {facts['to']}"
    yield f"events    {_counted(facts['events'])}"
    yield "rows"
    for name, counts in facts["tables"].items():
        yield f"  {name:<36}{_counted(counts)}"
    yield "fields that moved most"
    for each in facts["fields"][:SHOWN]:
        yield f"  {each['table'] + '.' + each['column']:<36}{each['values']:>13,} values"
    if len(facts["fields"]) > SHOWN:
        yield f"  and {len(facts['fields']) - SHOWN} more (--json has all)"
    yield f"severity  {sum(each['events'] for each in facts['severity'])} events have another one"
    for each in facts["severity"]:
        yield f"  {_said(each['before'])} -> {_said(each['now'])}: {each['events']:,}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS)


def shown_event(facts: dict[str, Any]) -> Iterator[str]:
    """The answer over one event as text."""
    yield f"event {facts['event']}, from release {facts['from']} to {facts['to']}: {len(facts['rows'])} rows differ"
    for row in facts["rows"]:
        yield f"{row['table']} {', '.join(map(str, row['key']))}: {row['kind']}"
        for name, (before, now) in row["fields"].items():
            yield f"  {name:<26}{_said(before)} -> {_said(now)}"


def _said(value: Any) -> str:
    """A value as JSON, so that empty text is not mistaken for a missing value."""
    return "missing" if value is None else json.dumps(value, ensure_ascii=False)
