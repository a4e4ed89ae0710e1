"""Which rows of 1962-1981 a row of the modern tables was made of, and by which lines of the era's derived.csv.

Its source_row is that of the first relation that the era's query needs. The row of the other half of the record, which
has the same RecNum, is looked up where the query reads that too.
"""

import csv
from collections.abc import Mapping
from typing import Any

from pipeline.eras import Era
from pipeline.postgres import Cursor
from pipeline.relations import contract, typedfile

HALF = """
select other.source_row from "{own}" as own inner join "{other}" as other using (source_file, recnum)
where own.source_file = %s and own.source_row = %s
order by other.source_row
"""
MERGED = (
    "select source_row from aircraft where ev_id = %s and source_file = %s and source_row <> %s order by source_row"
)


def lines(era: Era, table: str) -> list[dict[str, str]]:
    """Lines of derived.csv about a modern table: {source_table, source_column, target, rule}."""
    with (era.folder / "derived.csv").open(newline="") as file:
        return [line for line in csv.DictReader(file) if line["target"].startswith(f"{table}.")]


def source_table(era: Era, table: str) -> str:
    """The Access table, in NTSB's spelling, whose row numbers the rows of a published table bear."""
    spelled = {name: spelling for spelling, name in era.tables.items()}
    derived = {path.stem: path for path in typedfile.derived_files(era)}
    # What a query reads first gives the row; a helper of the era stands on the era's first table.
    first = contract.needs(derived[table])[0] if table in derived else table
    return spelled.get(first, next(iter(era.tables)))


def halves(cursor: Cursor, era: Era, table: str, source: str, number: int) -> list[tuple[str, int]]:
    """Rows of other tables, in NTSB's spelling, that the era's query has read for this one by their RecNum."""
    if table in era.tables.values():
        return []
    own, found = source_table(era, table), []
    spelled = {line["source_table"] for line in lines(era, table)} - {own}
    for other in sorted(spelled):
        # The file's list of codes has no RecNum: what was read there is said by the rule.
        if "recnum" in {column.name for column in contract.columns(cursor, era.tables[other])}:
            cursor.execute(HALF.format(own=era.tables[own], other=era.tables[other]), (source, number))
            found += [(other, int(half)) for (half,) in cursor.fetchall()]
    return found


def merged(cursor: Cursor, era: Era, table: str, row: Mapping[str, Any]) -> list[int]:
    """Numbers of the further rows that an event was made of: of a collision, each aircraft is a row of the file."""
    if table != "events" or table in era.tables.values():
        return []
    cursor.execute(MERGED, (row["ev_id"], row["source_file"], row["source_row"]))
    return [int(number) for (number,) in cursor.fetchall()]
