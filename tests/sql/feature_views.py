"""The feature queries as views over empty published tables."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse import mappings, sql_file, views
from pipeline.warehouse.features import feature_files, relations_read

FEATURE_QUERIES = tuple(path.stem for path in feature_files())


@pytest.fixture(scope="module")
def prepared_features(shared_database: Connection) -> Connection:
    """Empty published tables, the feature queries as views, and all views that they read as plain views."""
    read = set(relations_read())
    for name in reversed(views.view_names()):
        read |= set(sql_file.needs(views.view_file(name))) if name in read else set()
    with shared_database.cursor() as cursor:
        for name in sorted(read & set(mappings.table_names())):
            mappings.fill_table(cursor, name)
        for name in (name for name in views.view_names() if name in read):
            cursor.execute(f"create view {name} as {views.view_file(name).read_text()}")
        for path in feature_files():
            cursor.execute(f"create view {path.stem} as {path.read_text()}")
    return shared_database


@pytest.fixture
def feature_database(prepared_features: Connection) -> Iterator[Connection]:
    """The prepared views in a transaction that is rolled back."""
    with prepared_features.cursor() as cursor:
        cursor.execute("begin")
        yield prepared_features
        cursor.execute("rollback")


def features(database: Connection, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of event_features: ev_id and the columns, by ev_id."""
    return rows(database, f"select ev_id, {', '.join(columns)} from event_features order by ev_id")
