"""Build the reconciliation page: this release's counts beside figures that were published elsewhere."""

from collections.abc import Sequence
from typing import Any

from reports.shared import formats, page, years
from reports.shared.components import Figure, Headline, Table, table
from reports.shared.data import Context, Inputs, Record

# A database counts as whole within these shares of its published size: files grow and shrink by some events a month.
WHOLE = (0.97, 1.05)
ERAS = {"pre1982": "1962-1981 (PRE1982)", "pre2008": "1982-2007 (Pre2008)", "avall": "since 2008 (avall)"}
NAMED = {"year": "Year", "state": "State", "make": "Make as written"}


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Query: figures."""
    rows = inputs.records("figures")
    eras = of(rows, "era")
    whole = [row["item"] for row in eras if is_whole(row)]
    since_1982 = {"pre2008", "avall"} <= set(whole)
    by_year, flown = in_order(of(rows, "year")), in_order(of(rows, "general aviation"))
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(eras),
        "verdict": verdict(eras, whole),
        "is_whole": since_1982,
        "sources": sources(rows),
        "eras": compared("era", "Database", "Rows of each database", eras, whole=True),
        "years": [
            drawn(measure, of(by_year, measure, "measure"), "Residual" if since_1982 else "")
            for measure in dict.fromkeys(row["measure"] for row in by_year)
        ],
        "states": compared("state", NAMED["state"], "Events per state since 1982", of(rows, "state"), since_1982),
        "makes": compared("make", NAMED["make"], "Aircraft per make, 1982 to March 2017", of(rows, "make"), since_1982),
        "aviation": [
            against(measure, of(flown, measure, "measure"), "Difference" if set(ERAS) <= set(whole) else "")
            for measure in dict.fromkeys(row["measure"] for row in flown)
        ],
        "carriers": beside(in_order(of(rows, "air carriers")), "US air carriers"),
    }
    return page.render("reconciliation/template.html", context, parts)


def of(rows: Sequence[Record], name: str, column: str = "series") -> list[Record]:
    """The rows of one series, or of one measure of it."""
    return [row for row in rows if row[column] == name]


def in_order(rows: Sequence[Record]) -> list[Record]:
    """By year, then by measure."""
    return sorted(rows, key=lambda row: (row["item"], row["measure"]))


def is_whole(row: Record) -> bool:
    """True where a database is here as a whole."""
    return row["ours"] is not None and WHOLE[0] <= row["ours"] / row["published"] <= WHOLE[1]


def headlines(eras: Sequence[Record]) -> list[Headline]:
    """The share of each database that is here."""
    return [
        Headline(
            formats.share(row["ours"] or 0, row["published"], 1),
            f"of the {row['measure']} {ERAS[row['item']]}",
            "figures",
        )
        for row in eras
    ]


def verdict(eras: Sequence[Record], whole: Sequence[str]) -> str:
    """In words whether residuals mean anything."""
    if not eras:
        return "Nothing is known of this release's size."
    parts = [row["item"] for row in eras if row["item"] not in whole]
    if not parts:
        return "All three databases are here as a whole: residuals mean something."
    shares = "; ".join(
        f"{ERAS[row['item']]}: {formats.count(row['ours'] or 0)} of {formats.count(row['published'])} {row['measure']}"
        for row in eras
        if row["item"] in parts
    )
    return f"This release is made of samples or of a part of NTSB's files ({shares}): residuals would say nothing."


def sources(rows: Sequence[Record]) -> list[str]:
    """Where the published figures are from."""
    return sorted({row["source"] for row in rows})


def compared(series: str, head: str, caption: str, rows: Sequence[Record], whole: bool) -> Table:
    """Published and ours; the residual only where the source is whole, else it would look like a finding."""
    cells = [
        (
            ERAS.get(row["item"], row["item"]) if series == "era" else row["item"],
            row["measure"],
            row["published"],
            row["ours"] or 0,
            formats.share(row["ours"] or 0, row["published"], 1),
            (row["ours"] or 0) - row["published"] if whole else "",
        )
        for row in rows
    ]
    return table(caption, (head, "Counted", "Published", "This release", "Share", "Residual"), cells)


def drawn(measure: str, rows: Sequence[Record], rest: str) -> Figure:
    """Published events and ours per year; `rest` names the residual, empty where there is none."""
    numbers = compared("year", NAMED["year"], f"Per year since 1982: {measure}", rows, bool(rest))
    summary = f"Per year: {measure}, as published and as this release counts them."
    return _over_years(f"years-{measure}", rows, rest, summary, numbers)


def against(measure: str, rows: Sequence[Record], rest: str) -> Figure:
    """The official series of general aviation and ours, which counts something near it."""
    numbers = beside(rows, f"US general aviation: {measure}")
    summary = (
        f"US general aviation, {measure}: the official series, and what this release counts as near to it as it can."
    )
    return _over_years(f"aviation-{measure}", rows, rest, summary, numbers)


def _over_years(name: str, rows: Sequence[Record], rest: str, summary: str, numbers: Table) -> Figure:
    ours = [row["ours"] for row in rows]
    published = [row["published"] for row in rows]
    seen = [int(row["item"]) for row in rows]
    return years.beside(name.replace(" ", "-"), seen, published, ours, rest, summary, numbers)


def beside(rows: Sequence[Record], caption: str) -> Table:
    """Figures that count something else: side by side, with no residual."""
    cells = [(row["item"], row["measure"], row["published"], formats.count(row["ours"])) for row in rows]
    return table(caption, ("Year", "Counted", "Published", "This release"), cells)
