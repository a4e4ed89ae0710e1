"""Build the page on changes: this release against the one that readers saw before it."""

from collections.abc import Sequence
from typing import Any

from reports.shared import formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Inputs, Record

KINDS = ("new", "revised", "withdrawn")
LISTED = 500


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Queries: pair, events, listed, fields, severity, tables."""
    events = inputs.records("events")
    pair = next(iter(inputs.records("pair")), {})
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "before": pair.get("release_from"),
        "headlines": headlines(events, inputs.records("severity")),
        "events": events_table(events),
        "listed": listed(inputs.records("listed")),
        "cut": total(events, "events") > LISTED,
        "limit": LISTED,
        "fields": fields(inputs.records("fields")),
        "severity": severity(inputs.records("severity")),
        "tables": tables(inputs.records("tables")),
    }
    return page.render("changes/template.html", context, parts)


def total(rows: Sequence[Record], column: str) -> int:
    """Sum of a column of counts."""
    return int(sum(row[column] or 0 for row in rows))


def of_kind(events: Sequence[Record], kind: str) -> int:
    """Events that are new, revised or withdrawn, over all eras."""
    return total([row for row in events if row["kind"] == kind], "events")


def headlines(events: Sequence[Record], flips: Sequence[Record]) -> list[Headline]:
    """New, revised and withdrawn events, and those whose severity is another one."""
    words = ("events are new", "events are revised", "events are withdrawn")
    found = [
        Headline(formats.count(of_kind(events, kind)), text, "events") for kind, text in zip(KINDS, words, strict=True)
    ]
    return [*found, Headline(formats.count(total(flips, "events")), "of the revised have another severity", "severity")]


def events_table(events: Sequence[Record]) -> Table:
    """Events by era and kind of change."""
    eras = list(dict.fromkeys(row["era"] for row in events))
    found = {(row["era"], row["kind"]): row["events"] for row in events}
    cells = [(era, *(found.get((era, kind), 0) for kind in KINDS)) for era in eras]
    foot = ("All", *(of_kind(events, kind) for kind in KINDS)) if cells else ()
    return table("Events that changed, by era", ("Era", "New", "Revised", "Withdrawn"), cells, foot)


def listed(rows: Sequence[Record]) -> Table:
    """The events themselves."""
    heads = ("Event", "Change", "Era", "Tables", "Rows that differ")
    names = ("ev_id", "kind", "era", "tables", "differing_rows")
    return table("Events that changed", heads, [tuple(row[name] for name in names) for row in rows])


def fields(rows: Sequence[Record]) -> Table:
    """Columns of revised rows, those that moved most first."""
    heads = ("Table", "Column", "Values changed", "Events", "Filled in", "Emptied")
    names = ("table_name", "column_name", "changed_values", "events", "filled_in", "emptied")
    return table("Fields that moved most", heads, [tuple(row[name] for name in names) for row in rows])


def severity(rows: Sequence[Record]) -> Table:
    """Highest injury before and now."""
    cells = [
        (
            row["severity_before"] or formats.UNKNOWN,
            row["severity_now"] or formats.UNKNOWN,
            row["events"],
            row["examples"],
        )
        for row in rows
    ]
    foot = ("All", "", total(rows, "events"), "") if cells else ()
    return table("Highest injury, before and now", ("Before", "Now", "Events", "The first five"), cells, foot)


def tables(rows: Sequence[Record]) -> Table:
    """Rows of each table, before and now."""
    heads = ("Table", "Rows before", "Rows now", "New", "Revised", "Withdrawn", "Moved only")
    names = ("rows_before", "rows_now", "new_rows", "revised_rows", "withdrawn_rows", "moved_rows")
    cells = [(row["table_name"], *(row[name] for name in names)) for row in rows]
    foot = ("All", *(total(rows, name) for name in names)) if cells else ()
    return table("Rows of each published table", heads, cells, foot)
