"""Publication: all or nothing, with the earlier release kept, and never past a check that stops it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results import release
from tests.running import SAMPLES, Place, copy_repository
from tests.tasks.conftest import Disturbed
from tests.tasks.test_living_data import as_of

STOP = """-- needs: events
-- checks: nothing is ever published
-- severity: stop
-- allow: 0, a test
-- family: dates
select ev_id as row_key, 'is there' as found from events
"""
REVISED = """
    select one.name from audit.release_relation as one
    inner join audit.release_relation as other on other.oid = one.oid and other.release > one.release
    where other.fingerprint <> one.fingerprint
"""
POINTS_ELSEWHERE = """
    select conrelid::regclass::text, confrelid::regclass::text from pg_constraint
    where contype = 'f' and connamespace = 'ntsb'::regnamespace and (
        not convalidated or (select relnamespace from pg_class where oid = confrelid) <> 'ntsb'::regnamespace
    )
"""
FOREIGN_KEYS = """
    select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
    where contype = 'f' and connamespace = '{}'::regnamespace order by 1, 2
"""
READS_ELSEWHERE = """
    select distinct rule.ev_class::regclass::text, depends.refobjid::regclass::text
    from pg_rewrite as rule
    inner join pg_class as view on view.oid = rule.ev_class and view.relnamespace in ('staging'::regnamespace, 'mart'::regnamespace)
    inner join pg_depend as depends on depends.objid = rule.oid and depends.refclassid = 'pg_class'::regclass
    inner join pg_class as source on source.oid = depends.refobjid
    where source.relnamespace::regnamespace::text not in ('ntsb', 'staging', 'mart', 'code_mappings')
"""


@pytest.fixture
def later(earlier: Place, house: Path, tmp_path: Path) -> Iterator[Place]:
    """A store with the earlier release, and one more source since."""
    place = earlier.copied(tmp_path / "later", sources=str(SAMPLES))
    yield place
    place.stop()


def unqualified(rows: list[tuple[Any, ...]], schema: str) -> list[tuple[str, ...]]:
    return sorted(tuple(text.replace(f"{schema}.", "") for text in row) for row in rows)


def test_a_check_that_stops_leaves_the_last_release(later: Place, tmp_path: Path) -> None:
    before = release(later)
    strict = replace(later, house=copy_repository(tmp_path / "house"))
    (strict.house / "pipeline/sql/checks/nothing_passes.sql").write_text(STOP)
    assert strict.run("CreateSnapshot").code == 0
    told = strict.run("PublishRelease", "--snapshot", strict.snapshot())
    assert told.code == 30
    assert "checks stop publication; readers keep the last release" in told.text
    assert "nothing_passes" in told.text and "set search_path = candidate" in told.text
    assert "RunChecks" not in told.families and "PublishRelease" not in told.families
    assert release(later) == before
    ((events, candidates),) = later.ask(
        "select (select count(*) from ntsb.events), (select count(*) from candidate.events)"
    )
    assert candidates > events > 0
    rows = later.ask("select check_name, offending from candidate.check_result where status = 'failed'")
    assert rows == [("nothing_passes", candidates)]
    # Asked again, it says the same; without the check, only the audit is left to do.
    assert strict.run("PublishRelease", "--snapshot", strict.snapshot()).code == 30
    after = later.run("PublishRelease", "--snapshot", later.snapshot())
    assert (after.code, after.families) == (0, {"RunChecks", "PublishRelease"})
    assert release(later)["id"] != before["id"]


def test_the_earlier_release_is_kept_whole(disturbed: Disturbed, earlier: Place, expected: dict[str, Any]) -> None:
    place = disturbed.place
    before = release(earlier)
    earlier.stop()
    known = place.ask("select id, publication, is_current from audit.release order by publication")
    assert known == [(before["id"], 1, False), (expected["release"]["id"], 2, True)]
    # What both have alike is there once, in its home; so is what was revised, whose earlier rows history has.
    shared = {(home, name, fingerprint) for home, name, fingerprint, *_ in expected["release"]["relations"]}
    revised = {name for (name,) in place.ask(REVISED)}
    assert revised >= {"events", "aircraft", "narratives"}
    stood = as_of(place.url(), before["id"])
    assert all(stood[name] == [rows, digest] for home, name, _, rows, digest in before["relations"] if home == "ntsb")
    replaced = [each for each in before["relations"] if each[:3] not in shared and each[1] not in revised]
    assert {name for _, name, *_ in replaced} >= {"event_summary", "mv_yearly_stats", "row_conservation", "states"}
    schema = f"ntsb_{before['id']}"
    for home, name, _, rows, digest in replaced:
        if home == "ntsb":
            assert place.ask(f"select * from audit.digest('{schema}.{name}')") == [(rows, digest)], name
    kept = place.ask(
        f"select relname from pg_class where relnamespace = '{schema}'::regnamespace and relkind in ('r', 'v', 'm')"
    )
    assert {name for (name,) in kept} == {name for _, name, *_ in replaced}
    loads = place.ask("select source_file, first_release, last_release from audit.load_tracking order by source_file")
    now = expected["release"]["id"]
    assert sorted(loads) == sorted(
        [(name, before["id"], now) for name in ("PRE1982", "Pre2008", "avall")] + [("up08NOV", now, now)]
    )


def test_nothing_of_the_release_hangs_on_an_earlier_one(disturbed: Disturbed) -> None:
    place = disturbed.place
    assert place.ask(POINTS_ELSEWHERE) == []
    assert place.ask(READS_ELSEWHERE) == []
    assert unqualified(place.ask(FOREIGN_KEYS.format("ntsb")), "ntsb") == unqualified(
        place.ask(FOREIGN_KEYS.format("contract")), "contract"
    )


def test_foreign_keys_hold_after_one_parent_is_built_again(later: Place) -> None:
    assert later.run("CreateSnapshot").code == 0
    assert later.run("PublishRelease", "--snapshot", later.snapshot()).code == 0
    whole = later.ask(FOREIGN_KEYS.format("ntsb"))
    facts = release(later)
    later.ask("truncate ntsb.aircraft cascade")
    assert later.run("PublishRelease", "--snapshot", later.snapshot()).code == 0
    assert release(later) == facts
    assert later.ask(POINTS_ELSEWHERE) == [] and later.ask(READS_ELSEWHERE) == []
    assert later.ask(FOREIGN_KEYS.format("ntsb")) == whole
    assert later.ask(
        "select count(*) from pg_class where relnamespace = 'candidate'::regnamespace and relkind <> 'i'"
    ) == [(0,)]
