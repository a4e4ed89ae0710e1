"""Rollback restores an earlier release completely; readers never see parts of two; the next run publishes as before."""

import re
import time
from pathlib import Path
from typing import Any

from tests.reading import Reader
from tests.results import release
from tests.running import Workspace
from tests.tasks import living
from tests.tasks.conftest import TwoReleases
from tests.tasks.test_commands import answer, ask
from tests.tasks.test_living_data import as_of
from tests.tasks.test_publish import FOREIGN_KEYS, POINTS_ELSEWHERE, READS_ELSEWHERE, unqualified

MISPLACED = """
    select listed.target_schema, listed.name from audit.release_relation as listed
    inner join audit.release on release.id = listed.release and release.is_current
    where to_regclass(format('%I.%I', listed.target_schema, listed.name)) is distinct from listed.oid::regclass
"""
LOG = "select action, from_release, to_release from audit.publication_log order by sequence"
STATUS = "select source_file, status, last_release from audit.load_tracking order by source_file"


def assert_release_intact(workspace: Workspace) -> None:
    """The relations of the current release are in their schemas and depend on no other release."""
    assert workspace.query(MISPLACED) == []
    assert workspace.query(POINTS_ELSEWHERE) == [] and workspace.query(READS_ELSEWHERE) == []
    assert unqualified(workspace.query(FOREIGN_KEYS.format("ntsb")), "ntsb") == unqualified(
        workspace.query(FOREIGN_KEYS.format("contract")), "contract"
    )


