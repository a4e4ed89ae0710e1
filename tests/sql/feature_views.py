"""The feature queries as views over empty published tables."""

from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse import mappings, sql_file, views
from pipeline.warehouse.features import feature_files, relations_read

FEATURE_QUERIES = tuple(path.stem for path in feature_files())


@pytest.fixture
def feature_database(database: Connection) -> Connection:
    """Empty published tables, the feature queries as views, and the views that they read as plain views."""
    view_names = [name for name in views.view_names() if name in relations_read()]
    needed = {relation for view in view_names for relation in sql_file.needs(views.view_file(view))}
    with database.cursor() as cursor:
        for name in sorted(needed & set(mappings.table_names())):
            mappings.fill_table(cursor, name)
        for name in view_names:
            cursor.execute(f"create view {name} as {views.view_file(name).read_text()}")
        for path in feature_files():
            cursor.execute(f"create view {path.stem} as {path.read_text()}")
    return database


def features(database: Connection, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of event_features: ev_id and the columns, by ev_id."""
    return rows(database, f"select ev_id, {', '.join(columns)} from event_features order by ev_id")
