"""Build the harmonization page: mapping of codes by field and era, values by year, names, and implicit no values."""

from collections import Counter
from typing import Any

from reports.shared import charts, formats, page
from reports.shared.components import Chart, Headline, Table, record_table, table
from reports.shared.data import Context, Eras, Inputs, Records
from reports.shared.eras import (
    BASES,
    code_usage_table,
    counts_by_basis,
    coverage_table,
    fields_and_eras,
    sort_eras,
    with_years,
    years_of,
)
from reports.shared.years import yearly_shares

# Values of a field that are drawn in a color of their own; the others are drawn together.
MAX_SERIES = 4
OTHER_VALUES, NO_VALUE = "all others", "missing or unknown"
UNKNOWN_CODE = "UNK"
IMPLICIT_NO = (
    "Yes/no columns that default to no",
    ("Table", "Column", "Era", "Yes", "No or not entered", "Missing", "Has any yes"),
    ("table_name", "column_name", "era", "times_yes", "times_no_or_missing", "times_missing", "has_explicit_yes"),
    (),
)
HOMEBUILT = {"Y": "yes", "N": "no", "UNKNOWN": "not recorded"}
BASIS_COLORS = (charts.BLUE, charts.PALE, charts.AMBER, charts.BRICK, charts.GREY)


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: coverage, answers, yearly, codes, names, families, implicit_no."""
    coverage, codes = inputs.records("coverage"), inputs.records("codes")
    values, yearly = inputs.records("answers"), inputs.records("yearly")
    eras, min_count = context.eras, context.min_cell_count
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(coverage, codes, eras[0].years),
        "coverage": coverage_chart(coverage, eras, min_count),
        "fields": [
            (field, field_by_year(field, yearly, eras, min_count), field_by_era(field, values, eras))
            for field in dict.fromkeys(row["field"] for row in values)
        ],
        "codes": code_usage_table(codes, eras[0].years, min_count),
        "names": names_table(inputs.records("names"), eras, min_count),
        "families": families_table(inputs.records("families"), eras, min_count),
        "implicit_no": record_table(*IMPLICIT_NO, with_years(inputs.records("implicit_no"), eras)),
    }
    return page.render("harmonization/template.html", context, components)


def headlines(coverage: Records, codes: Records, years: str) -> list[Headline]:
    """Return the numbers of coded values, of values with a harmonized code, and of unexplained codes in `years`."""
    coded = sum(row["times"] for row in coverage if row["basis"] != "missing")
    mapped = sum(row["times"] for row in coverage if row["basis"] in ("exact", "close"))
    unexplained = sum(row["codes"] - row["codes_explained"] for row in codes)
    return [
        Headline(formats.count(coded), "coded values in all databases", "coverage"),
        Headline(formats.count(mapped), "coded values with a harmonized code", "coverage"),
        Headline(formats.count(unexplained), f"unexplained codes in use, {years}", "codes"),
    ]


def coverage_chart(rows: Records, eras: Eras, min_count: int) -> Chart:
    """Return a chart of the share of values by quality of their mapping, per field and era."""
    labels, shares = [], []
    for field, era in fields_and_eras(rows, eras):
        counts = counts_by_basis(rows, field, era)
        labels.append(f"{field}, {years_of(era, eras)}")
        shares.append([formats.percent(count, sum(counts), min_count) for count in counts])
    series = {label: [row[position] for row in shares] for position, label in enumerate(BASES.values())}
    summary = "Values of each field and era by quality of the mapping to harmonized codes, as a share of all values."
    numbers = coverage_table(rows, eras, min_count)
    return charts.bar_chart("coverage", labels, series, summary, numbers, colors=BASIS_COLORS, unit=" %")


def field_by_year(field: str, rows: Records, eras: Eras, min_count: int) -> Chart:
    """Return a chart of a field's values as shares of each year; years with too few values are in its table only."""
    dated = [row for row in rows if row["field"] == field and row["ev_year"] is not None]
    labels = value_labels(dated)
    times: Counter[tuple[int, str]] = Counter()
    for row in dated:
        times[row["ev_year"], labels.get(row["value"], NO_VALUE)] += row["times"]
    names = [*dict.fromkeys(labels.values()), NO_VALUE]
    counts = {year: [times[year, name] for name in names] for year in sorted({row["ev_year"] for row in dated})}
    shares = {
        year: [formats.percent(count, sum(row), min_count) for count in row]
        for year, row in counts.items()
        if sum(row) >= max(min_count, 1)
    }
    series = {name: [row[position] for row in shares.values()] for position, name in enumerate(names)}
    summary = f"Values of {field} as shares of each year. A step at a dotted line may reflect different coding only."
    numbers = table(f"{field}: values by year", ("Year", *names), [(str(year), *row) for year, row in counts.items()])
    return yearly_shares(f"trend-{field}", list(shares), series, summary, numbers, eras)


