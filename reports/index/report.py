"""Build the start page: one entry per page with its key numbers."""

from reports.severity import metric_tables
from reports.shared import catalog, formats, page
from reports.shared.components import Headline
from reports.shared.data import Context, Inputs, Record


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: events, account, checks. The study is optional."""
    events = single_record(inputs.records("events"))
    account = single_record(inputs.records("account"))
    components = {
        "queries": inputs.queries,
        "headlines": headlines(events, account),
        "pages": list(catalog.REPORTS.values()),
        "summaries": {
            "safety": safety_summary(events),
            "quality": quality_summary(account, inputs.records("checks")),
            "severity": metric_tables.study_summary(inputs.study or {}),
        },
    }
    return page.render("index/template.html", context, components)


def single_record(rows: list[Record]) -> Record:
    """Return the first row, or an empty record if there is none."""
    return rows[0] if rows else {}


def headlines(events: Record, account: Record) -> list[Headline]:
    """Return the numbers of events, fatal events, rows read and rows quarantined."""
    return [
        Headline(formats.count(events.get("events")), "accidents and incidents", "events"),
        Headline(formats.count(events.get("fatal_events")), "fatal events", "events"),
        Headline(formats.count(account.get("rows_in")), "rows read from the source files", "account"),
        Headline(formats.count(account.get("rows_quarantined")), "rows quarantined, each with a reason", "account"),
    ]


def safety_summary(events: Record) -> str:
    """Return the text with the number of events, the range of dates and the number of deaths."""
    first, last = (events.get(name) or formats.UNKNOWN for name in ("first_date", "last_date"))
    count, deaths = formats.count(events.get("events")), formats.count(events.get("deaths"))
    return f"{count} events from {first} to {last}, {deaths} deaths where reported."


def quality_summary(account: Record, checks: list[Record]) -> str:
    """Return sentences with the result of the row accounting and the number of checks by status."""
    statuses = ", ".join(f"{row['checks']:,} {row['status']}" for row in checks) or "none run"
    if not account.get("tables"):
        return f"No row accounting. Checks: {statuses}."
    inexact = account["inexact_tables"]
    accounting = (
        f"Row counts balance in all {account['tables']:,} tables"
        if not inexact
        else f"Row counts DO NOT BALANCE in {inexact:,} of {account['tables']:,} tables"
    )
    return f"{accounting}. Checks: {statuses}."
