"""Tables that the harmonization and the quality pages share: mapping of codes by field and era."""

from collections.abc import Iterable

from reports.shared import formats
from reports.shared.components import Table, table
from reports.shared.data import Eras, Record, Records

# How a coded value was mapped to a harmonized code, from the best match to none.
BASES = {
    "exact": "Exact match",
    "close": "Close match",
    "none": "No equivalent",
    "unmapped": "Unmapped code",
    "missing": "No code",
}


def years_of(name: str, eras: Eras) -> str:
    """Return the years of an era by its name, such as '1982-2007'; the name itself if there is no such era."""
    return next((era.years for era in eras if era.name == name), name)


def with_years(records: Records, eras: Eras, column: str = "era") -> list[Record]:
    """Return the records with the years of the eras that a column names, in place of the names."""
    return [record | {column: years_of(record[column], eras)} for record in records]


def sort_eras(names: Iterable[str], eras: Eras) -> list[str]:
    """Return the distinct names of eras, oldest first, then unknown names in alphabetical order."""
    known, distinct = [era.name for era in eras], set(names)
    return [name for name in known if name in distinct] + sorted(distinct - set(known))


def fields_and_eras(rows: Records, eras: Eras) -> list[tuple[str, str]]:
    """Return (field, era) that occur in the rows: fields in order of the rows, then eras from oldest to newest."""
    fields = dict.fromkeys(row["field"] for row in rows)
    return [
        (field, era)
        for field in fields
        for era in sort_eras((row["era"] for row in rows if row["field"] == field), eras)
    ]


def counts_by_basis(rows: Records, field: str, era: str) -> list[int]:
    """Return the number of values of a field in an era for each basis, in order of BASES."""
    times = {row["basis"]: row["times"] for row in rows if (row["field"], row["era"]) == (field, era)}
    return [times.get(basis, 0) for basis in BASES]


def coverage_table(rows: Records, eras: Eras, min_count: int) -> Table:
    """Return a table of the number of values by basis and the share that is harmonized, per field and era."""
    cells = []
    for field, era in fields_and_eras(rows, eras):
        counts = counts_by_basis(rows, field, era)
        unknown = sum(row["times_unknown"] for row in rows if (row["field"], row["era"]) == (field, era))
        mapped = formats.share(counts[0] + counts[1], sum(counts), min_count)
        cells.append((field, years_of(era, eras), *counts, unknown, mapped))
    heads = ("Field", "Era", *BASES.values(), "Coded as unknown (UNK)", "Mapped")
    return table("Mapping of the values of each field, by era", heads, cells)


def code_usage_table(rows: Records, years: str, min_count: int) -> Table:
    """Return a table of the number of codes in use, and of those with a known meaning, per field in `years`."""
    cells = [
        (
            *(row[name] for name in ("relation", "field", "codes", "codes_explained", "codes_by_supplement", "uses")),
            formats.share(row["uses_explained"], row["uses"], min_count),
            shorten_list(row["unexplained"]),
        )
        for row in rows
    ]
    counts = ("Codes in use", "Explained", "By supplement", "Uses", "Uses explained", "Unexplained codes")
    return table(f"Codes in use, {years}", ("Table", "Field", *counts), cells)


def shorten_list(text: str | None, limit: int = 12) -> str:
    """Return the first `limit` items of a comma-separated list, and the number of the others."""
    items = text.split(", ") if text else []
    return ", ".join(items[:limit]) + (f" and {len(items) - limit:,} more" if len(items) > limit else "")