def value_labels(rows: Records) -> dict[str, str]:
    """Return {value: label of its series}: the most frequent values label themselves, the others share one label."""
    totals: Counter[str] = Counter()
    for row in rows:
        if row["value"] not in (None, UNKNOWN_CODE):
            totals[row["value"]] += row["times"]
    ranked = sorted(totals, key=lambda value: (-totals[value], value))
    return {value: value if rank < MAX_SERIES else OTHER_VALUES for rank, value in enumerate(ranked)}


def field_by_era(field: str, rows: Records, eras: Eras) -> Table:
    """Return a table of how often each value of a field occurs, with one column per era."""
    of_field = [row for row in rows if row["field"] == field]
    names = sort_eras((row["era"] for row in of_field), eras)
    times = {(row["value"], row["era"]): row["times"] for row in of_field}
    values = list(dict.fromkeys(row["value"] for row in of_field))
    cells = [(value or "no value", *(times.get((value, era), 0) for era in names)) for value in values]
    return table(f"{field}: values by era", ("Value", *(years_of(era, eras) for era in names)), cells)


def names_table(rows: Records, eras: Eras, min_count: int) -> Table:
    """Return a table of makes and models by match with the reference lists, with shares of the recorded names."""
    cells = []
    order = sort_eras((row["era"] for row in rows), eras)
    for row in sorted(rows, key=lambda row: order.index(row["era"])):
        for kind in ("make", "model"):
            counts = [row[f"{kind}_{basis}"] for basis in ("exact", "alias", "none", "missing")]
            matched = formats.share(counts[0] + counts[1], sum(counts[:3]), min_count)
            cells.append((years_of(row["era"], eras), kind, *counts, matched))
    heads = ("Era", "Name", "Exact match", "Alternative spelling", "No match", "Missing", "Share matched")
    return table("Makes and models matched with the reference lists", heads, cells)


def families_table(rows: Records, eras: Eras, min_count: int) -> Table:
    """Return a table of aircraft with a family and a class, by era and homebuilt, with the share that has a class."""
    cells = []
    order = sort_eras((row["era"] for row in rows), eras)
    for row in sorted(rows, key=lambda row: order.index(row["era"])):
        names = ("aircraft", "with_name", "with_family", "class_by_rule", "class_by_characteristics", "without_class")
        counts = [row[name] for name in (*names, "ambiguous", "conflicting")]
        share = formats.share(row["class_by_rule"] + row["class_by_characteristics"], row["aircraft"], min_count)
        cells.append((years_of(row["era"], eras), HOMEBUILT[row["homebuilt"]], *counts, share))
    heads = ("Era", "Homebuilt", "Aircraft", "With make and model", "With a family", "Class by make and model")
    more = ("Class by engines", "Without a class", "Ambiguous", "Contradicted by the record", "Share with a class")
    return table("Aircraft in the United States with a family and a class", (*heads, *more), cells)
