"""Build the page on changes: this release compared with the release published before it."""

from collections.abc import Sequence
from typing import Any

from reports.shared import formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Era, Inputs, Record
from reports.shared.eras import sort_eras, years_of

KINDS = ("new", "revised", "withdrawn")
# The limit of the query `listed`.
MAX_LISTED = 500


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: pair, events, listed, fields, severity, tables."""
    events = inputs.records("events")
    pair = next(iter(inputs.records("pair")), {})
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "previous": pair.get("release_from"),
        "headlines": headlines(events, inputs.records("severity")),
        "events": events_table(events, context.eras),
        "listed": listed_table(inputs.records("listed"), context.eras),
        "is_truncated": total(events, "events") > MAX_LISTED,
        "limit": MAX_LISTED,
        "fields": fields_table(inputs.records("fields")),
        "severity": severity_table(inputs.records("severity")),
        "tables": tables_table(inputs.records("tables")),
    }
    return page.render("changes/template.html", context, components)


def total(rows: Sequence[Record], column: str) -> int:
    """Return the sum of a column of counts; None counts as 0."""
    return int(sum(row[column] or 0 for row in rows))


def count_events(events: Sequence[Record], kind: str) -> int:
    """Return the number of events with this kind of change, over all eras."""
    return total([row for row in events if row["kind"] == kind], "events")


def headlines(events: Sequence[Record], severity_changes: Sequence[Record]) -> list[Headline]:
    """Return the numbers of new, revised and withdrawn events, and of events whose severity changed."""
    changed = formats.count(total(severity_changes, "events"))
    return [
        *(Headline(formats.count(count_events(events, kind)), f"{kind} events", "events") for kind in KINDS),
        Headline(changed, "revised events with a different severity", "severity"),
    ]


def events_table(events: Sequence[Record], eras: Sequence[Era]) -> Table:
    """Return a table of changed events by era and kind of change."""
    counts = {(row["era"], row["kind"]): row["events"] for row in events}
    names = sort_eras((row["era"] for row in events), eras)
    cells = [(years_of(name, eras), *(counts.get((name, kind), 0) for kind in KINDS)) for name in names]
    foot = ("All", *(count_events(events, kind) for kind in KINDS)) if cells else ()
    return table("Changed events by era", ("Era", "New", "Revised", "Withdrawn"), cells, foot)


def listed_table(rows: Sequence[Record], eras: Sequence[Era]) -> Table:
    """Return a table of changed events, one per row."""
    heads = ("Event", "Change", "Era", "Tables", "Changed rows")
    cells = [
        (row["ev_id"], row["kind"], years_of(row["era"], eras), row["tables"], row["differing_rows"]) for row in rows
    ]
    return table("Changed events", heads, cells)


def fields_table(rows: Sequence[Record]) -> Table:
    """Return a table of columns with changed values, most frequently changed first."""
    heads = ("Table", "Column", "Changed values", "Events", "Filled in", "Emptied")
    names = ("table_name", "column_name", "changed_values", "events", "filled_in", "emptied")
    return table("Fields that changed most", heads, [tuple(row[name] for name in names) for row in rows])


def severity_table(rows: Sequence[Record]) -> Table:
    """Return a table of events whose highest injury changed, by previous and current value."""
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
    return table("Changes of the highest injury", ("Previous", "Current", "Events", "First five"), cells, foot)


def tables_table(rows: Sequence[Record]) -> Table:
    """Return a table of the row counts of each table in the previous and the current release."""
    heads = ("Table", "Previous rows", "Current rows", "New", "Revised", "Withdrawn", "Moved")
    names = ("rows_before", "rows_now", "new_rows", "revised_rows", "withdrawn_rows", "moved_rows")
    cells = [(row["table_name"], *(row[name] for name in names)) for row in rows]
    foot = ("All", *(total(rows, name) for name in names)) if cells else ()
    return table("Rows of each published table", heads, cells, foot)