def digests(workspace: Workspace, details: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(table, rows, digest) of every ntsb table, computed from its rows."""
    names = [name for home, name, *_ in details["relations"] if home == "ntsb"]
    return [(name, *workspace.query(f"select * from audit.digest('ntsb.{name}')")[0]) for name in names]


def recorded(details: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(name, rows, digest) for home, name, _, rows, digest in details["relations"] if home == "ntsb"]


def test_rollback_restores_both_releases_while_readers_query(two_releases: TwoReleases, earlier: Workspace) -> None:
    workspace, before, after = two_releases.workspace, two_releases.before, two_releases.after
    old, new = release(earlier), release(workspace)
    earlier.stop()
    with Reader(workspace.url()) as reader:
        started = time.monotonic()
        back = ask(workspace, "rollback")
        assert back.returncode == 0, back.stderr
        assert time.monotonic() - started < 20
        assert f"Release {before} of snapshot" in back.stdout and after in back.stdout
        assert release(workspace) == old
        assert digests(workspace, old) == recorded(old)
        assert_release_intact(workspace)
        assert answer(workspace, "status")["release"]["earlier_kept"] == [after]
        assert workspace.query(STATUS) == [(name, "published", before) for name in ("PRE1982", "Pre2008", "avall")] + [
            ("up08NOV", "earlier", after)
        ]
        forth = ask(workspace, "rollback", after[:6])
        assert forth.returncode == 0, forth.stderr
        assert release(workspace) == new and digests(workspace, new) == recorded(new)
        assert_release_intact(workspace)
    assert reader.errors == []
    # Readers saw exactly the two releases, each with its own counts.
    assert {identity for identity, *_ in reader.seen} == {before, after} and len(set(reader.seen)) == 2
    assert workspace.query(LOG) == [
        ("publish", None, before),
        ("publish", before, after),
        ("rollback", after, before),
        ("rollback", before, after),
    ]


def test_views_read_the_restored_tables(two_releases: TwoReleases) -> None:
    workspace = two_releases.workspace
    count = "select (select count(*) from ntsb.events), (select count(*) from mart.event_summary)"
    assert ask(workspace, "rollback").returncode == 0
    ((events, summarized),) = workspace.query(count)
    assert events == summarized
    workspace.query("select * from mart.refresh_all_materialized_views()")
    ((by_year,),) = workspace.query("select sum(events) from mart.mv_yearly_stats")
    ((dated,),) = workspace.query("select count(*) from ntsb.events where ev_year is not null")
    assert by_year == dated


def test_the_next_run_publishes_the_newer_release_or_the_named_snapshot(two_releases: TwoReleases) -> None:
    workspace, before = two_releases.workspace, two_releases.before
    new, snapshot = release(workspace), workspace.snapshot()
    seen = {item: living.digests(workspace.url(), item) for item in (before, two_releases.after)}
    assert ask(workspace, "rollback").returncode == 0
    assert {item: as_of(workspace.url(), item) for item in seen} == seen
    assert workspace.run("PublishRelease", "--snapshot", snapshot).code == 0
    assert release(workspace) == new
    assert_release_intact(workspace)
    assert {item: as_of(workspace.url(), item) for item in seen} == seen
    assert answer(workspace, "status")["release"]["earlier_kept"] == [before]
    assert ask(workspace, "rollback").returncode == 0
    old = workspace.query("select snapshot from audit.release where is_current")[0][0]
    assert workspace.run("PublishRelease", "--snapshot", old).code == 0
    assert release(workspace)["id"] == before
    assert_release_intact(workspace)


def test_diff_of_an_unchanged_event_and_of_an_unknown_one(two_releases: TwoReleases) -> None:
    workspace = two_releases.workspace
    ((same,),) = workspace.query(
        "select min(ev_id) from ntsb.events where ev_id not in "
        "(select ev_id from history.row_version where ev_id is not null)"
    )
    ((new,),) = workspace.query("select min(ev_id) from history.event_version where kind = 'new'")
    for event, message in ((same, f"event {same}, .*: 0 rows differ"), (new, f"event {new}, .*: [1-9].* rows differ")):
        done = ask(workspace, "diff", "--event", event)
        assert done.returncode == 0 and re.match(message, done.stdout), done.stderr
    for words in ((), ("--json",)):
        done = ask(workspace, "diff", "--event", "NOSUCH'", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(
            f"diff: expected an event of release {two_releases.before} or {two_releases.after}, found NOSUCH"
        )


def test_releases_that_cannot_be_restored_are_named(two_releases: TwoReleases, tmp_path: Path) -> None:
    workspace, before, after = two_releases.workspace, two_releases.before, two_releases.after
    for words, actual in (
        ((after,), f"the current release, {after};"),
        (("0123456789ab",), "0123456789ab"),
    ):
        done = ask(workspace, "rollback", *words)
        assert done.returncode == 1
        assert f"rollback: expected one of the other kept releases ({before}) or" in done.stderr
        assert f"found {actual}" in done.stderr
    # A release without one of its tables cannot be restored.
    workspace.query(f"drop table ntsb_{before}.check_result cascade")
    done = ask(workspace, "rollback")
    assert done.returncode == 1 and "found no earlier release" in done.stderr
    nothing = Workspace(tmp_path / "nothing", workspace.repository)
    done = ask(nothing, "rollback")
    assert done.returncode == 1 and "expected a published release, found none" in done.stderr
    assert not nothing.store.exists()


def test_tables_shared_with_a_kept_release_are_kept_when_rebuilt(two_releases: TwoReleases) -> None:
    """Both releases share the tables of 1962-1981; one is rebuilt, and the earlier release stays complete."""
    workspace, before = two_releases.workspace, two_releases.before
    shared = workspace.query(
        "select count(*) from audit.release_relation where name = 'tblfirsthalf' group by oid having count(*) = 2"
    )
    assert shared == [(2,)]
    # The update removes the signature, so the next run rebuilds the table; with equal rows the release keeps its id.
    workspace.query(
        "update ntsb.tblfirsthalf set recnum = recnum where ctid = (select min(ctid) from ntsb.tblfirsthalf)"
    )
    assert workspace.run("PublishRelease", "--snapshot", workspace.snapshot()).code == 0
    assert ask(workspace, "rollback").returncode == 0
    assert release(workspace)["id"] == before
    assert_release_intact(workspace)
