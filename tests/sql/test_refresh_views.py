"""Refreshing materialized views: each after those that it reads, in all schemas."""

from psycopg2.extensions import connection as Connection
from tables import rows

VIEWS = """
    create table mart.stated (code integer);
    create materialized view code_mappings.z_last as select code from mart.stated;
    create view mart.between as select code + 1 as code from code_mappings.z_last;
    create materialized view mart.b_reader as select code from mart.between;
    create materialized view mart.a_reader as
        select b_reader.code + z_last.code as code from mart.b_reader cross join code_mappings.z_last;
    create materialized view mart.c_alone as select code from mart.stated;
    create unique index on code_mappings.z_last (code);
    create unique index on mart.a_reader (code);
    create unique index on mart.b_reader (code);
    create unique index on mart.c_alone (code);
    insert into mart.stated values (1);
"""


def test_a_view_is_refreshed_after_those_it_reads(database: Connection) -> None:
    """A new row reaches all views in one call, also where a view reads one with a later name."""
    with database.cursor() as cursor:
        cursor.execute(VIEWS)
    assert rows(database, "select * from mart.refresh_all_materialized_views()") == [
        ("c_alone",), ("z_last",), ("b_reader",), ("a_reader",)
    ]  # fmt: skip
    assert rows(database, "select code from mart.a_reader") == [(3,)]
    assert rows(database, "select code from mart.c_alone") == [(1,)]
