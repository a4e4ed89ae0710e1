"""Every column of every published table is classified by the moment it becomes known, and nothing else is."""

from psycopg2.extensions import connection as Connection

from models import registry
from pipeline.relations import contract


def test_every_column_of_the_contract_is_classified(shared_database: Connection) -> None:
    with shared_database.cursor() as cursor:
        there = {table: {column.name for column in contract.columns(cursor, table)} for table in contract.tables()}
    missing = [
        f"{table}.{column}"
        for table, columns in there.items()
        for column in sorted(columns)
        if registry.known_at(table, column) is None
    ]
    strange = [
        f"{table}.{column}"
        for table, columns in registry.columns().items()
        for column in columns
        if column != registry.ALL and column not in there.get(table, set())
    ]
    assert missing == []
    assert strange == []
    assert set(registry.columns()) == set(there)
