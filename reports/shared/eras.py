"""What the pages on language and on quality share: eras by name, and tables of how much is said in one language."""

from collections.abc import Sequence

from reports.shared import formats
from reports.shared.components import Table, table
from reports.shared.data import Record

ERAS = {"pre1982": "1962-1981", "pre2008": "1982-2007", "avall": "since 2008"}
BASES = {
    "exact": "Exact",
    "close": "Close",
    "none": "No counterpart",
    "unmapped": "Code in no list",
    "missing": "No code",
}


def by_era(rows: Sequence[Record]) -> list[str]:
    """The eras that occur, oldest first."""
    seen = {row["era"] for row in rows}
    return [era for era in ERAS if era in seen] + sorted(seen - set(ERAS))


def places(rows: Sequence[Record]) -> list[tuple[str, str]]:
    """(field, era) that occur, by field as the rows are, then oldest first."""
    fields = dict.fromkeys(row["field"] for row in rows)
    return [(field, era) for field in fields for era in by_era([row for row in rows if row["field"] == field])]


def resting(rows: Sequence[Record], place: tuple[str, str]) -> list[int]:
    """How often values of one field and era rest on each basis, in order of BASES."""
    times = {row["basis"]: row["times"] for row in rows if (row["field"], row["era"]) == place}
    return [times.get(basis, 0) for basis in BASES]


def coverage(rows: Sequence[Record], smallest: int) -> Table:
    """Per field and era: what each value rests on, and the share that has a value."""
    cells = []
    for field, era in places(rows):
        numbers = resting(rows, (field, era))
        unknown = sum(row["times_unknown"] for row in rows if (row["field"], row["era"]) == (field, era))
        share = formats.share(numbers[0] + numbers[1], sum(numbers), smallest)
        cells.append((field, ERAS.get(era, era), *numbers, unknown, share))
    heads = ("Field", "Era", *BASES.values(), "Stated as unknown", "With a value")
    return table("What the values of each field rest on, by era", heads, cells)


def codes(rows: Sequence[Record], smallest: int) -> Table:
    """Fields of the tables of 1962-1981: how many of their codes are explained."""
    cells = [
        (
            *(row[name] for name in ("relation", "field", "codes", "codes_explained", "codes_by_supplement", "uses")),
            formats.share(row["uses_explained"], row["uses"], smallest),
            shortened(row["unexplained"]),
        )
        for row in rows
    ]
    counts = ("Codes in use", "Explained", "By a supplement", "Uses", "Uses explained", "Explained nowhere")
    return table("Codes of 1962-1981 in use", ("Table", "Field", *counts), cells)


def shortened(listed: str | None, most: int = 12) -> str:
    """The first codes of a list, and how many more there are."""
    found = listed.split(", ") if listed else []
    return ", ".join(found[:most]) + (f" and {len(found) - most:,} more" if len(found) > most else "")
