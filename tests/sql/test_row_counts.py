"""Row counts in the database: every published table and materialized view, and no plain view."""

from psycopg2.extensions import connection as Connection
from tables import rows

RELATIONS = """
    create table ntsb.listed as select generate_series(1, 3) as number;
    create materialized view mart.summed as select sum(number) as total from ntsb.listed;
    create table code_mappings.list as select generate_series(1, 2) as code;
    create materialized view code_mappings.codes as select code from code_mappings.list;
    create view code_mappings.shown as select code from code_mappings.codes;
"""


def test_tables_and_materialized_views_of_all_three_schemas_are_counted(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(RELATIONS)
    assert rows(database, "select * from mart.get_row_counts()") == [
        ("ntsb", "listed", 3), ("mart", "summed", 1), ("code_mappings", "codes", 2), ("code_mappings", "list", 2)
    ]  # fmt: skip
