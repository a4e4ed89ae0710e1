"""The feature relations as views over the empty contract, and their rows."""

from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse import mappings, sql_file, views
from pipeline.warehouse.features import relations_read

FOLDER = Path(__file__).parents[2] / "pipeline" / "sql" / "features"
# A relation before those that read it.
ORDER = ("feature_conditions", "feature_aircraft", "feature_crew", "feature_phase", "event_features")


@pytest.fixture
def built(database: Connection) -> Connection:
    """The feature relations, and the views that they read, as plain views over the empty contract."""
    view_names = [name for name in views.view_names() if name in relations_read()]
    lists = {name for view in view_names for name in sql_file.needs(views.view_file(view))} & set(
        mappings.table_names()
    )
    with database.cursor() as cursor:
        for name in sorted(lists):
            mappings.fill_table(cursor, name)
        for name in view_names:
            cursor.execute(f"create view {name} as {views.view_file(name).read_text()}")
        for name in ORDER:
            cursor.execute(f"create view {name} as {(FOLDER / f'{name}.sql').read_text()}")
    return database


def features(database: Connection, *columns: str) -> list[tuple[Any, ...]]:
    return rows(database, f"select ev_id, {', '.join(columns)} from event_features order by ev_id")
