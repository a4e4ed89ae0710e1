"""Build the page on the common language: coverage per field and era, codes, names, and flags that nobody set."""

from collections.abc import Sequence
from typing import Any

from reports.shared import charts, eras, formats, page
from reports.shared.components import Figure, Headline, Table, table
from reports.shared.data import Context, Inputs, Record
from reports.shared.eras import BASES, ERAS, by_era, places, resting
from reports.shared.years import shares

# Values that get a colour of their own; all others are drawn as one.
SHOWN = 4
OTHERS, SILENT = "all others", "no value, or stated as unknown"


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Queries: coverage, answers, yearly, codes, names, unsaid."""
    rows = inputs.records("coverage")
    found, by_year = inputs.records("answers"), inputs.records("yearly")
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(rows, inputs.records("codes")),
        "coverage": coverage(rows, context.min_cell_count),
        "answers": [
            (field, trend(field, by_year, context.min_cell_count), answers(field, found))
            for field in dict.fromkeys(row["field"] for row in found)
        ],
        "codes": eras.codes(inputs.records("codes"), context.min_cell_count),
        "names": names(inputs.records("names"), context.min_cell_count),
        "implicit_no": implicit_no(inputs.records("implicit_no")),
    }
    return page.render("harmonization/template.html", context, parts)


def headlines(rows: Sequence[Record], fields: Sequence[Record]) -> list[Headline]:
    """How many values, how many of them mapped, and how many codes of 1962-1981 nobody explains."""
    coded = sum(row["times"] for row in rows if row["basis"] != "missing")
    mapped = sum(row["times"] for row in rows if row["basis"] in ("exact", "close"))
    unexplained = sum(row["codes"] - row["codes_explained"] for row in fields)
    return [
        Headline(formats.count(coded), "coded values in all eras", "coverage"),
        Headline(formats.count(mapped), "of them said in the common language", "coverage"),
        Headline(formats.count(unexplained), "codes of 1962-1981 in use that nobody explains", "codes"),
    ]


def coverage(rows: Sequence[Record], smallest: int) -> Figure:
    """Per field and era: shares of what each value rests on."""
    names, cells = [], []
    for field, era in places(rows):
        numbers = resting(rows, (field, era))
        names.append(f"{field}, {ERAS.get(era, era)}")
        cells.append([formats.percent(number, sum(numbers), smallest) for number in numbers])
    series = {words: [row[at] for row in cells] for at, words in enumerate(BASES.values())}
    colours = (charts.BLUE, charts.PALE, charts.AMBER, charts.BRICK, charts.GREY)
    summary = "Of all values of a field in an era, how many rest on a code that means it exactly, nearly, not at all."
    return charts.bars("coverage", names, series, summary, eras.coverage(rows, smallest), colours=colours, unit=" %")


def trend(field: str, rows: Sequence[Record], smallest: int) -> Figure:
    """The values of one field year by year, as shares of the year."""
    mine = [row for row in rows if row["field"] == field and row["ev_year"] is not None]
    sums: dict[str, int] = {}
    for row in mine:
        sums[row["value"]] = sums.get(row["value"], 0) + row["times"]
    named = sorted((value for value in sums if value not in (None, "UNK")), key=lambda value: (-sums[value], value))
    place = {value: value for value in named[:SHOWN]} | {value: OTHERS for value in named[SHOWN:]}
    years = sorted({row["ev_year"] for row in mine})
    times: dict[tuple[int, str], int] = {}
    for row in mine:
        key = row["ev_year"], place.get(row["value"], SILENT)
        times[key] = times.get(key, 0) + row["times"]
    labels = [*dict.fromkeys(place.values()), SILENT]
    numbers = [[times.get((year, label), 0) for label in labels] for year in years]
    cells = [(str(year), *row) for year, row in zip(years, numbers, strict=True)]
    parts = [[formats.percent(number, sum(row), smallest) for number in row] for row in numbers]
    drawn = [(year, row) for year, row in zip(years, parts, strict=True) if None not in row]
    series = {label: [row[at] for _, row in drawn] for at, label in enumerate(labels)}
    summary = f"Values of {field} as shares of each year. A step at a dotted line can come from the coding alone."
    return shares(
        f"trend-{field}",
        [year for year, _ in drawn],
        series,
        summary,
        table(f"{field}: values by year", ("Year", *labels), cells),
    )


def answers(field: str, rows: Sequence[Record]) -> Table:
    """The values of one field, one column per era."""
    mine = [row for row in rows if row["field"] == field]
    heads = by_era(mine)
    times = {(row["value"], row["era"]): row["times"] for row in mine}
    values = list(dict.fromkeys(row["value"] for row in mine))
    cells = [(value or "no value", *(times.get((value, era), 0) for era in heads)) for value in values]
    return table(f"{field}: values by era", ("Value", *(ERAS.get(era, era) for era in heads)), cells)


def names(rows: Sequence[Record], smallest: int) -> Table:
    """Makes and models found in the lists, by era; shares are of the aircraft whose make or model is written."""
    cells = []
    for row in rows:
        for kind in ("make", "model"):
            numbers = [row[f"{kind}_{basis}"] for basis in ("exact", "alias", "none", "missing")]
            share = formats.share(numbers[0] + numbers[1], sum(numbers[:3]), smallest)
            cells.append((ERAS.get(row["era"], row["era"]), kind, *numbers, share))
    heads = ("Era", "Name", "As in the list", "Another way to write it", "Not in the list", "Not written", "Found")
    return table("Names of makes and models", heads, cells)


def implicit_no(rows: Sequence[Record]) -> Table:
    """Yes-or-no columns that Access sets to no."""
    columns = ("table_name", "column_name", "era", "times_yes", "times_no_or_missing", "times_missing")
    cells = [(*(row[name] for name in columns), "yes" if row["has_explicit_yes"] else "no") for row in rows]
    heads = ("Table", "Column", "Era", "Yes", "No, or not said", "Missing", "Told at all")
    return table("Columns that are no unless somebody says yes", heads, cells)
