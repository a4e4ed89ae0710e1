"""What users add to published relations: indexes are kept, other additions stop a publication by name."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from user_objects import ALABAMA, ALASKA, COLUMNS, READS_ELSEWHERE, Releases

from pipeline.errors import PipelineError
from pipeline.postgres.connection import Cursor
from pipeline.warehouse.release import foreign_objects


@pytest.fixture
def releases(database: Connection) -> Iterator[Releases]:
    """One release."""
    releases = Releases(database)
    releases.publish(ALASKA)
    yield releases
    releases.query("drop schema if exists ann cascade")


def test_an_index_that_the_pipeline_no_longer_creates_is_not_one_of_a_user(releases: Releases) -> None:
    indexes = "select indexname from pg_indexes where schemaname = 'ntsb' and tablename = 'regions' order by 1"
    releases.publish(ALASKA, columns=f"{COLUMNS}, unique (name)", index="name, area")
    assert len(releases.query(indexes)) == 3
    releases.query("create index mine on ntsb.regions (area)")
    releases.publish(ALASKA, ALABAMA)
    assert releases.query(indexes) == [("mine",), ("regions_pkey",)]


def test_the_comment_on_an_index_of_a_user_is_kept(releases: Releases) -> None:
    releases.query("create index mine on ntsb.regions (area); comment on index ntsb.mine is 'It''s mine'")
    comment = "select obj_description('ntsb.mine'::regclass, 'pg_class')"
    releases.publish(ALASKA, ALABAMA)
    assert releases.query(comment) == [("It's mine",)]
    releases.roll_back()
    assert releases.query(comment) == [("It's mine",)]


@pytest.mark.parametrize(
    ("statement", "undo", "description"),
    [
        (
            "alter table ntsb.regions add constraint big check (area > 0)",
            "alter table ntsb.regions drop constraint big",
            "constraint big on table ntsb.regions",
        ),
        (
            "alter table ntsb.regions add column note text",
            "alter table ntsb.regions drop column note",
            "column note of table ntsb.regions",
        ),
        (
            "create rule quiet as on delete to ntsb.regions do instead nothing",
            "drop rule quiet on ntsb.regions",
            "rule quiet on table ntsb.regions",
        ),
        (
            "create rule quiet as on insert to mart.region_names do instead nothing",
            "drop rule quiet on mart.region_names",
            "rule quiet on view mart.region_names",
        ),
    ],
)
def test_what_users_add_to_published_relations_stops_a_publication(
    releases: Releases, statement: str, undo: str, description: str
) -> None:
    releases.query(statement)
    with pytest.raises(PipelineError, match=rf"found 1 .*: {description} \(not supported\); change or drop"):
        releases.publish(ALABAMA)
    releases.query(undo)
    releases.publish(ALABAMA)
    assert releases.query("select code from ntsb.regions") == [("AL",)]


def test_a_constraint_that_the_pipeline_no_longer_creates_stops_nothing(releases: Releases) -> None:
    releases.publish(ALASKA, columns=f"{COLUMNS}, constraint big check (area > 0)")
    releases.publish(ALASKA, ALABAMA)
    assert len(releases.query("select code from ntsb.regions")) == 2


@pytest.mark.parametrize("operation", ["publish", "roll back"])
def test_a_view_created_before_the_locks_follows(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Between the query for dependent objects and the locks, a user can still create one."""
    releases.query("create schema ann")
    first = releases.publish(ALASKA, ALABAMA)
    require, created = foreign_objects.require_recreatable, []

    def then_create(cursor: Cursor, *arguments: Any) -> None:
        require(cursor, *arguments)
        if not created:
            created.append(True)
            cursor.execute("create view ann.late as select code from ntsb.regions")

    monkeypatch.setattr(foreign_objects, "require_recreatable", then_create)
    if operation == "publish":
        releases.publish(ALABAMA)
    else:
        releases.publish(ALABAMA)
        releases.query("drop view ann.late")
        created.clear()
        releases.roll_back(first)
    expected = releases.query("select code from ntsb.regions")
    assert created and releases.query("select code from ann.late") == expected
    assert releases.query(READS_ELSEWHERE) == []
