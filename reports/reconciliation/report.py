"""Build the reconciliation page: this release's counts beside figures that were published elsewhere."""

from collections.abc import Sequence
from typing import Any

from reports import formats, page
from reports.data import Context, Inputs, Record
from reports.parts import Headline, Table, table

# A database counts as whole within these shares of its published size: files grow and shrink by some events a month.
WHOLE = (0.97, 1.05)
ERAS = {"pre1982": "1962-1981 (PRE1982)", "pre2008": "1982-2007 (Pre2008)", "avall": "since 2008 (avall)"}
NAMED = {"year": "Year", "state": "State", "make": "Make as written"}


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Query: figures."""
    rows = inputs.records("figures")
    eras = of(rows, "era")
    whole = [row["item"] for row in eras if is_whole(row)]
    years = in_order(of(rows, "year"))
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(eras),
        "verdict": verdict(eras, whole),
        "is_whole": {"pre2008", "avall"} <= set(whole),
        "sources": sources(rows),
        "eras": compared("era", "Database", "Rows of each database", eras, whole=True),
        "years": compared("year", NAMED["year"], "Events per year since 1982", years, whole="avall" in whole),
        "states": compared("state", NAMED["state"], "Events per state since 1982", of(rows, "state"), "avall" in whole),
        "makes": compared(
            "make", NAMED["make"], "Aircraft per make, 1982 to March 2017", of(rows, "make"), "avall" in whole
        ),
        "aviation": beside(in_order(of(rows, "general aviation")), "US general aviation"),
        "carriers": beside(in_order(of(rows, "air carriers")), "US air carriers"),
    }
    return page.render("reconciliation/template.html", context, parts)


def of(rows: Sequence[Record], series: str) -> list[Record]:
    """The rows of one series."""
    return [row for row in rows if row["series"] == series]


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


def beside(rows: Sequence[Record], caption: str) -> Table:
    """Figures that count something else: side by side, with no residual."""
    cells = [(row["item"], row["measure"], row["published"], formats.count(row["ours"])) for row in rows]
    return table(caption, ("Year", "Counted", "Published", "This release"), cells)
