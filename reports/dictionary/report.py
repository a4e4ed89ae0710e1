"""Build the data dictionary: one table of columns per published table, view and mapping table, by schema and name."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from reports.dictionary.units import unit_of
from reports.shared import catalog, formats, page
from reports.shared.components import Headline
from reports.shared.data import PARQUET_FOLDER, Context, Eras, Inputs, Record, Records, StudyRecord
from reports.shared.eras import sort_eras, years_of

# {schema: heading}, in the order of the query.
TITLES = {
    "ntsb": "Tables (ntsb)",
    "mart": "Views (mart)",
    "code_mappings": "Codes and mappings (code_mappings)",
    "audit": "Reviewed corrections (audit)",
}
MAX_CODES = 40
# (name of a table, name of a column).
ColumnName = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """A row of the page. `filled`: (era, share of filled cells); `codes`: (code, meaning, number of cells).

    `readers`: what reads the column, as ('Views', names) and ('Features', names).
    """

    name: str
    type: str
    key: str
    meaning: str
    unit: str
    source_columns: str
    filled: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, str, str], ...]
    more_codes: int
    readers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Relation:
    """A table or view with its columns."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]

    @property
    def parquet(self) -> str:
        """Return the relative address of its Parquet file."""
        return f"{PARQUET_FOLDER}/{self.schema}/{self.name}.parquet"

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Return (file name, title) of the pages that read it."""
        return tuple((spec.file_name, spec.title) for spec in catalog.pages_reading(self.name))


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: columns, fill, codes, readers."""
    rows = inputs.records("columns")
    filled = filled_cells(inputs.records("fill"), context.eras)
    codes, readers = codes_of(inputs.records("codes")), readers_of(inputs.records("readers"), inputs.record)
    schemas = [
        (TITLES[schema], relations(list(group), filled, codes, readers))
        for schema, group in groupby(rows, key=schema_name)
    ]
    components = {
        "queries": inputs.queries,
        "headlines": headlines(rows),
        "schemas": schemas,
        "script": page.scripts("shared/load_data.js", "dictionary/dictionary.js"),
    }
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


def filled_cells(rows: Records, eras: Eras) -> dict[ColumnName, tuple[tuple[str, str], ...]]:
    """Return {column: ((years of an era, share of cells with a value), ...)}, oldest era first."""
    by_column: dict[ColumnName, dict[str, Record]] = defaultdict(dict)
    for row in rows:
        by_column[row["table_name"], row["column_name"]][row["era"] or ""] = row
    return {
        column: tuple((years_of(era, eras), fill_share(counts[era])) for era in sort_eras(counts, eras))
        for column, counts in by_column.items()
    }


def fill_share(row: Record) -> str:
    """Return the share of filled cells; 0 % and 100 % only if none or all are filled."""
    filled, total = row["filled"], row["total"]
    if not total:
        return "no rows"
    if filled in (0, total):
        return "100 %" if filled else "0 %"
    return f"{min(max(100 * filled / total, 0.1), 99.9):.1f} %"


def codes_of(rows: Records) -> dict[ColumnName, list[tuple[str, str, str]]]:
    """Return {column: [(code, meaning, number of cells)]}, most frequent code first."""
    codes: dict[ColumnName, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        entry = (row["code"], row["meaning"] or "not explained", formats.count(row["times"]))
        codes[row["table_name"], row["column_name"]].append(entry)
    return codes


def readers_of(views: Records, study: StudyRecord) -> dict[ColumnName, list[tuple[str, str]]]:
    """Return {column: [('Views', names), ('Features', names)]}: the views and the features that read it."""
    readers: dict[ColumnName, list[tuple[str, str]]] = defaultdict(list)
    for row in views:
        readers[row["table_name"], row["column_name"]].append(("Views", row["views"]))
    features: dict[str, list[str]] = defaultdict(list)
    for feature, columns in study.reads.items():
        for column in columns:
            features[column].append(feature)
    for name, names in features.items():
        table_name, _, column_name = name.partition(".")
        readers[table_name, column_name].append(("Features", ", ".join(names)))
    return readers


def relations(
    rows: Records,
    filled: Mapping[ColumnName, tuple[tuple[str, str], ...]],
    codes: Mapping[ColumnName, list[tuple[str, str, str]]],
    readers: Mapping[ColumnName, list[tuple[str, str]]],
) -> list[Relation]:
    """Return the tables or views of a schema with their columns."""
    result = []
    for name, group in groupby(rows, key=lambda row: str(row["table_name"])):
        records = list(group)
        columns = []
        for row in records:
            column = (name, row["column_name"])
            described = describe(row, filled.get(column, ()), codes.get(column, []))
            columns.append(replace(described, readers=tuple(readers.get(column, ()))))
        result.append(Relation(schema_name(records[0]), name, str(records[0]["table_comment"] or ""), tuple(columns)))
    return result


def describe(row: Record, filled: tuple[tuple[str, str], ...], codes: list[tuple[str, str, str]]) -> Column:
    """Return the row of the page for a column."""
    return Column(
        name=row["column_name"],
        type=row["column_type"],
        key=row["key"] or "",
        meaning=row["meaning"] or "",
        unit=unit_of(row["meaning"], row["column_type"]),
        source_columns=row["source_columns"] or "",
        filled=filled,
        codes=tuple(codes[:MAX_CODES]),
        more_codes=max(len(codes) - MAX_CODES, 0),
    )
