"""Load tracking: one row per name and content of a zip, also in databases that version 0.1 prepared."""

from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.ingest.snapshot import SourceFile
from pipeline.warehouse import table_schema
from pipeline.warehouse.release.publication_log import record_publication

ACCOUNTS = """
    create table if not exists audit.row_conservation (
        source_file text, source_table text, rows_in bigint, rows_published bigint, rows_quarantined bigint,
        rows_superseded bigint
    );
    truncate audit.row_conservation;
    insert into audit.row_conservation values (%s, 'events', 5, 3, 1, 1), (%s, 'aircraft', 2, 2, 0, 0)
"""
LOADS = """
    select source_file, status, rows_in, rows_published, first_release, last_release
    from audit.load_tracking order by source_file
"""


def publish(database: Connection, name: str, release: str, sha256: str = "aa") -> None:
    """Publishes one file of seven rows under that name."""
    with database.cursor() as cursor:
        cursor.execute(ACCOUNTS, (name, name))
        record_publication(cursor, "publish", None, release, [SourceFile(name, sha256, 9)])


def test_the_same_zip_under_another_name_has_a_row_of_its_own(database: Connection) -> None:
    publish(database, "up08NOV", "r1")
    publish(database, "up15NOV", "r2")
    assert rows(database, LOADS) == [
        ("up08NOV", "earlier", 7, 5, "r1", "r1"),
        ("up15NOV", "published", 7, 5, "r2", "r2"),
    ]
    publish(database, "up08NOV", "r3")
    assert [row[1:2] + row[4:] for row in rows(database, LOADS)] == [("published", "r1", "r3"), ("earlier", "r2", "r2")]


def test_a_removed_zip_that_is_published_again_is_no_longer_removed(database: Connection) -> None:
    publish(database, "up08NOV", "r1")
    publish(database, "avall", "r2", "bb")
    rows(database, "update audit.load_tracking set status = 'removed' returning 1")
    publish(database, "up15NOV", "r3")
    assert [row[:2] for row in rows(database, LOADS)] == [
        ("avall", "removed"),
        ("up08NOV", "earlier"),
        ("up15NOV", "published"),
    ]


def test_a_primary_key_of_version_0_1_is_replaced(database: Connection) -> None:
    publish(database, "up08NOV", "r1")
    with database.cursor() as cursor:
        cursor.execute("alter table audit.load_tracking drop constraint load_tracking_pkey, add primary key (sha256)")
        for _ in range(2):
            table_schema.create_schemas(cursor)
    publish(database, "up15NOV", "r2")
    assert [row[:2] for row in rows(database, LOADS)] == [("up08NOV", "earlier"), ("up15NOV", "published")]
