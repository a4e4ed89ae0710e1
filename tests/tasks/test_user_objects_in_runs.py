"""Views, tables and foreign keys of a user keep working through a run, a rollback and gc, and read what is current."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.results import release
from tests.running import SAMPLES, Workspace
from tests.tasks.test_commands import ask

# An event that the weekly file revises, so that its row is deleted and inserted again.
OBJECTS = """
set role ntsb_owner;
create schema analyst;
create view analyst.fatal as select ev_id, ev_state from ntsb.events where ev_highest_injury = 'FATL';
create view analyst.fatal_summary as
select ev_id, first_acft_make from mart.event_summary inner join analyst.fatal using (ev_id);
create materialized view analyst.by_state as
select ev_state, count(*) as events from mart.event_summary group by ev_state;
create unique index on analyst.by_state (ev_state);
create table analyst.note (ev_id text references ntsb.events on delete cascade, note text);
insert into analyst.note select ev_id, 'revised' from raw_avall.events order by lchg_date desc, ev_id limit 20;
comment on view analyst.fatal is 'Fatal events'
"""
COUNTS = """
select (select count(*) from analyst.fatal) = (select count(*) from ntsb.events where ev_highest_injury = 'FATL'),
    (select count(*) from analyst.fatal_summary) = (select count(*) from analyst.fatal),
    (select sum(events) from analyst.by_state) = (select count(*) from ntsb.events),
    (select count(*) from analyst.note inner join ntsb.events using (ev_id)),
    obj_description('analyst.fatal'::regclass),
    (select confrelid::regclass::text from pg_constraint where conrelid = 'analyst.note'::regclass and contype = 'f')
"""
WORKING = [(True, True, True, 20, "Fatal events", "events")]


@pytest.fixture
def workspace(earlier: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A release without the weekly file, objects of a user, and a source location with the weekly file."""
    workspace = earlier.copied(tmp_path / "store", sources=str(SAMPLES))
    workspace.query(OBJECTS)
    yield workspace
    workspace.stop()


def test_objects_of_users_follow_runs_and_rollbacks(workspace: Workspace) -> None:
    before = release(workspace)["id"]
    assert workspace.query(COUNTS) == WORKING
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    after = release(workspace)["id"]
    assert after != before and workspace.query(COUNTS) == WORKING
    done = ask(workspace, "diff")
    assert done.returncode == 0, done.stderr
    for wanted in (before, after):
        done = ask(workspace, "rollback", wanted)
        assert done.returncode == 0, done.stderr
        assert workspace.query(COUNTS) == WORKING
    # The table is built again as a whole.
    workspace.query("update ntsb.events set ev_city = ev_city where ev_id in (select min(ev_id) from ntsb.events)")
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    assert workspace.query(COUNTS) == WORKING
    # A view that has been left on an earlier release keeps it until the view is dropped.
    workspace.query(f"create view analyst.past as select count(*) as n from ntsb_{before}.check_result")
    ((n_past,),) = workspace.query("select n from analyst.past")
    done = ask(workspace, "gc")
    assert done.returncode == 0, done.stderr
    assert workspace.query("select n from analyst.past") == [(n_past,)] and workspace.query(COUNTS) == WORKING


def test_a_view_that_a_run_cannot_create_again_is_named(workspace: Workspace) -> None:
    workspace.query("create role visitor; create schema visitor authorization visitor")
    workspace.query(
        "create view visitor.events as select ev_id from ntsb.events; alter view visitor.events owner to visitor"
    )
    before = release(workspace)
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 30
    assert "view visitor.events (owned by visitor: `grant visitor to ntsb_owner`)" in result.text
    assert release(workspace) == before
    workspace.query(
        "grant visitor to ntsb_owner; grant usage on schema ntsb to visitor; grant select on ntsb.events to visitor"
    )
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    assert workspace.query("select count(*) from visitor.events") == workspace.query("select count(*) from ntsb.events")
