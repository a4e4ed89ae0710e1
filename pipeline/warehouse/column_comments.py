"""Comments on published columns: what a value means, its unit and where it comes from.

Tables: sql/schema/columns, with NTSB's data dictionary appended. Schemas audit and history: sql/schema/records.csv, and
the files that create their tables. Mapping tables: `mappings`. Views: the header lines
`-- column: <name> <text>` of their files; other columns inherit the comment of the column that they are named after.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from psycopg2.sql import SQL, Identifier, Literal

from pipeline.config import SQL as SQL_FOLDER
from pipeline.postgres.connection import Cursor, relation_exists
from pipeline.warehouse import sql_file

FOLDER = SQL_FOLDER / "schema" / "columns"
RECORDS = SQL_FOLDER / "schema" / "records.csv"

# Of several comments on columns of a name, that of the first relation in the list, first schema on the search_path. The
# columns of a candidate without comments, as in an incremental update, inherit from the published relation.
INHERITED = """
select distinct on (attribute.attname) attribute.attname, col_description(class.oid, attribute.attnum)
from unnest(%s) with ordinality as needed (name, position)
cross join unnest(current_schemas(false)) with ordinality as schema (name, position)
inner join pg_namespace as namespace on namespace.nspname = schema.name
inner join pg_class as class on class.relname = needed.name and class.relnamespace = namespace.oid
inner join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attname = any(%s)
where col_description(class.oid, attribute.attnum) is not null
order by attribute.attname, needed.position, schema.position
"""


def description_files(table: str) -> list[Path]:
    """Return the CSV files that describe a table's columns: the one of columns that tables share, then its own."""
    return [path for path in (FOLDER / "shared.csv", FOLDER / f"{table}.csv") if path.exists()]


def descriptions(table: str) -> dict[str, str]:
    """Return {column: description} of a table's CSV files, with shared columns that the table may not have.

    In a file, `engn{1|2}_tso` stands for engn1_tso and engn2_tso, and {} in its description for 1 and 2.
    """
    texts: dict[str, str] = {}
    for path in description_files(table):
        with path.open(newline="", encoding="utf-8") as file:
            for pattern, text in list(csv.reader(file))[1:]:
                prefix, _, rest = pattern.partition("{")
                options, _, suffix = rest.partition("}")
                texts |= {f"{prefix}{option}{suffix}": text.replace("{}", option) for option in options.split("|")}
    return texts


def view_descriptions(path: Path) -> dict[str, str]:
    """Return {column: description} of the header lines `-- column: <name> <text>` of a view's file."""
    lines = (line.split(maxsplit=1) for line in sql_file.headers(path).get("column", ()))
    return {name: text for name, text in lines}


def inherited(cursor: Cursor, relations: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Return {column: comment} of the columns that have a comment in one of the relations on the search_path."""
    cursor.execute(INHERITED, (list(relations), list(columns)))
    return dict(cursor.fetchall())


def column_names(cursor: Cursor, relation: str) -> list[str]:
    """Return the names of the columns of a relation on the search_path, in order."""
    cursor.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " order by attnum",
        (relation,),
    )
    return [name for (name,) in cursor.fetchall()]


def comment_columns(cursor: Cursor, relation: str, texts: Mapping[str, str]) -> None:
    """Comment columns of a relation on the search_path. Raises UndefinedColumn for one that it does not have."""
    comment = SQL("comment on column {} is {}")
    statements = [comment.format(Identifier(relation, column), Literal(text)) for column, text in texts.items()]
    if statements:
        cursor.execute(SQL(";").join(statements))


def comment_view(cursor: Cursor, name: str, path: Path) -> None:
    """Comment the columns of a view on the search_path: as its file describes them, otherwise inherited."""
    texts = inherited(cursor, sql_file.needs(path), column_names(cursor, name))
    comment_columns(cursor, name, texts | view_descriptions(path))


def comment_records(cursor: Cursor, relations: Iterable[str] | None = None) -> None:
    """Comment columns as records.csv describes them, by default those of all its relations on the search_path.

    Relation `*` in the file stands for every other one in it.
    """
    texts: dict[str, dict[str, str]] = {}
    with RECORDS.open(newline="", encoding="utf-8") as file:
        for relation, column, text in list(csv.reader(file))[1:]:
            texts.setdefault(relation, {})[column] = text
    shared = texts.pop("*")
    for relation in texts if relations is None else relations:
        if relation_exists(cursor, relation):
            common = {name: shared[name] for name in column_names(cursor, relation) if name in shared}
            comment_columns(cursor, relation, common | texts.get(relation, {}))
