"""Empty published tables and every view over them, for tests that insert a few rows."""

from collections.abc import Iterator

import mart_rows
import pytest
from psycopg2.extensions import connection as Connection


@pytest.fixture(scope="module")
def prepared(shared_database: Connection) -> Connection:
    """Every view over empty published tables without constraints, so that tests insert only the columns they need."""
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
    """The prepared database in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        yield prepared
        cursor.execute("rollback")
