"""Build the page on the common language: coverage per field and era, codes, names, and flags that nobody set."""

from collections.abc import Sequence
from typing import Any

from reports import formats, page
from reports.data import Context, Inputs, Record
from reports.parts import Headline, Table, table

ERAS = {"pre1982": "1962-1981", "pre2008": "1982-2007", "avall": "since 2008"}
BASES = {
    "exact": "Exact",
    "close": "Close",
    "none": "No counterpart",
    "unmapped": "Code in no list",
    "missing": "No code",
}


def build(inputs: Inputs, context: Context) -> str:
    """The page's HTML. Queries: coverage, answers, codes, names, unsaid."""
    rows = inputs.records("coverage")
    found = inputs.records("answers")
    parts: dict[str, Any] = {
        "queries": inputs.queries,
        "headlines": headlines(rows, inputs.records("codes")),
        "coverage": coverage(rows, context.smallest_cell),
        "answers": [(field, answers(field, found)) for field in dict.fromkeys(row["field"] for row in found)],
        "codes": codes(inputs.records("codes"), context.smallest_cell),
        "names": names(inputs.records("names"), context.smallest_cell),
        "unsaid": unsaid(inputs.records("unsaid")),
    }
    return page.render("language/template.html", context, parts)


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


def by_era(rows: Sequence[Record]) -> list[str]:
    """The eras that occur, oldest first."""
    seen = {row["era"] for row in rows}
    return [era for era in ERAS if era in seen] + sorted(seen - set(ERAS))


def coverage(rows: Sequence[Record], smallest: int) -> Table:
    """Per field and era: what each value rests on, and the share that has a value."""
    times = {(row["field"], row["era"], row["basis"]): row["times"] for row in rows}
    unknown: dict[tuple[str, str], int] = {}
    for row in rows:
        place = (row["field"], row["era"])
        unknown[place] = unknown.get(place, 0) + row["stated_unknown"]
    cells = []
    for field in dict.fromkeys(row["field"] for row in rows):
        for era in by_era([row for row in rows if row["field"] == field]):
            numbers = [times.get((field, era, basis), 0) for basis in BASES]
            share = formats.share(numbers[0] + numbers[1], sum(numbers), smallest)
            cells.append((field, ERAS.get(era, era), *numbers, unknown[field, era], share))
    heads = ("Field", "Era", *BASES.values(), "Stated as unknown", "With a value")
    return table("What the values of each field rest on, by era", heads, cells)


def answers(field: str, rows: Sequence[Record]) -> Table:
    """The values of one field, one column per era."""
    mine = [row for row in rows if row["field"] == field]
    eras = by_era(mine)
    times = {(row["value"], row["era"]): row["times"] for row in mine}
    values = list(dict.fromkeys(row["value"] for row in mine))
    cells = [(value or "no value", *(times.get((value, era), 0) for era in eras)) for value in values]
    return table(f"{field}: values by era", ("Value", *(ERAS.get(era, era) for era in eras)), cells)


def codes(rows: Sequence[Record], smallest: int) -> Table:
    """Fields of 1962-1981: how many of their codes are explained."""
    cells = [
        (
            *(row[name] for name in ("field", "codes", "codes_explained", "codes_by_supplement", "uses")),
            formats.share(row["uses_explained"], row["uses"], smallest),
            shortened(row["unexplained"]),
        )
        for row in rows
    ]
    heads = ("Field", "Codes in use", "Explained", "By a supplement", "Uses", "Uses explained", "Explained nowhere")
    return table("Codes of 1962-1981 in use", heads, cells)


def shortened(listed: str | None, most: int = 12) -> str:
    """The first codes of a list, and how many more there are."""
    found = listed.split(", ") if listed else []
    return ", ".join(found[:most]) + (f" and {len(found) - most:,} more" if len(found) > most else "")


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


def unsaid(rows: Sequence[Record]) -> Table:
    """Yes-or-no columns that Access sets to no."""
    columns = ("table_name", "column_name", "era", "times_yes", "times_no_or_not_said", "times_missing")
    cells = [(*(row[name] for name in columns), "yes" if row["is_told"] else "no") for row in rows]
    heads = ("Table", "Column", "Era", "Yes", "No, or not said", "Missing", "Told at all")
    return table("Columns that are no unless somebody says yes", heads, cells)
