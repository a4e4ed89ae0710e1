"""A DuckDB database with a copy of the rows of a folder of Parquet files.

DuckDB files with the same rows can differ in their bytes: to compare exports, compare the Parquet files.
"""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb


def write_database(folder: Path, path: Path, parquet_files: Iterable[Path], notice: str = "") -> list[str]:
    """Write a new database with one table per Parquet file, and return the names of the tables in order.

    `notice`: a comment on every table.

    `events.parquet` becomes the table `events`; a file in a subfolder `mart` becomes a table of the schema `mart`.
    `parquet_files`: files in `folder`. Raises FileNotFoundError if there are none.
    """
    files = sorted(parquet_files, key=lambda file: file.relative_to(folder).as_posix())
    if not files:
        raise FileNotFoundError(
            f"{folder}: expected Parquet files to put into {path.name}, found none; export them first"
        )
    path = path.resolve()
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="ntsb-duckdb-") as scratch:
        # In the path of a file to read, DuckDB takes `*`, `?` and `[` for a pattern.
        source = Path(scratch, "source")
        source.symlink_to(folder.resolve())
        # It puts `.wal` before a `?` in the path of a database, of which it resolves links.
        written = Path(scratch, path.name) if "?" in str(path) else path
        with duckdb.connect(str(written)) as database:
            names = [_copy_in(database, source, file.relative_to(folder), notice) for file in files]
            database.execute("checkpoint")
        if written != path:
            shutil.move(written, path)
    return names


def _copy_in(database: duckdb.DuckDBPyConnection, folder: Path, relative_path: Path, notice: str) -> str:
    """Create the table of a Parquet file, and return its name, with the schema if it has one."""
    table = _quoted(relative_path.stem)
    if relative_path.parent != Path():
        schema = _quoted("_".join(relative_path.parent.parts))
        database.execute(f"create schema if not exists {schema}")
        table = f"{schema}.{table}"
    # DuckDB has no function that quotes a name, and none of its API creates a table from a file.
    file = str(folder / relative_path)
    database.execute(f"create table {table} as select * from read_parquet(?)", [file])  # noqa: S608  Its parts are quoted.
    if notice:
        text = notice.replace("'", "''")
        database.execute(f"comment on table {table} is '{text}'")
    return table.replace('"', "")


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
