"""Build the start page: one entry per page with its key numbers."""

from collections.abc import Mapping

from reports.severity import metric_tables
from reports.shared import catalog, formats, page
from reports.shared.components import Headline, headline
from reports.shared.data import Context, Inputs, Query, Record
from reports.shared.key_findings import key_findings


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: totals, yearly, account, checks. The study is optional."""
    events = single_record(inputs.records("totals"))
    account = single_record(inputs.records("account"))
    components = {
        "queries": inputs.queries,
        "headlines": headlines(inputs.queries),
        "key_findings": key_findings(inputs.queries, context, catalog.REPORTS["safety"].file_name),
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


def headlines(queries: Mapping[str, Query]) -> list[Headline]:
    """Return the numbers of accidents and fatal accidents in the United States, rows read and rows quarantined."""
    return [
        headline(queries, "accidents in the United States", "totals", "us_accidents"),
        headline(queries, "of them fatal", "totals", "us_fatal_accidents"),
        headline(queries, "rows read from the source files", "account", "rows_in"),
        headline(queries, "rows quarantined, each with a reason", "account", "rows_quarantined"),
    ]


def safety_summary(events: Record) -> str:
    """Return the range of dates and the numbers of accidents, deaths, incidents and others; empty without a result."""
    if not events:
        return ""
    nouns = {"us_accidents": "accident", "us_deaths": "death", "us_incidents": "incident", "events_elsewhere": "event"}
    accidents, deaths, incidents, elsewhere = (formats.counted(events[name], noun) for name, noun in nouns.items())
    period = f"From {events['first_date']} to {events['last_date']}: " if events["first_date"] else ""
    known = " where known" if events["us_accidents_with_unknown_deaths"] and events["us_deaths"] is not None else ""
    return (
        f"{period}{accidents} in the United States with {deaths}{known}, {incidents} there, and {elsewhere} elsewhere."
    )


def quality_summary(account: Record, checks: list[Record]) -> str:
    """Return sentences with the result of the row accounting and the number of checks by status."""
    statuses = ", ".join(f"{row['checks']:,} {row['status']}" for row in checks) or "none run"
    if not account.get("tables"):
        return f"No row accounting. Checks: {statuses}."
    inexact, tables = account["inexact_tables"], formats.counted(account["tables"], "table")
    accounting = (
        f"Row counts balance in all {tables}"
        if not inexact
        else f"Row counts DO NOT BALANCE in {inexact:,} of {tables}"
    )
    return f"{accounting}. Checks: {statuses}."
