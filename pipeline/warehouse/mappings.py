"""Reviewed lists: CSV files of the repository, landed as tables that views and checks read.

What people decided (a code's modern value, a make's other spellings) is data under review, not SQL: one line per
decision, with its reason. Every column is text, an empty cell is NULL; `list` is the file's name and `line` its line
number, so that of two lines that fit, the first one counts.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from psycopg2.extras import execute_values

from pipeline.config import REPOSITORY
from pipeline.postgres.connection import Cursor
from pipeline.sources import FOLDER
from pipeline.warehouse.signatures import sign_table
from targets.relations import Relation

Rows = list[tuple[str | int | None, ...]]

# Table: what a line is, and the CSV files that hold it, all with the same columns.
MAPPING_TABLES = {
    "mapping": ("field, era and code, with its value in the language of all eras", (FOLDER / "mappings", "*.csv")),
    "supplement": ("code of 1962-1981 that a file may leave unexplained", (FOLDER / "supplements", "*.csv")),
    "make_alias": ("way to write a make", (FOLDER / "names", "makes.csv")),
    "model_alias": ("make and way to write one of its models", (FOLDER / "names", "models.csv")),
    "published_series": (
        "figure that was published elsewhere",
        (REPOSITORY / "reports/reconciliation", "published.csv"),
    ),
}


def table_names() -> tuple[str, ...]:
    """All tables, in order of name."""
    return tuple(sorted(MAPPING_TABLES))


def csv_files(name: str) -> list[Path]:
    """The CSV files of a table, in order of name."""
    folder, pattern = MAPPING_TABLES[name][1]
    return sorted(folder.glob(pattern))


def read_csv_files(paths: Sequence[Path]) -> tuple[tuple[str, ...], Rows]:
    """Columns and rows of CSV files with one heading. Raises ValueError that names every file or line that is wrong."""
    wrong: list[str] = []
    heads: tuple[str, ...] = ()
    found: Rows = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as stream:
            head, *body = csv.reader(stream)
        heads = heads or tuple(head)
        if tuple(head) != heads or not all(re.fullmatch("[a-z_]+", name) for name in head):
            wrong.append(f"{path.name}: expected the columns {', '.join(heads)}, found {', '.join(head)}")
        for number, cells in enumerate(body, start=2):
            if len(cells) != len(head):
                wrong.append(f"{path.name}:{number}: expected {len(head)} cells, found {len(cells)}")
            found.append((path.stem, number, *(cell.strip() or None for cell in cells)))
    if wrong or not heads:
        raise ValueError("; ".join(wrong) or f"expected CSV files with a heading, found {len(paths)}")
    return heads, found


def fill_table(cursor: Cursor, name: str) -> None:
    """Makes and fills the table in the schema that the search_path names first."""
    heads, rows = read_csv_files(csv_files(name))
    columns = "".join(f', "{head}" text' for head in heads)
    cursor.execute(
        f'create table "{name}" (list text not null, line integer not null{columns}, primary key (list, line))'
    )
    execute_values(cursor, f'insert into "{name}" values %s', rows)
    cursor.execute(
        f'comment on table "{name}" is %s', (f"One row per {MAPPING_TABLES[name][0]}; reviewed, see its CSV file.",)
    )
    cursor.execute(f'analyze "{name}"')


def load_table(cursor: Cursor, relation: Relation) -> None:
    """Makes, fills and signs candidate.<name>."""
    cursor.execute(f'drop table if exists candidate."{relation.name}" cascade')
    cursor.execute("set local search_path = candidate, public")
    fill_table(cursor, relation.name)
    sign_table(cursor, relation)
