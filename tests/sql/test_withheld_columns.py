"""Columns that name persons are left out of bundles and pages by one list."""

from psycopg2.extensions import connection as Connection

from pipeline.export.bundle_files import WITHHELD


def test_pages_and_bundles_withhold_the_same_columns(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid in (select oid from pg_class where relkind = 'r' and "
            "relnamespace = 'contract'::regnamespace) and mart.is_withheld(attname)"
        )
        withheld = {name for (name,) in cursor.fetchall()}
    assert withheld == WITHHELD
