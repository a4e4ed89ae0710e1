"""Build the data dictionary: one table of columns per published table, sorted by table name."""

from itertools import groupby

from reports.shared import formats, page
from reports.shared.components import Headline, Table, table
from reports.shared.data import Context, Inputs, Records

COLUMNS = {
    "column_name": "Column",
    "column_type": "Type",
    "key": "Key",
    "meaning": "Meaning",
    "source_columns": "Source columns",
}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Query: columns."""
    rows = inputs.records("columns")
    components = {"queries": inputs.queries, "headlines": headlines(rows), "tables": tables_of_columns(rows)}
    return page.render("dictionary/template.html", context, components)


def headlines(rows: Records) -> list[Headline]:
    """Return the numbers of tables, columns, and columns with a description."""
    table_names = {row["table_name"] for row in rows}
    described = sum(bool(row["meaning"]) for row in rows)
    return [
        Headline(formats.count(len(table_names)), "published tables", "columns"),
        Headline(formats.count(len(rows)), "columns", "columns"),
        Headline(formats.count(described), "columns with a description by NTSB or by this project", "columns"),
    ]


def tables_of_columns(rows: Records) -> list[tuple[str, str, Table]]:
    """Return (table name, comment, table of its columns) for each published table."""
    tables = []
    for name, group in groupby(rows, key=lambda row: str(row["table_name"])):
        columns = list(group)
        cells = [tuple(row[key] or "" for key in COLUMNS) for row in columns]
        comment = str(columns[0]["table_comment"] or "")
        tables.append((name, comment, table(f"Columns of {name}", tuple(COLUMNS.values()), cells)))
    return tables
