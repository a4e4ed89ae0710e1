"""Publication is atomic, keeps the earlier release, and does not happen if a check fails."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results import release
from tests.running import SAMPLES, Workspace, copy_repository
from tests.tasks.test_commands import ask

STOP_CHECK = """-- needs: events
-- checks: no event exists
-- severity: stop
-- allow: 0, a test
-- family: dates
select ev_id as row_key, 'exists' as found from events
"""
OLD_NAME_SCHEMAS = "select relnamespace::regnamespace::text from pg_class where relname = 'old_name'"
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
    inner join pg_class as view
        on view.oid = rule.ev_class and view.relnamespace in ('staging'::regnamespace, 'mart'::regnamespace)
    inner join pg_depend as depends on depends.objid = rule.oid and depends.refclassid = 'pg_class'::regclass
    inner join pg_class as source on source.oid = depends.refobjid
    where source.relnamespace::regnamespace::text not in ('ntsb', 'staging', 'mart', 'code_mappings')
"""


@pytest.fixture
def later(earlier: Workspace, repository: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A store with the earlier release and a newer source location."""
    workspace = earlier.copied(tmp_path / "later", sources=str(SAMPLES))
    yield workspace
    workspace.stop()


def unqualified(rows: list[tuple[Any, ...]], schema: str) -> list[tuple[str, ...]]:
    return sorted(tuple(text.replace(f"{schema}.", "") for text in row) for row in rows)


def test_a_failed_check_prevents_publication(later: Workspace, tmp_path: Path) -> None:
    before = release(later)
    strict = replace(later, repository=copy_repository(tmp_path / "repository"))
    (strict.repository / "pipeline/sql/checks/nothing_passes.sql").write_text(STOP_CHECK)
    assert strict.run("CreateSnapshot").code == 0
    result = strict.run("PublishRelease", "--snapshot", strict.snapshot())
    assert result.code == 30
    assert "checks stop publication; the last release stays current" in result.text
    assert "nothing_passes" in result.text and "set search_path = candidate" in result.text
    assert "RunChecks" not in result.families and "PublishRelease" not in result.families
    assert release(later) == before
    ((events, candidates),) = later.query(
        "select (select count(*) from ntsb.events), (select count(*) from candidate.events)"
    )
    assert candidates > events > 0
    rows = later.query("select check_name, offending from candidate.check_result where status = 'failed'")
    assert rows == [("nothing_passes", candidates)]
    # A second run gives the same result; without the check, only checks and publication are incomplete.
    assert strict.run("PublishRelease", "--snapshot", strict.snapshot()).code == 30
    after = later.run("PublishRelease", "--snapshot", later.snapshot())
    assert (after.code, after.families) == (0, {"RunChecks", "PublishRelease"})
    assert release(later)["id"] != before["id"]


def test_relations_under_names_no_longer_used_leave_with_their_release(later: Workspace) -> None:
    before = release(later)["id"]
    later.query("set role ntsb_owner; create view mart.old_name as select count(*) as events from ntsb.events")
    later.query(f"""
        insert into audit.release_relation (release, target_schema, name, oid, fingerprint)
        select '{before}', 'mart', 'old_name', 'mart.old_name'::regclass, 'old'
    """)
    ((events,),) = later.query("select events from mart.old_name")
    assert later.run("CreateSnapshot").code == 0
    assert later.run("PublishRelease", "--snapshot", later.snapshot()).code == 0
    assert later.query(OLD_NAME_SCHEMAS) == [(f"ntsb_{before}",)]
    now = release(later)["id"]
    assert ask(later, "rollback").returncode == 0
    assert later.query("select events from mart.old_name") == [(events,)]
    assert ask(later, "rollback", now).returncode == 0
    assert later.query(OLD_NAME_SCHEMAS) == [(f"ntsb_{before}",)]


def test_foreign_keys_hold_after_a_parent_table_is_rebuilt(later: Workspace) -> None:
    assert later.run("CreateSnapshot").code == 0
    assert later.run("PublishRelease", "--snapshot", later.snapshot()).code == 0
    keys = later.query(FOREIGN_KEYS.format("ntsb"))
    details = release(later)
    later.query("truncate ntsb.aircraft cascade")
    assert later.run("PublishRelease", "--snapshot", later.snapshot()).code == 0
    assert release(later) == details
    assert later.query(POINTS_ELSEWHERE) == [] and later.query(READS_ELSEWHERE) == []
    assert later.query(FOREIGN_KEYS.format("ntsb")) == keys
    assert later.query(
        "select count(*) from pg_class where relnamespace = 'candidate'::regnamespace and relkind <> 'i'"
    ) == [(0,)]
