"""Corrections: impossible values are set to NULL in cast tables once a flag records them; the raw text is kept.

A correction is a statement in sql/corrections/<flag>.sql, named after the flag that marks what it empties. Its header
`-- corrects: events.ev_date, events.ev_dow: <reason>` lists the columns that it sets to NULL.
"""

from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse import sql_file

FOLDER = SQL / "corrections"


def files() -> list[Path]:
    """Return the SQL files of all corrections, in the order in which they are applied."""
    return sorted(FOLDER.glob("*.sql"))


def corrected_columns(path: Path) -> tuple[str, ...]:
    """Return the columns `<table>.<column>` that a correction sets to NULL.

    Raises ValueError if its header is malformed.
    """
    pattern = r"(\w+\.\w+(?:, \w+\.\w+)*): \S.*"
    match = sql_file.match_header(path, "corrects", pattern, "<table>.<column>, ...: <reason>")
    return sql_file.split_names(match[1])


def corrections_of(name: str) -> list[str]:
    """Return the names of the corrections that set the column `<table>.<column>` to NULL; empty if there are none."""
    return [path.stem for path in files() if name in corrected_columns(path)]


def apply_corrections(cursor: Cursor) -> None:
    """Apply every correction whose tables this source has."""
    query = "select bool_and(to_regclass(name) is not null) from unnest(%s) as name"
    for path in files():
        if fetch_value(cursor, query, list(sql_file.needs(path))):
            cursor.execute(path.read_text(encoding="utf-8"))
