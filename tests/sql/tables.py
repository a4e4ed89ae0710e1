"""Small text tables in and out of a database.

    | ev_id | ev_date    | ev_city |
    | e1    | 2020-01-31 |         |
    | e2    |            | ''      |

A blank cell is NULL, '' is empty text; any other cell is the text between the bars, without surrounding blanks.
"""

from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values


def parse(text: str) -> list[dict[str, str | None]]:
    """Rows of a text table, by the names in its first line."""
    lines = [line.strip() for line in text.strip().splitlines()]
    bare = [line for line in lines if not (line.startswith("|") and line.endswith("|"))]
    if bare:
        raise ValueError(f"each line of a text table begins and ends with a bar; these do not: {bare}")
    header, *body = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [dict(zip(header, [_value(cell) for cell in cells], strict=True)) for cells in body]


def _value(cell: str) -> str | None:
    return "" if cell == "''" else cell or None


def load(connection: Connection, table: str, text: str) -> None:
    """Inserts the rows of a text table; era and source_file are avall and source_row counts from 1 where not given."""
    query = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
    known = {name for (name,) in rows(connection, query, table)}
    body = []
    for number, row in enumerate(parse(text), start=1):
        own: dict[str, str | None] = {"era": "avall", "source_file": "avall", "source_row": str(number)}
        body.append({name: value for name, value in own.items() if name in known} | row)
    insert = sql.SQL("insert into {} ({}) values %s").format(
        sql.SQL(table), sql.SQL(", ").join(sql.Identifier(name) for name in body[0])
    )
    with connection.cursor() as cursor:
        execute_values(cursor, insert, [list(row.values()) for row in body])


def rows(connection: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query gives; `values` fill its %s."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall()
