"""Constraints that the database enforces: a check relies on one as long as it exists and is validated."""

import re
from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse.quality import generated_checks

CONDITION = re.compile(r"audit\.(?:is_unique|has_parent)\('\w+', '[^']+'(?:, '[^']+')?\)")


@pytest.fixture
def town(database: Connection) -> Iterator[Connection]:
    """A published table, its incremental update, a view over both, and a child table with a parent on each side."""
    with database.cursor() as cursor:
        cursor.execute("""
            create schema if not exists ntsb; create schema if not exists candidate; create schema incremental;
            create table ntsb.town (id text, part integer, primary key (id, part));
            create table incremental.town (id text, part integer, primary key (id, part));
            create view candidate.town as table ntsb.town union all table incremental.town;
            create table ntsb.street (id text, part integer, foreign key (id, part) references ntsb.town);
            create table incremental.street (id text, part integer, foreign key (id, part) references incremental.town);
            create view candidate.street as table ntsb.street union all table incremental.street;
            select audit.sign('candidate.town', 's', 0, '{0, 0}', 'ntsb.town');
            select audit.sign('candidate.street', 's', 0, '{0, 0}', 'ntsb.street');
            set search_path = candidate, ntsb, public
        """)
    yield database
    with database.cursor() as cursor:
        cursor.execute("drop schema incremental cascade; drop table ntsb.town, ntsb.street cascade")


def is_unique(connection: Connection, columns: str = "id, part") -> bool:
    return bool(rows(connection, "select audit.is_unique('town', %s)", columns)[0][0])


def has_parent(connection: Connection) -> bool:
    return bool(rows(connection, "select audit.has_parent('street', 'town', 'id, part')")[0][0])


def test_the_schema_enforces_every_condition_of_the_checks(shared_database: Connection) -> None:
    with shared_database.cursor() as cursor:
        queries = [check.query.as_string(cursor) for check in generated_checks.generate_checks(cursor)]
        cursor.execute("set search_path = contract, public")
    conditions = sorted({condition for query in queries for condition in CONDITION.findall(query)})
    assert len(conditions) > 40
    assert rows(shared_database, f"select {', '.join(conditions)}") == [(True,) * len(conditions)]


def test_a_key_holds_in_a_view_where_it_holds_in_both_tables(town: Connection) -> None:
    assert is_unique(town)
    assert not is_unique(town, "id")
    assert not is_unique(town, "part, id")


@pytest.mark.parametrize("side", ["ntsb", "incremental"])
def test_a_dropped_key_of_one_table_is_detected(town: Connection, side: str) -> None:
    rows(town, f"alter table {side}.town drop constraint town_pkey cascade; select 1")
    assert not is_unique(town)
    assert not has_parent(town)


@pytest.mark.parametrize("side", ["ntsb", "incremental"])
def test_a_dropped_foreign_key_of_one_table_is_detected(town: Connection, side: str) -> None:
    assert has_parent(town)
    rows(town, f"alter table {side}.street drop constraint street_id_part_fkey; select 1")
    assert not has_parent(town)


def test_a_constraint_that_is_not_valid_does_not_count(town: Connection) -> None:
    rows(
        town,
        """
        alter table ntsb.street drop constraint street_id_part_fkey;
        alter table ntsb.street add foreign key (id, part) references ntsb.town not valid; select 1
        """,
    )
    assert not has_parent(town)


def test_a_missing_table_has_no_key(town: Connection) -> None:
    assert rows(town, "select coalesce(audit.is_unique('nowhere', 'id'), false)") == [(False,)]
