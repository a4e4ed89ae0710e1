"""What the database forbids: a check that relies on it finds the constraint, and goes without where it is gone."""

import re
from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse.quality import checks

ASKED = re.compile(r"audit\.(?:is_unique|has_parent)\('\w+', '[^']+'(?:, '[^']+')?\)")
QUESTIONS = sorted({question for path in checks.files() for question in ASKED.findall(path.read_text())})


@pytest.fixture
def town(database: Connection) -> Iterator[Connection]:
    """A published table and a revision of it, a view that stands for both, and a child with a parent on each side."""
    with database.cursor() as cursor:
        cursor.execute("""
            create schema if not exists ntsb; create schema if not exists candidate; create schema revision;
            create table ntsb.town (id text, part integer, primary key (id, part));
            create table revision.town (id text, part integer, primary key (id, part));
            create view candidate.town as table ntsb.town union all table revision.town;
            create table ntsb.street (id text, part integer, foreign key (id, part) references ntsb.town);
            create table revision.street (id text, part integer, foreign key (id, part) references revision.town);
            create view candidate.street as table ntsb.street union all table revision.street;
            select audit.sign('candidate.town', 's', 0, '{0, 0}', 'ntsb.town');
            select audit.sign('candidate.street', 's', 0, '{0, 0}', 'ntsb.street');
            set search_path = candidate, ntsb, public
        """)
    yield database
    with database.cursor() as cursor:
        cursor.execute("drop schema revision cascade; drop table ntsb.town, ntsb.street cascade")


def unique(connection: Connection, columns: str = "id, part") -> bool:
    return bool(rows(connection, "select audit.is_unique('town', %s)", columns)[0][0])


def parented(connection: Connection) -> bool:
    return bool(rows(connection, "select audit.has_parent('street', 'town', 'id, part')")[0][0])


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_contract_answers_what_the_checks_ask(shared_database: Connection, question: str) -> None:
    with shared_database.cursor() as cursor:
        cursor.execute("set search_path = contract, public")
    assert rows(shared_database, f"select {question}") == [(True,)]


def test_a_key_holds_over_a_view_where_it_holds_on_both_sides(town: Connection) -> None:
    assert unique(town)
    assert not unique(town, "id")
    assert not unique(town, "part, id")


@pytest.mark.parametrize("side", ["ntsb", "revision"])
def test_a_key_that_is_gone_on_one_side_is_missed(town: Connection, side: str) -> None:
    rows(town, f"alter table {side}.town drop constraint town_pkey cascade; select 1")
    assert not unique(town)
    assert not parented(town)


@pytest.mark.parametrize("side", ["ntsb", "revision"])
def test_a_parent_that_is_not_watched_on_one_side_is_missed(town: Connection, side: str) -> None:
    assert parented(town)
    rows(town, f"alter table {side}.street drop constraint street_id_part_fkey; select 1")
    assert not parented(town)


def test_a_constraint_that_was_never_validated_shows_nothing(town: Connection) -> None:
    rows(
        town,
        """
        alter table ntsb.street drop constraint street_id_part_fkey;
        alter table ntsb.street add foreign key (id, part) references ntsb.town not valid; select 1
        """,
    )
    assert not parented(town)


def test_a_table_that_is_not_there_is_not_unique(town: Connection) -> None:
    assert rows(town, "select coalesce(audit.is_unique('nowhere', 'id'), false)") == [(False,)]
