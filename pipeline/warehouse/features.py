"""Feature queries: SQL files with one row per event each, and the published relations that they read."""

from pathlib import Path

from pipeline import config
from pipeline.warehouse import sql_file

FOLDER = config.SQL / "features"

# The queries take the first aircraft and the first crew member of an event with joins whose row counts the planner
# underestimates: with nested loops or merge joins it would scan the other side once per event.
PLANNER_SETTINGS = "set enable_nestloop = off; set enable_mergejoin = off"


def feature_files() -> list[Path]:
    """Return the SQL files of the feature queries, each after the queries that it reads; the feature table is last."""
    paths = {path.stem: path for path in FOLDER.glob("*.sql")}
    return [paths[name] for name in sql_file.dependency_order({name: sql_file.needs(paths[name]) for name in paths})]


def relations_read() -> list[str]:
    """Return the sorted names of the published relations that the feature queries read."""
    files = feature_files()
    return sorted({name for path in files for name in sql_file.needs(path)} - {path.stem for path in files})
