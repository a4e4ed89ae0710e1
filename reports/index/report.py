"""Build the index: one line per page, with its headline numbers."""

from reports.severity import findings
from reports.shared import catalog, formats, page
from reports.shared.components import Headline
from reports.shared.data import Context, Inputs, Record


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Queries: events, account, checks. The study is optional."""
    events = one(inputs.records("events"))
    account = one(inputs.records("account"))
    parts = {
        "queries": inputs.queries,
        "headlines": headlines(events, account),
        "pages": list(catalog.REPORTS.values()),
        "lines": {
            "safety": safety_line(events),
            "quality": quality_line(account, inputs.records("checks")),
            "severity": findings.headline(inputs.study or {}),
        },
    }
    return page.render("index/template.html", context, parts)


def one(rows: list[Record]) -> Record:
    """The only row, or an empty record."""
    return rows[0] if rows else {}


def headlines(events: Record, account: Record) -> list[Headline]:
    """The release in four numbers."""
    return [
        Headline(formats.count(events.get("events")), "accidents and incidents", "events"),
        Headline(formats.count(events.get("fatal_events")), "of them fatal for someone", "events"),
        Headline(formats.count(account.get("rows_in")), "rows read from the source files", "account"),
        Headline(formats.count(account.get("rows_quarantined")), "rows quarantined, each with a reason", "account"),
    ]


def safety_line(events: Record) -> str:
    """From when to when, and how many."""
    first, last = (events.get(name) or formats.UNKNOWN for name in ("first_date", "last_date"))
    number, deaths = formats.count(events.get("events")), formats.count(events.get("deaths"))
    return f"{number} events from {first} to {last}, {deaths} deaths where counted."


def quality_line(account: Record, checks: list[Record]) -> str:
    """Whether the account is exact, and what the checks said."""
    found = ", ".join(f"{row['checks']:,} {row['status']}" for row in checks) or "none ran"
    if not account.get("tables"):
        return f"No table accounted for. Checks: {found}."
    wrong = account["inexact_tables"]
    exact = (
        f"Exact in all {account['tables']:,} tables"
        if not wrong
        else f"NOT EXACT in {wrong:,} of {account['tables']:,} tables"
    )
    return f"{exact}. Checks: {found}."
