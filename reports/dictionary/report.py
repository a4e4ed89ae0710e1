"""Build the data dictionary: one table of columns per published table, view and mapping table, by schema and name."""

from collections.abc import Mapping
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

# {schema: heading}, in the order of the query.
TITLES = {"ntsb": "Tables (ntsb)", "mart": "Views (mart)", "code_mappings": "Codes and mappings (code_mappings)"}


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Query: columns."""
    rows = inputs.records("columns")
    schemas = [(TITLES[schema], tables_of_columns(list(group))) for schema, group in groupby(rows, key=schema_name)]
    components = {"queries": inputs.queries, "headlines": headlines(rows), "schemas": schemas}
    return page.render("dictionary/template.html", context, components)


def schema_name(row: Mapping[str, object]) -> str:
    """Return the schema of a row of the query columns."""
    return str(row["schema_name"])


def headlines(rows: Records) -> list[Headline]:
    """Return the numbers of tables, other relations, columns, and columns with a description."""
    tables = {row["table_name"] for row in rows if schema_name(row) == "ntsb"}
    others = {(schema_name(row), row["table_name"]) for row in rows if schema_name(row) != "ntsb"}
    described = sum(bool(row["meaning"]) for row in rows)
    return [
        Headline(formats.count(len(tables)), "published tables", "columns"),
        Headline(formats.count(len(others)), "views and mapping tables", "columns"),
        Headline(formats.count(len(rows)), "columns", "columns"),
        Headline(formats.count(described), "columns with a description", "columns"),
    ]


def tables_of_columns(rows: Records) -> list[tuple[str, str, Table]]:
    """Return (name, comment, table of its columns) for each table or view."""
    tables = []
    for name, group in groupby(rows, key=lambda row: str(row["table_name"])):
        columns = list(group)
        cells = [tuple(row[key] or "" for key in COLUMNS) for row in columns]
        comment = str(columns[0]["table_comment"] or "")
        tables.append((name, comment, table(f"Columns of {name}", tuple(COLUMNS.values()), cells)))
    return tables
