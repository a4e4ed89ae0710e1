"""Declared differences between the Enterprise API and the Access files, from `<era>/differences.csv`."""

import csv
from dataclasses import dataclass

from pipeline.sources import Era


@dataclass(frozen=True)
class Difference:
    """A declared difference; `*` means every table, or for whole rows.

    `condition` is an SQL expression over the rows a of the Access file and b of the API.
    """

    table: str
    column: str
    condition: str
    reason: str


def declared_differences(era: Era) -> list[Difference]:
    """Return the lines of the file, in order."""
    with (era.folder / "differences.csv").open(newline="", encoding="utf-8") as file:
        return [
            Difference(line["table_name"], line["column_name"], line["condition"] or "true", line["reason"])
            for line in csv.DictReader(file)
        ]
