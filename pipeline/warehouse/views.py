"""Views: one SQL file each, created as candidates over the candidates that they read.

Headers: `-- grain: ...` becomes the comment; `-- kind: view` or `-- kind: materialized, key: a, b`, where the key is
unique, so that the view can be refreshed concurrently; `-- schema: ...` if it is not published in `mart`;
`-- column: <name> <text>` for each column that does not inherit its comment (see `column_comments`);
`-- functions: a, b` for the files in sql/functions whose functions compute its values.
The files in sql/staging are views of cleaned columns in the schema `staging`, of either kind: other views and queries
read them, exports omit them.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from psycopg2 import sql

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import column_comments, incremental, sql_file
from pipeline.warehouse.signatures import drop_if_exists, drop_stale, sign_view
from targets.relations import Relation

FOLDER = SQL / "views"
STAGING = "staging"
STAGING_FOLDER = SQL / STAGING


@cache
def view_names() -> tuple[str, ...]:
    """Return the names of all views, each after the views that it reads, otherwise sorted."""
    return sql_file.dependency_order(
        {path.stem: sql_file.needs(path) for folder in (STAGING_FOLDER, FOLDER) for path in folder.glob("*.sql")}
    )


def view_file(name: str) -> Path:
    """Return the path of a view's SQL file, in the folder of staging views or else in that of the others."""
    staging_file = STAGING_FOLDER / f"{name}.sql"
    return staging_file if staging_file.exists() else FOLDER / f"{name}.sql"


def source_files(name: str) -> list[Path]:
    """Return the SQL files that determine a view: its own and those of the functions that its header names."""
    path = view_file(name)
    return [path, *function_files(path)]


def function_files(path: Path) -> list[Path]:
    """Return the SQL files of the functions that the header of a file names."""
    names = sql_file.split_names(sql_file.header(path, "functions", ""))
    return [SQL / "functions" / f"{name}.sql" for name in names]


def unique_key(path: Path) -> tuple[str, ...]:
    """Return the unique columns of a materialized view, () for a plain view. Raises ValueError for another `kind`."""
    pattern, expected = "view|materialized, key: (.+)", "view` or `-- kind: materialized, key: <columns>"
    return sql_file.split_names(sql_file.match_header(path, "kind", pattern, expected)[1] or "")


def target_schema(path: Path) -> str:
    """Return the schema in which the view is published, by default `mart`."""
    return sql_file.header(path, "schema", "mart")


def grain(path: Path) -> str:
    """Return the header `grain`, which describes one row of the view. Raises ValueError if it is missing."""
    return sql_file.header(path, "grain")


def as_sentence(words: str) -> str:
    """Return the words with a capital letter at the start and a period at the end."""
    return f"{words[0].upper()}{words[1:]}."


def create_view(cursor: Cursor, relation: Relation, reads: Sequence[Relation]) -> None:
    """Create candidate.<name> over the candidates of `reads` and the published relations, comment it and sign it.

    During an incremental update every view is a plain one: publication creates it again, over the updated tables.
    """
    path = view_file(relation.name)
    drop_stale(cursor, reads)
    drop_if_exists(cursor, "candidate", relation.name)
    cursor.execute("set local search_path = candidate, ntsb, staging, mart, code_mappings, public")
    key = () if incremental.is_active(cursor) else unique_key(path)
    kind, name = sql.SQL("materialized view" if key else "view"), sql.Identifier("candidate", relation.name)
    cursor.execute(sql.SQL("create {} {} as\n{}").format(kind, name, sql.SQL(sql_file.statement(path))))
    if key:
        index, columns = sql.Identifier(f"{relation.name}_key"), sql.SQL(", ").join(map(sql.Identifier, key))
        cursor.execute(sql.SQL("create unique index {} on {} ({})").format(index, name, columns))
        # The columns are few and have few distinct values: a small sample is as good for the planner.
        cursor.execute(sql.SQL("set local default_statistics_target = 20; analyze {}").format(name))
    cursor.execute(sql.SQL("comment on {} {} is {}").format(kind, name, sql.Literal(as_sentence(grain(path)))))
    column_comments.comment_view(cursor, relation.name, path)
    sign_view(cursor, relation)
