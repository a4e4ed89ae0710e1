"""Revisions: published tables that change where they stand, go back by their history, and are given up when spoilt."""

import random
from collections.abc import Mapping
from pathlib import Path

import luigi
import pytest
from luigi.task_register import Register

from pipeline.errors import PipelineError
from pipeline.postgres.connection import transaction
from pipeline.tasks.quality import RunChecks
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.sources import CreateSnapshot
from pipeline.warehouse import incremental, table_schema
from pipeline.warehouse.release import rollback
from tests.tasks.living import ask, counted, digests, publish, tell, write_zip
from tests.tasks.test_living_data import EVENTS, Switch, as_of, place, release, use

__all__ = ["place", "use"]

OIDS = "select name, oid from audit.release_relation inner join audit.release on release.id = release where is_current"
SEEN = """
select (select count(*) from ntsb.events), (select count(*) from mart.event_summary),
    (select coalesce(sum(events), 0) from mart.mv_state_stats)
"""


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every snapshot after the first is a revision, however much it touches."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 1.0)


def back(wanted: str = "") -> None:
    """Rolls back, as the command does."""
    with transaction() as cursor:
        rollback.roll_back(cursor, wanted)


def test_tables_stay_where_they_are_and_a_spoilt_revision_is_given_up(use: Switch, place: Path, always: None) -> None:
    address = use("living")
    dice = random.Random(4)
    write_zip(place, "avall", tell(dice, EVENTS[:5]))
    publish()
    ask(address, "create view public.mine as select ev_id from ntsb.events; select 1")
    before = dict(ask(address, OIDS))
    write_zip(place, "up01NOV", tell(dice, EVENTS[4:]))
    publish()
    after, seen = dict(ask(address, OIDS)), digests(address)
    assert {before[name] == after[name] for name in ("events", "aircraft", "findings", "dt_events")} == {True}
    assert before["mv_state_stats"] != after["mv_state_stats"]
    assert ask(address, "select count(*) from public.mine") == [(len(EVENTS),)]
    assert counted(address) == seen
    nothing_is_left(address)
    # The earlier release's own views read tables that hold the later one's rows; what it had counted stays.
    ((first,),) = ask(address, "select from_release from audit.publication_log where sequence = 2")
    own = "select (select count(*) from ntsb_{0}.event_summary), (select sum(events) from ntsb_{0}.mv_state_stats)"
    assert ask(address, own.format(first)) == [(len(EVENTS), 5)]

    # A published table is written to while a revision waits for its publication: whole tables are made instead.
    back()
    luigi.build(
        [RunChecks(snapshot=CreateSnapshot().current_id())], local_scheduler=True, workers=1, log_level="CRITICAL"
    )
    assert ask(address, "select relkind from pg_class where oid = 'candidate.findings'::regclass") == [("v",)]
    ask(address, "delete from ntsb.findings; select 1")
    wanted = PublishRelease(snapshot=CreateSnapshot().current_id())
    with pytest.raises(
        PipelineError, match=r"found ntsb\.events, .*missing or modified; the last release stays current"
    ):
        wanted.run()
    assert ask(address, "select count(*) from audit.publication_log") == [(3,)]
    publish()
    assert counted(address) == digests(address) == seen
    assert dict(ask(address, OIDS))["findings"] != after["findings"]
    nothing_is_left(address)


def nothing_is_left(address: str) -> None:
    """No revision, and no candidate."""
    assert ask(address, "select to_regnamespace('incremental'), count(*) from audit.basis") == [(None, 0)]
    left = "select relname from pg_class where relnamespace = 'candidate'::regnamespace and relkind in ('r', 'v', 'm')"
    assert ask(address, left) == []


def test_back_and_forth_through_the_history(
    use: Switch, place: Path, monkeypatch: pytest.MonkeyPatch, always: None
) -> None:
    address = use("living")
    dice = random.Random(5)
    files = {"avall": EVENTS[:5], "up01NOV": EVENTS[3:6], "up08NOV": EVENTS[4:]}
    first, second, third = seen = publish_in_turn(address, place, dice, files)
    for wanted in (second, first, third, first, second, third):
        go_back(address, wanted, seen)
    assert {name: as_of(address, name) for name in seen} == seen
    assert publish() == []

    # A new base in whole tables: the earlier releases share those that it took the place of.
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 0.0)
    write_zip(place, "avall", tell(random.Random(6), EVENTS[1:]))
    publish()
    fourth = release(address)
    seen[fourth] = digests(address)
    for wanted in (second, fourth, third, second):
        go_back(address, wanted, seen)
    assert {name: as_of(address, name) for name in seen} == seen

    # Of a table that was written to, nobody knows what it holds.
    ask(address, "update ntsb.aircraft set acft_make = 'EDITED'; select 1")
    with pytest.raises(
        PipelineError, match=r"expected tables as they were published, found ntsb.aircraft, shared with release"
    ):
        back(third)
    assert release(address) == second
    publish()
    assert counted(address) == digests(address) == seen[fourth]


def test_tables_are_made_anew_after_a_revision(
    use: Switch, place: Path, monkeypatch: pytest.MonkeyPatch, always: None
) -> None:
    """Other code makes tables of the same rows: the release before still shares the old ones, and comes back."""
    address = use("living")
    dice = random.Random(7)
    files = {"avall": EVENTS[:5], "up01NOV": EVENTS[4:]}
    first, second = seen = publish_in_turn(address, place, dice, files)
    source_files = table_schema.source_files
    monkeypatch.setattr(
        table_schema, "source_files", lambda table: [*source_files(table), table_schema.FUNCTIONS / "decode.sql"]
    )
    # Luigi keeps tasks with the fingerprints that they had.
    Register.clear_instance_cache()
    assert "MergeTable events" in publish()
    assert release(address) == second
    for wanted in (first, second):
        go_back(address, wanted, seen)


def publish_in_turn(
    address: str, place: Path, dice: random.Random, files: Mapping[str, list[str]]
) -> dict[str, Mapping[str, object]]:
    """{release: its digests} after each file, which tells of these events."""
    seen = {}
    for source, events in files.items():
        write_zip(place, source, tell(dice, events))
        publish()
        seen[release(address)] = digests(address)
    return seen


def go_back(address: str, wanted: str, seen: Mapping[str, object]) -> None:
    """Rolls back to a release: tables and views are then as it was published."""
    back(wanted)
    assert release(address) == wanted
    assert counted(address) == digests(address) == seen[wanted]
    assert len(set(ask(address, SEEN)[0])) == 1
