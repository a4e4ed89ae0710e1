"""The feature queries: SQL files that define one row per event, and the relations they read."""

from pathlib import Path

from pipeline import config
from pipeline.warehouse import sql_file

FOLDER = config.SQL / "features"


def feature_files() -> list[Path]:
    """The feature queries, those that others read first; the last one is the feature table."""
    waiting = sorted(FOLDER.glob("*.sql"))
    ordered: list[Path] = []
    while waiting:
        names = {path.stem for path in waiting}
        ready = [path for path in waiting if not set(sql_file.needs(path)) & names]
        if not ready:
            raise ValueError(f"feature queries read each other in a circle: {', '.join(sorted(names))}")
        ordered += ready
        waiting = [path for path in waiting if path not in ready]
    return ordered


def relations_read() -> list[str]:
    """Published relations that the feature queries read."""
    files = feature_files()
    own = {path.stem for path in files}
    return sorted({name for path in files for name in sql_file.needs(path)} - own)


# A first aircraft and a first crew member are found by joins whose rows the planner takes for a few: it would look at
# all of the other side for each of them.
PLANNER_SETTINGS = "set enable_nestloop = off; set enable_mergejoin = off"
