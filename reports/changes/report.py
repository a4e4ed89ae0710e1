"""Build the page on changes: this release compared with the release published before it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.changes.excerpts import excerpts
from reports.shared import formats, page, site_data, words
from reports.shared.components import Headline, Table, headline, record_table, table, total
from reports.shared.data import Context, Eras, Inputs, Query, Record, Records
from reports.shared.eras import sort_eras, years_of

KINDS = ("new", "revised", "withdrawn")
# The limits of the queries `changed_events`, by kind, and `corrections`; of events and values in `revised`.
MAX_LISTED, MAX_EVENTS, MAX_VALUES = 500, 200, 10
ROW_COUNTS = ("rows_before", "rows_now", "new_rows", "revised_rows", "withdrawn_rows", "moved_rows")
# Query: (caption, heads, columns, columns with a total).
TABLES = {
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
    """Return the page as HTML. Queries: pair, events, changed_events, revised, revisions and those of TABLES."""
    events, listed = inputs.records("events"), inputs.records("changed_events")
    pair = next(iter(inputs.records("pair")), {})
    records = {name: inputs.records(name) for name in TABLES}
    bookkeeping = [row for row in records["fields"] if row["is_bookkeeping"]]
    records["fields"] = [row for row in records["fields"] if not row["is_bookkeeping"]]
    for name in ("severity_before", "severity_now"):
        records["severity"] = [row | {name: severity_label(row[name])} for row in records["severity"]]
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "previous": pair.get("release_from"),
        "headlines": headlines(inputs.queries),
        "events": events_table(events, context.eras),
        "is_truncated": any(count_events(events, kind) > MAX_LISTED for kind in KINDS),
        "limits": {"listed": MAX_LISTED, "events": MAX_EVENTS, "values_per_event": MAX_VALUES},
        "new": changed_events_table("New events", listed, "new"),
        "revised": revised_table(inputs.records("revised"), listed),
        "changed_rows": rows_table(listed),
        "withdrawn": changed_events_table("Withdrawn events", listed, "withdrawn"),
        "bookkeeping": record_table(*TABLES["fields"], bookkeeping),
        **{name: record_table(*parts, records[name]) for name, parts in TABLES.items()},
    }
    return page.render("changes/template.html", context, components)


def changed_events_table(caption: str, listed: Records, kind: str) -> Table:
    """Return a table of the new or withdrawn events: date, place, aircraft and injuries."""
    cells = [
        (row["ev_id"], row["ev_date"] or formats.UNKNOWN, location(row), row["aircraft"] or "", injuries(row))
        for row in listed
        if row["kind"] == kind
    ]
    result = table(caption, ("Event", "Date", "Place", "Aircraft", "Injuries"), cells)
    return replace(result, link="event.html#" if kind == "new" else "")


def location(row: Record) -> str:
    """Return city, state, and country outside the United States."""
    country = None if row["ev_country"] == "USA" else row["ev_country"]
    return ", ".join(filter(None, ((text or "").strip() for text in (row["ev_city"], row["ev_state"], country))))


def severity_label(code: str | None) -> str:
    """Return a highest injury in words; one that is not stated is unknown."""
    return words.label("severity", code) if code else "Unknown"


def injuries(row: Record) -> str:
    """Return the highest injury in words, with deaths or serious injuries if there are any."""
    text = severity_label(row["severity"])
    deaths, injured = row["total_deaths"], row["total_seriously_injured"]
    parts = [formats.counted(deaths, "death")] if deaths else []
    parts += [f"{formats.count(injured)} seriously injured"] if injured else []
    return ": ".join([text, ", ".join(parts)]) if parts else text


def revised_table(revised: Records, listed: Records) -> Table:
    """Return a table of revised values: event, date and place, field, value before and now."""
    known = {row["ev_id"]: f"{row['ev_date'] or ''} {location(row)}" for row in listed}
    cells = [
        (
            row["ev_id"],
            known.get(row["ev_id"], ""),
            f"{row['table_name']}.{row['column_name']}",
            *("no value" if value is None else value for value in excerpts(row["value_before"], row["value_now"])),
        )
        for row in revised
    ]
    heads = ("Event", "Date and place", "Field", "Before", "Now")
    return replace(table("Revised values", heads, cells), link="event.html#")


def rows_table(listed: Records) -> Table:
    """Return a table of the revised events to which NTSB added rows, or from which it removed some."""
    rows = [row for row in listed if row["kind"] == "revised" and (row["rows_added"] or row["rows_removed"])]
    heads, columns = ("Event", "Rows added", "Rows removed"), ("ev_id", "rows_added", "rows_removed")
    return replace(
        record_table("Rows added to and removed from revised events", heads, columns, (), rows), link="event.html#"
    )


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content} of the revisions that the page of an event shows: {ev_id: its rows without ev_id}."""
    revisions: dict[str, list[tuple[Any, ...]]] = {}
    for ev_id, *names, old, new in inputs.queries["revisions"].rows:
        revisions.setdefault(ev_id, []).append((*names, *excerpts(old, new)))
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
