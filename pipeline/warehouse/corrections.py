"""Corrections: impossible values are taken out of typed columns, once flags accuse them; the raw text stays.

One is a statement in sql/corrections/<flag>.sql, named as the flag that accuses what it takes out. Line 1
`-- needs: events, flag`, as everywhere. Line 2 `-- corrects: events.ev_date, events.ev_dow: <reason>`: the columns of
the contract that it empties.
"""

import re
from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import sql_file

FOLDER = SQL / "corrections"


def files() -> list[Path]:
    """Every correction, in the order in which they are made."""
    return sorted(FOLDER.glob("*.sql"))


def corrected_columns(path: Path) -> tuple[str, ...]:
    """Columns `<table>.<column>` that a correction empties. Raises ValueError where line 2 is not as above."""
    found = re.match(r"-- corrects: (\w+\.\w+(?:, \w+\.\w+)*): \S", path.read_text().splitlines()[1])
    if not found:
        raise ValueError(f"{path.name}: the second line must be `-- corrects: <table>.<column>, ...: <reason>`")
    return tuple(found.group(1).split(", "))


def corrections_of(name: str) -> list[str]:
    """Names of the corrections that empty a column, given as `<table>.<column>`."""
    return [path.stem for path in files() if name in corrected_columns(path)]


def apply_corrections(cursor: Cursor) -> None:
    """Makes the corrections of the tables that this file has."""
    for path in files():
        cursor.execute(
            "select bool_and(to_regclass(name) is not null) from unnest(%s) as name", (list(sql_file.needs(path)),)
        )
        if (cursor.fetchone() or (False,))[0]:
            cursor.execute(path.read_text())
