"""Build the page on changes: this release compared with the release published before it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.shared import formats, page, site_data
from reports.shared.components import Headline, Table, headline, record_table, table, total
from reports.shared.data import Context, Eras, Inputs, Query, Records
from reports.shared.eras import sort_eras, with_years, years_of

KINDS = ("new", "revised", "withdrawn")
# The limit of the queries `listed` and `corrections`.
MAX_LISTED = 500
ROW_COUNTS = ("rows_before", "rows_now", "new_rows", "revised_rows", "withdrawn_rows", "moved_rows")
# Query: (caption, heads, columns, columns with a total).
TABLES = {
    "listed": (
        "Changed events",
        ("Event", "Change", "Era", "Tables", "Changed rows"),
        ("ev_id", "kind", "era", "tables", "differing_rows"),
        (),
    ),
    "fields": (
        "Fields that changed most",
        ("Table", "Column", "Changed values", "Events", "Filled in", "Emptied", "By corrections"),
        ("table_name", "column_name", "changed_values", "events", "filled_in", "emptied", "corrected"),
        (),
    ),
    "corrections": (
        "Corrected values",
        (
            "Correction",
            "Change",
            "Table",
            "Key",
            "Column",
            "Value in the source",
            "Correct",
            "Document",
            "Reviewer",
            "Date",
        ),
        (
            *("correction_id", "kind", "table_name", "row_key", "column_name", "value_before", "value_after"),
            *("source", "reviewer", "review_date"),
        ),
        (),
    ),
    "severity": (
        "Changes of the highest injury",
        ("Previous", "Current", "Events", "First five"),
        ("severity_before", "severity_now", "events", "examples"),
        ("events",),
    ),
    "tables": (
        "Rows of each published table",
        ("Table", "Previous rows", "Current rows", "New", "Revised", "Withdrawn", "Moved"),
        ("table_name", *ROW_COUNTS),
        ROW_COUNTS,
    ),
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: pair, events, listed, fields, revisions, corrections, severity, tables."""
    events = inputs.records("events")
    pair = next(iter(inputs.records("pair")), {})
    records = {name: inputs.records(name) for name in TABLES}
    records["listed"] = with_years(records["listed"], context.eras)
    for name in ("severity_before", "severity_now"):
        records["severity"] = [row | {name: row[name] or formats.UNKNOWN} for row in records["severity"]]
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "previous": pair.get("release_from"),
        "headlines": headlines(inputs.queries),
        "events": events_table(events, context.eras),
        "is_truncated": total(events, "events") > MAX_LISTED,
        "limit": MAX_LISTED,
        **{name: record_table(*parts, records[name]) for name, parts in TABLES.items()},
    }
    components["listed"] = replace(components["listed"], link="event.html#")
    return page.render("changes/template.html", context, components)


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content} of the revisions that the page of an event shows: {ev_id: its rows without ev_id}."""
    revisions: dict[str, list[tuple[Any, ...]]] = {}
    for ev_id, *values in inputs.queries["revisions"].rows:
        revisions.setdefault(ev_id, []).append(tuple(values))
    return {"revisions.js": site_data.script("changes/revisions", revisions)}


def count_events(events: Records, kind: str) -> int:
    """Return the number of events with this kind of change, over all eras."""
    return total([row for row in events if row["kind"] == kind], "events")


def headlines(queries: Mapping[str, Query]) -> list[Headline]:
    """Return the numbers of new, revised and withdrawn events, and of events whose severity changed."""
    return [
        *(headline(queries, f"{kind} events", "events", "events", (("kind", kind),)) for kind in KINDS),
        headline(queries, "revised events with a different severity", "severity", "events"),
    ]


def events_table(events: Records, eras: Eras) -> Table:
    """Return a table of changed events by era and kind of change."""
    counts = {(row["era"], row["kind"]): row["events"] for row in events}
    names = sort_eras((row["era"] for row in events), eras)
    cells = [(years_of(name, eras), *(counts.get((name, kind), 0) for kind in KINDS)) for name in names]
    foot = ("All", *(count_events(events, kind) for kind in KINDS)) if cells else ()
    return table("Changed events by era", ("Era", "New", "Revised", "Withdrawn"), cells, foot)
