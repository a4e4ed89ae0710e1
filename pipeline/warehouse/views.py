"""Views: one SQL file each, made as candidates over the candidates they read.

Line 1 `-- needs:` relations read; line 2 `-- grain:` becomes the comment; line 3 `-- kind: view` or
`-- kind: materialized, key: a, b` (the columns that are unique, so that readers may look while it is refreshed).
Where line 4 is `-- schema: <schema>`, readers find it there, else in mart. The files in sql/staging are plain views of
cleaned columns, in the schema `staging`: other views and queries read them, exports leave them out.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import sql_file
from pipeline.warehouse.incremental import update
from pipeline.warehouse.signatures import drop_if_exists, drop_stale, sign_view
from targets.relations import Relation

FOLDER = SQL / "views"
STAGING = "staging"
STAGING_FOLDER = SQL / STAGING


@cache
def view_names() -> tuple[str, ...]:
    """All views, those that others read first, else in order of name."""
    waiting = sorted(path.stem for folder in (STAGING_FOLDER, FOLDER) for path in folder.glob("*.sql"))
    ordered: list[str] = []
    while waiting:
        ready = [name for name in waiting if not set(sql_file.needs(view_file(name))) & set(waiting)]
        if not ready:
            raise ValueError(f"views read each other in a circle: {', '.join(waiting)}")
        ordered += ready
        waiting = [name for name in waiting if name not in ready]
    return tuple(ordered)


def view_file(name: str) -> Path:
    """The SQL file of a view."""
    staging_file = STAGING_FOLDER / f"{name}.sql"
    return staging_file if staging_file.exists() else FOLDER / f"{name}.sql"


def unique_key(path: Path) -> tuple[str, ...]:
    """Unique columns of a materialized view; empty for a plain one. Raises ValueError where line 3 says neither."""
    line = path.read_text().splitlines()[2]
    if line.strip() == "-- kind: view":
        return ()
    found = re.fullmatch(r"-- kind: materialized, key: (.+)", line.strip())
    if not found:
        raise ValueError(
            f"{path.name}: line 3 must be `-- kind: view` or `-- kind: materialized, key: ...`, it is {line!r}"
        )
    return tuple(column.strip() for column in found.group(1).split(","))


def target_schema(path: Path) -> str:
    """The schema where readers find it."""
    found = re.search(r"^-- schema: (\w+)$", path.read_text(), re.MULTILINE)
    return found.group(1) if found else "mart"


def grain(path: Path) -> str:
    """The second line's words."""
    return path.read_text().splitlines()[1].removeprefix("-- grain:").strip()


def as_sentence(words: str) -> str:
    """The words as a sentence: a capital first, the rest as it is."""
    return f"{words[0].upper()}{words[1:]}."


def create_view(cursor: Cursor, relation: Relation, reads: Sequence[Relation]) -> None:
    """Makes candidate.<name> over the newest of what it reads, comments and signs it.

    While a revision is in the making nothing is materialized: publication makes the view again, over the tables.
    """
    path = view_file(relation.name)
    drop_stale(cursor, reads)
    drop_if_exists(cursor, "candidate", relation.name)
    cursor.execute("set local search_path = candidate, ntsb, staging, mart, code_mappings, public")
    unique = () if update.is_active(cursor) else unique_key(path)
    kind = "materialized view" if unique else "view"
    query = path.read_text().rstrip().rstrip(";")
    cursor.execute(f"create {kind} candidate.{relation.name} as\n{query}")
    if unique:
        cursor.execute(f"create unique index {relation.name}_key on candidate.{relation.name} ({', '.join(unique)})")
        # Few values in few columns: a small sample tells the planner as much.
        cursor.execute(f"set local default_statistics_target = 20; analyze candidate.{relation.name}")
    cursor.execute(f"comment on {kind} candidate.{relation.name} is %s", (as_sentence(grain(path)),))
    sign_view(cursor, relation)
