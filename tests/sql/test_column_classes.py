"""Every column of every published table is classified by the prediction_time it becomes known, and nothing else is."""

from psycopg2.extensions import connection as Connection

from models.severity.data import feature_registry
from pipeline.warehouse import table_schema


def test_every_column_of_the_contract_is_classified(shared_database: Connection) -> None:
    with shared_database.cursor() as cursor:
        there = {
            table: {column.name for column in table_schema.columns(cursor, table)} for table in table_schema.tables()
        }
    missing = [
        f"{table}.{column}"
        for table, columns in there.items()
        for column in sorted(columns)
        if feature_registry.column_class(table, column) is None
    ]
    strange = [
        f"{table}.{column}"
        for table, columns in feature_registry.load_columns().items()
        for column in columns
        if column != feature_registry.ALL_COLUMNS and column not in there.get(table, set())
    ]
    assert missing == []
    assert strange == []
    assert set(feature_registry.load_columns()) == set(there)
