"""Artifact addresses of a store that was moved: MLflow records them as absolute URIs.

The artifacts of this project's experiments are in `<artifact root>/<name of the experiment>`, so an address begins with
the root at the time of logging. A SQLite store and its artifacts are in one folder; they move together. A database on a
server may be shared by stores that have their artifacts elsewhere.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

PREFIX = "severity/"
# Columns with addresses of artifacts, by table.
COLUMNS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}


def folder_name(experiment: str) -> str:
    """Return the name of an experiment's folder below the artifact root."""
    return experiment.replace("/", "-")


def recorded_root(experiment: str, location: str) -> str:
    """Return the artifact root when the experiment was created; empty if its artifacts are elsewhere."""
    root, separator, name = location.rstrip("/").rpartition("/")
    return root if separator and name == folder_name(experiment) else ""


def current_address(address: str, experiment: str, location: str, artifact_root: str) -> str:
    """Return where an artifact is now, given its recorded address and its experiment's recorded location."""
    root = recorded_root(experiment, location)
    return artifact_root + address.removeprefix(root) if root and address.startswith(f"{root}/") else address


def is_moved(database: Path, artifact_root: str) -> bool:
    """Return True if a SQLite store records another artifact root than its present one; quick, without SQLAlchemy."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)) as store:
            rows = store.execute("select name, artifact_location from experiments").fetchall()
    except sqlite3.Error:
        return False
    return bool(_other_roots(rows, artifact_root))


def relocate(tracking_uri: str, artifact_root: str | None) -> None:
    """Replace the artifact roots that the database records by the present one, if that is an existing folder.

    In a database on a server, only roots that do not exist are replaced, and only if the present one has artifacts.
    Without a root, a server stores the artifacts, and nothing is done.
    """
    import sqlalchemy

    if not artifact_root or not _folder(artifact_root).is_dir():
        return
    is_shared = not tracking_uri.startswith("sqlite")
    if is_shared and not any(_folder(artifact_root).iterdir()):
        return
    engine = sqlalchemy.create_engine(tracking_uri)
    with engine.begin() as connection:
        if not sqlalchemy.inspect(connection).has_table("experiments"):
            return
        experiments = sqlalchemy.table("experiments", *map(sqlalchemy.column, ("name", "artifact_location")))
        for root in _other_roots(connection.execute(sqlalchemy.select(experiments)).all(), artifact_root):
            if not (is_shared and _folder(root).is_dir()):
                _replace_root(connection, root, artifact_root)
    engine.dispose()


def _folder(root: str) -> Path:
    return Path(unquote(urlsplit(root).path))


def _other_roots(experiments: Any, artifact_root: str) -> list[str]:
    """Return the recorded roots that are not the present one. `experiments`: pairs of name and location."""
    roots = {recorded_root(name, location or "") for name, location in experiments if name.startswith(PREFIX)}
    return sorted(roots - {"", artifact_root})


def _replace_root(connection: Any, old: str, new: str) -> None:
    import sqlalchemy
    from sqlalchemy import func, literal

    for table, names in COLUMNS.items():
        for name in names:
            column = sqlalchemy.column(name, sqlalchemy.String)
            is_below = func.substr(column, 1, len(old) + 1) == f"{old}/"
            moved = literal(new) + func.substr(column, len(old) + 1)
            connection.execute(sqlalchemy.table(table, column).update().where(is_below).values({name: moved}))
