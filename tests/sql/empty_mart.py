"""Empty tables of the contract and every view over them, for tests that say in a few rows what they are about."""

from collections.abc import Iterator

import mart_rows
import pytest
from psycopg2.extensions import connection as Connection


@pytest.fixture(scope="module")
def prepared(shared_database: Connection) -> Connection:
    """Empty tables of the contract without keys, so that a test says only what it is about; every view over them."""
    with shared_database.cursor() as cursor:
        cursor.execute("set search_path = candidate, code_mappings, public")
        cursor.execute("select relname from pg_class where relnamespace = 'contract'::regnamespace and relkind = 'r'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"create table {table} (like contract.{table} including generated)")
            cursor.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and attnotnull", (table,)
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f"alter table {table} alter {column} drop not null")
    mart_rows.make_views(shared_database)
    return shared_database


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """The same in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        yield prepared
        cursor.execute("rollback")
