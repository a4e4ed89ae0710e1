"""columns.toml classifies the columns of all published tables by when they become known, and no other columns."""

from psycopg2.extensions import connection as Connection

from models.severity.data import feature_registry
from pipeline.warehouse import table_schema
from tests.columns import column_class


def test_columns_toml_classifies_exactly_the_published_columns(shared_database: Connection) -> None:
    with shared_database.cursor() as cursor:
        published = {
            table: {column.name for column in table_schema.columns(cursor, table)} for table in table_schema.tables()
        }
    missing = [
        f"{table}.{column}"
        for table, columns in published.items()
        for column in sorted(columns)
        if column_class(table, column) is None
    ]
    unknown = [
        f"{table}.{column}"
        for table, columns in feature_registry.load_columns().items()
        for column in columns
        if column != feature_registry.ALL_COLUMNS and column not in published.get(table, set())
    ]
    assert missing == []
    assert unknown == []
    assert set(feature_registry.load_columns()) == set(published)
