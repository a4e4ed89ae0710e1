"""Build the start page: one entry per page with its key numbers."""

from reports.severity import metric_tables
from reports.shared import catalog, formats, page
from reports.shared.components import Headline
from reports.shared.data import Context, Inputs, Record


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: totals, account, checks. The study is optional."""
    events = single_record(inputs.records("totals"))
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
    """Return the numbers of accidents and fatal accidents in the United States, rows read and rows quarantined."""
    return [
        Headline(formats.count(events.get("us_accidents")), "accidents in the United States", "totals"),
        Headline(formats.count(events.get("us_fatal_accidents")), "of them fatal", "totals"),
        Headline(formats.count(account.get("rows_in")), "rows read from the source files", "account"),
        Headline(formats.count(account.get("rows_quarantined")), "rows quarantined, each with a reason", "account"),
    ]


def safety_summary(events: Record) -> str:
    """Return a sentence with the range of dates and the numbers of accidents, deaths, incidents and others."""
    first, last = (events.get(name) or formats.UNKNOWN for name in ("first_date", "last_date"))
    names = ("us_accidents", "us_incidents", "events_elsewhere", "us_deaths")
    accidents, incidents, elsewhere, deaths = (formats.count(events.get(name)) for name in names)
    return (
        f"From {first} to {last}: {accidents} accidents in the United States with {deaths} deaths where known, "
        f"{incidents} incidents there, and {elsewhere} events elsewhere."
    )


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
