"""Build the page on one event, and its data files: details, narratives and outlines of states."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from reports.shared import page, site_data
from reports.shared.data import Context, Inputs, Query
from reports.shared.outlines import outlines

DETAILS = ("aircraft", "injuries", "sequence", "findings", "flags")
# Those of the limits in the queries.
MAX_EVENTS, MAX_NARRATED = 30_000, 5_000
EVENTS_PER_FILE, CHARACTERS_PER_FILE = 300, 250_000
Rows = Sequence[tuple[Any, ...]]


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML."""
    details, narratives = detail_files(inputs), narrative_files(inputs.queries["narratives"])
    settings = {
        "details": [ids[0] for ids in details],
        "narratives": [ids[0] for ids in narratives],
        "narrated_from": oldest_narrated(inputs.records("events")),
        "years": [site_data.year_name(row["ev_year"]) for row in inputs.records("years")],
    }
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "max_events": MAX_EVENTS,
        "max_narrated": MAX_NARRATED,
        "settings": site_data.inline(settings),
        "script": page.scripts("shared/load_data.js", "event/map.js", "event/event.js"),
    }
    return page.render("event/template.html", context, components)


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content}: details and narratives of consecutive events, outlines."""
    rows = {name: by_event(inputs.queries[name].rows) for name in ("events", *DETAILS, "narratives")}
    contents: dict[str, Any] = {"outlines": outlines(inputs.queries["outlines"].rows)}
    for number, ids in enumerate(detail_files(inputs)):
        contents[f"details-{number}"] = {
            name: event_columns(inputs.queries[name], ids, rows[name]) for name in ("events", *DETAILS)
        }
    for number, ids in enumerate(narrative_files(inputs.queries["narratives"])):
        contents[f"narratives-{number}"] = {ev_id: [row[1:] for row in rows["narratives"][ev_id]] for ev_id in ids}
    return {f"{name}.js": site_data.script(f"event/{name}", content) for name, content in contents.items()}


def by_event(rows: Rows) -> dict[str, list[tuple[Any, ...]]]:
    """Return {ev_id: rows}; ev_id is the first value of a row."""
    groups: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


def event_columns(query: Query, ids: Sequence[str], rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[Any]]:
    """Return the columns of the rows of some events; `event` is the number of the event in `ids`, except for events."""
    if query.name == "events":
        return site_data.columns(query.columns, [row for ev_id in ids for row in rows[ev_id]])
    numbered = [(number, *row[1:]) for number, ev_id in enumerate(ids) for row in rows.get(ev_id, ())]
    return site_data.columns(("event", *query.columns[1:]), numbered)


def detail_files(inputs: Inputs) -> list[list[str]]:
    """Return the ev_ids in each file of details."""
    return site_data.batches(((row[0], 1) for row in inputs.queries["events"].rows), EVENTS_PER_FILE)


def narrative_files(query: Query) -> list[list[str]]:
    """Return the ev_ids in each file of narratives."""
    sizes = {
        ev_id: sum(len(text or "") for row in rows for text in row[2:]) for ev_id, rows in by_event(query.rows).items()
    }
    return site_data.batches(sizes.items(), CHARACTERS_PER_FILE)


def oldest_narrated(events: Sequence[dict[str, Any]]) -> str | None:
    """Return the date from which on the page has narratives; None if it has all of them."""
    if len(events) <= MAX_NARRATED:
        return None
    dates = sorted((str(row["ev_date"] or "") for row in events), reverse=True)
    return dates[MAX_NARRATED - 1]
