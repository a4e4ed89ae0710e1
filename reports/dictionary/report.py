"""Build the data dictionary: one table per published table, in order of name."""

from collections.abc import Sequence
from itertools import groupby

from reports.shared import formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Inputs, Record

KEYS = ("column_name", "column_type", "key", "meaning", "source_columns")
HEADS = ("Column", "Type", "Key", "Meaning", "Read from")


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Query: columns."""
    rows = inputs.records("columns")
    tables = by_table(rows)
    parts = {"queries": inputs.queries, "headlines": headlines(rows), "tables": tables}
    return page.render("dictionary/template.html", context, parts)


def headlines(rows: Sequence[Record]) -> list[Headline]:
    """How much there is, and how much of it NTSB explains."""
    names = {row["table_name"] for row in rows}
    explained = sum(bool(row["meaning"]) for row in rows)
    return [
        Headline(formats.count(len(names)), "published tables", "columns"),
        Headline(formats.count(len(rows)), "columns", "columns"),
        Headline(formats.count(explained), "of them with a meaning in NTSB's or our words", "columns"),
    ]


def by_table(rows: Sequence[Record]) -> list[tuple[str, str, Table]]:
    """(name, comment, columns) of each table."""
    found = []
    for name, members in groupby(rows, key=lambda row: str(row["table_name"])):
        columns = list(members)
        caption = f"Columns of {name}"
        cells = [tuple(row[key] or "" for key in KEYS) for row in columns]
        found.append((name, str(columns[0]["table_comment"] or ""), table(caption, HEADS, cells)))
    return found
