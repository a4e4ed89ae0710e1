"""Releases of one small table and a view, published and rolled back as by a run, for tests of users' objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import signatures
from pipeline.warehouse.release import publish, rollback, storage
from targets.relations import Relation

SCHEMAS = "ntsb, staging, mart, code_mappings, candidate"
ALASKA, ALABAMA = ("AK", "Alaska", 1), ("AL", "Alabama", 2)
COLUMNS = "code text primary key, name text, area integer"
# Relations outside the target schemas that objects of users depend on.
READS_ELSEWHERE = """
select distinct pg_describe_object(classid, objid, objsubid), refobjid::regclass::text
from pg_depend
inner join pg_class as class on refclassid = 'pg_class'::regclass and class.oid = refobjid
where class.relnamespace::regnamespace::text ~ '^ntsb_' and deptype = 'n'
    and pg_describe_object(classid, objid, 0) ~ 'ann'
"""


class Releases:
    """Publishes releases of ntsb.regions and mart.region_names."""

    def __init__(self, database: Connection) -> None:
        self.database = database
        self.numbers = count(1)
        for schema in SCHEMAS.split(", "):
            self.query(f"create schema if not exists {schema}")

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A transaction on the connection of the test, which otherwise commits every statement."""
        with self.database.cursor() as cursor:
            cursor.execute("begin")
            try:
                yield cursor
                cursor.execute("commit")
            finally:
                cursor.execute("rollback")

    def publish(
        self,
        *rows: tuple[Any, ...],
        columns: str = COLUMNS,
        view: str = "code, name",
        key: str = "",
        keep: int = 2,
        index: str = "",
    ) -> str:
        """Builds and publishes the table with these rows, and the view of some of its columns; returns the release.

        With a key, the view is materialized.
        """
        fingerprint = f"{next(self.numbers):016x}"
        table, names = (Relation(*key, fingerprint) for key in (("ntsb", "regions"), ("mart", "region_names")))
        with self.transaction() as cursor:
            cursor.execute(f"create table candidate.regions ({columns})")
            execute_values(cursor, "insert into candidate.regions values %s", rows)
            if index:
                cursor.execute(f"create index on candidate.regions ({index})")
            signatures.sign_table(cursor, table)
            kind = "materialized view" if key else "view"
            cursor.execute(f"create {kind} candidate.region_names as select {view} from candidate.regions")
            if key:
                cursor.execute(f"create unique index region_names_key on candidate.region_names ({key})")
            signatures.sign_view(cursor, names)
            return publish.publish(cursor, [table, names], "snapshot", [], keep)

    def roll_back(self, release: str = "") -> None:
        """Restores a release, by default the one before."""
        with self.transaction() as cursor:
            rollback.roll_back(cursor, release)

    def drop_surplus(self, keep: int) -> None:
        """Drops releases as `gc` does."""
        with self.transaction() as cursor:
            storage.drop_surplus_releases(cursor, keep)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.database.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def kept(self) -> list[str]:
        """The releases that a rollback could restore, the current one first."""
        with self.database.cursor() as cursor:
            return storage.kept_releases(cursor)
