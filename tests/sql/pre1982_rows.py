"""Helpers that run the queries of 1962-1981 on small text tables."""

from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import connection as Connection
from tables import load

from pipeline.sources import era_of

ERA = era_of("PRE1982")
# Parents first, otherwise by name.
DERIVED = (
    *("events", "aircraft", "flight_crew", "dt_flight_crew", "engines", "flight_time", "injury", "narratives"),
    *("pre1982_causes", "pre1982_occurrences", "pre1982_seq_of_events"),
)
CODES = """
| name             | code | meang                   |
| LOCAT_STATE_TERR | 13   | Illinois                |
| LOCAT_STATE_TERR | 32   | NEW YORK                |
| LOCAT_STATE_TERR | 61   | Puerto Rico             |
| LOCAT_STATE_TERR | 64   | Other US Territory      |
| LOCAT_STATE_TERR | 72   | Mexico                  |
| ACC_INC_CLASS    | A    | Accident, US registered |
| ACC_INC_CLASS    | C    | Incident, US registered |
| ACFT_ADAMG       | **   | Aircraft damage         |
| LIGHT_COND       | A    | Dawn                    |
| LIGHT_COND       | B    | Daylight                |
| TYPE_WEATHR      | A    | VFR                     |
| TYPE_WEATHR      | B    | IFR                     |
| TYPE_CRAFT       | A    | Fixed-wing              |
| PILOT_INVOLED    | A    | Pilot in command        |
"""


def derive(database: Connection, first: str, codes: str = CODES, update: str = "") -> None:
    """Loads rows of tblFirstHalf and ct_Pre1982, and fills the derived tables with the queries of the era."""
    load(database, "ct_pre1982", codes)
    if first:
        load(database, "tblfirsthalf", first)
    with database.cursor() as cursor:
        if update:
            cursor.execute(f"update tblfirsthalf set {update}")
        for path in sorted(ERA.folder.glob("_*.sql")):
            cursor.execute(path.read_text())
        for table in DERIVED:
            query = (ERA.folder / f"{table}.sql").read_text()
            names = ", ".join(columns(database, query))
            cursor.execute(
                f"insert into {table} ({names}, era, source_file) select *, 'pre1982', 'PRE1982' from ({query}) as q"
            )


def columns(database: Connection, query: str) -> list[str]:
    """Column names of a query."""
    with database.cursor() as cursor:
        cursor.execute(f"select * from ({query}) as q limit 0")
        return [column.name for column in cursor.description or ()]


def records(header: str, *lines: Sequence[Any]) -> str:
    """Text table of tblFirstHalf from rows of values."""
    body = "\n".join("| " + " | ".join("" if value is None else str(value) for value in line) + " |" for line in lines)
    return f"| {' | '.join(header.split())} |\n{body}"
