"""A DuckDB file with the rows of a folder of Parquet files, which it does not need any more once it is made.

The bytes of a DuckDB file differ from one writing to the next: what is to be compared is the Parquet it was made from.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb


def write_database(folder: Path, path: Path, wanted: Iterable[Path] | None = None) -> list[str]:
    """Makes `path` anew with one table per Parquet file, in its order, and returns the tables' names in order of name.

    `events.parquet` becomes the table `events`; a file in a subfolder `mart` becomes a table of the schema `mart`.
    `wanted` names the files, all of the folder where it is left out. Raises FileNotFoundError where there are none.
    """
    found = Path(folder).rglob("*.parquet") if wanted is None else wanted
    files = sorted(found, key=lambda file: file.relative_to(folder).as_posix())
    if not files:
        raise FileNotFoundError(
            f"{folder}: expected Parquet files to put into {path.name}, found none; export them first"
        )
    path.unlink(missing_ok=True)
    names = []
    with duckdb.connect(str(path)) as database:
        for file in files:
            names.append(_copy_in(database, file, file.relative_to(folder)))
        database.execute("checkpoint")
    return names


def _copy_in(database: duckdb.DuckDBPyConnection, file: Path, place: Path) -> str:
    table = _quoted(place.stem)
    if place.parent != Path():
        schema = _quoted("_".join(place.parent.parts))
        database.execute(f"create schema if not exists {schema}")
        table = f"{schema}.{table}"
    database.execute(f"create table {table} as select * from read_parquet(?)", [str(file)])
    return table.replace('"', "")


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
