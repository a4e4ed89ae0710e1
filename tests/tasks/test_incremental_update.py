"""Incremental updates change tables in place, can be rolled back, and are abandoned if a table is modified."""

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
from tests.tasks.living import ask, digests, publish, random_events, recomputed_digests, write_zip
from tests.tasks.test_living_data import EVENTS, Switch, as_of, release, use, zips

__all__ = ["use", "zips"]

OIDS = "select name, oid from audit.release_relation inner join audit.release on release.id = release where is_current"
SEEN = """
select (select count(*) from ntsb.events), (select count(*) from mart.event_summary),
    (select coalesce(sum(events), 0) from mart.mv_state_stats)
"""


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every snapshot after the first is an incremental update, however many events change."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 1.0)


def roll_back(wanted: str = "") -> None:
    """Rolls back, as the command does."""
    with transaction() as cursor:
        rollback.roll_back(cursor, wanted)


def test_tables_are_updated_in_place_unless_one_is_modified(use: Switch, zips: Path, always: None) -> None:
    address = use("living")
    rng = random.Random(4)
    write_zip(zips, "avall", random_events(rng, EVENTS[:5]))
    publish()
    ask(address, "create view public.mine as select ev_id from ntsb.events; select 1")
    before = dict(ask(address, OIDS))
    write_zip(zips, "up01NOV", random_events(rng, EVENTS[4:]))
    publish()
    after, seen = dict(ask(address, OIDS)), digests(address)
    assert {before[name] == after[name] for name in ("events", "aircraft", "findings", "dt_events")} == {True}
    assert before["mv_state_stats"] != after["mv_state_stats"]
    assert ask(address, "select count(*) from public.mine") == [(len(EVENTS),)]
    assert recomputed_digests(address) == seen
    assert_no_candidates(address)
    # Plain views of the earlier release read the updated tables; its materialized views keep their rows.
    ((first,),) = ask(address, "select from_release from audit.publication_log where sequence = 2")
    own = "select (select count(*) from ntsb_{0}.event_summary), (select sum(events) from ntsb_{0}.mv_state_stats)"
    assert ask(address, own.format(first)) == [(len(EVENTS), 5)]

    # A published table is modified before an incremental update is published: whole tables are built instead.
    roll_back()
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
    assert recomputed_digests(address) == digests(address) == seen
    assert dict(ask(address, OIDS))["findings"] != after["findings"]
    assert_no_candidates(address)


def assert_no_candidates(address: str) -> None:
    """No incremental update and no candidate is left."""
    assert ask(address, "select to_regnamespace('incremental'), count(*) from audit.basis") == [(None, 0)]
    left = "select relname from pg_class where relnamespace = 'candidate'::regnamespace and relkind in ('r', 'v', 'm')"
    assert ask(address, left) == []


def test_rollback_reaches_every_release_of_the_history(
    use: Switch, zips: Path, monkeypatch: pytest.MonkeyPatch, always: None
) -> None:
    address = use("living")
    rng = random.Random(5)
    files = {"avall": EVENTS[:5], "up01NOV": EVENTS[3:6], "up08NOV": EVENTS[4:]}
    first, second, third = seen = publish_in_turn(address, zips, rng, files)
    for wanted in (second, first, third, first, second, third):
        go_back(address, wanted, seen)
    assert {name: as_of(address, name) for name in seen} == seen
    assert publish() == []

    # A new database in whole tables: the earlier releases share the tables that it replaced.
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", 0.0)
    write_zip(zips, "avall", random_events(random.Random(6), EVENTS[1:]))
    publish()
    fourth = release(address)
    seen[fourth] = digests(address)
    for wanted in (second, fourth, third, second):
        go_back(address, wanted, seen)
    assert {name: as_of(address, name) for name in seen} == seen

    # The content of a modified table is unknown, so it cannot be rolled back.
    ask(address, "update ntsb.aircraft set acft_make = 'EDITED'; select 1")
    with pytest.raises(
        PipelineError, match=r"expected tables as they were published, found ntsb.aircraft, shared with release"
    ):
        roll_back(third)
    assert release(address) == second
    publish()
    assert recomputed_digests(address) == digests(address) == seen[fourth]


def test_tables_rebuilt_by_other_code_after_an_incremental_update(
    use: Switch, zips: Path, monkeypatch: pytest.MonkeyPatch, always: None
) -> None:
    """The previous release still shares the old tables, and can be restored."""
    address = use("living")
    rng = random.Random(7)
    files = {"avall": EVENTS[:5], "up01NOV": EVENTS[4:]}
    first, second = seen = publish_in_turn(address, zips, rng, files)
    source_files = table_schema.source_files
    monkeypatch.setattr(
        table_schema, "source_files", lambda table: [*source_files(table), table_schema.FUNCTIONS / "decode.sql"]
    )
    # Luigi caches tasks with their fingerprints.
    Register.clear_instance_cache()
    assert "MergeTable events" in publish()
    assert release(address) == second
    for wanted in (first, second):
        go_back(address, wanted, seen)


def publish_in_turn(
    address: str, zips: Path, rng: random.Random, files: Mapping[str, list[str]]
) -> dict[str, Mapping[str, object]]:
    """{release: its digests} after each file, which contains these events."""
    seen = {}
    for source, events in files.items():
        write_zip(zips, source, random_events(rng, events))
        publish()
        seen[release(address)] = digests(address)
    return seen


def go_back(address: str, wanted: str, seen: Mapping[str, object]) -> None:
    """Rolls back to a release; its tables and views are as they were published."""
    roll_back(wanted)
    assert release(address) == wanted
    assert recomputed_digests(address) == digests(address) == seen[wanted]
    assert len(set(ask(address, SEEN)[0])) == 1
