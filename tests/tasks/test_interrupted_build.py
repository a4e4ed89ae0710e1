"""A run that is killed repeatedly, in another environment, gives the same bytes; readers see complete releases only."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from tests.environment import HOSTILE_ENVIRONMENT
from tests.reading import Reader
from tests.results import release, results
from tests.running import SAMPLES, RunResult, Workspace
from tests.tasks.test_living_data import as_of
from tests.tasks.test_publish import FOREIGN_KEYS, POINTS_ELSEWHERE, READS_ELSEWHERE, unqualified

UPDATED = """
    select one.name from audit.release_relation as one
    inner join audit.release_relation as other on other.oid = one.oid and other.release > one.release
    where other.fingerprint <> one.fingerprint
"""


class InterruptedBuild:
    """A build that is killed repeatedly while a reader queries: its kills, and what the reader saw."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.kills: list[str] = []
        self.reader = Reader(workspace.url())
        self.last: RunResult | None = None

    def kill_at(self, pattern: str, seconds: float = 0.1) -> None:
        """Starts a run and kills it shortly after its output matches the pattern."""
        run = self.workspace.start("AllReports")
        if run.wait_for(pattern):
            time.sleep(seconds)
            self.kills.append(pattern)
        run.kill()

    def kill_while_publishing(self) -> None:
        """Kills a run while its publication waits for the lock of a reader."""
        run = self.workspace.start("AllReports")
        assert run.wait_for(r"running   RunChecks\("), run.text()[-3000:]
        with closing(psycopg2.connect(self.workspace.url())) as slow, slow.cursor() as cursor:
            cursor.execute("begin; select count(*) from mart.mv_yearly_stats")
            assert run.wait_for(r"running   PublishRelease\("), run.text()[-3000:]
            limit = time.monotonic() + 60
            while not self.workspace.query(WAITING) and time.monotonic() < limit:
                time.sleep(0.05)
            assert self.workspace.query(WAITING)
            self.kills.append("PublishRelease")
            run.kill()


WAITING = """
    select pid from pg_stat_activity
    where application_name = 'ntsb-pipeline' and wait_event_type = 'Lock' and state = 'active'
"""
BEFORE_PUBLICATION = (
    r"running   LoadRawTables\(",
    r"running   CastTables\(",
    r"running   MergeTable\(.*table=events\)",
)
AFTER_PUBLICATION = (r"running   ExportParquet\(", r"running   TrainSeverityModel\(")


@pytest.fixture(scope="module")
def interrupted(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InterruptedBuild]:
    """A build over an earlier release, in another environment, that is killed repeatedly and then completed."""
    store = tmp_path_factory.mktemp("disturbed") / "it's another" / "store"
    store.parent.mkdir()
    interrupted = InterruptedBuild(earlier.copied(store, sources=str(SAMPLES), variables=HOSTILE_ENVIRONMENT))
    with interrupted.reader:
        for pattern in BEFORE_PUBLICATION:
            interrupted.kill_at(pattern)
        interrupted.kill_while_publishing()
        for pattern in AFTER_PUBLICATION:
            interrupted.kill_at(pattern, 1.0)
        interrupted.last = interrupted.workspace.run()
    yield interrupted
    interrupted.workspace.stop()


def test_a_repeatedly_killed_run_is_completed(interrupted: InterruptedBuild) -> None:
    assert len(interrupted.kills) == 6, interrupted.kills
    assert interrupted.last is not None and interrupted.last.code == 0, interrupted.last
    # Tasks completed before a kill are not repeated.
    assert "LoadRawTables" not in interrupted.last.families and "MergeTable" not in interrupted.last.families


def test_readers_saw_two_complete_releases_and_no_error(interrupted: InterruptedBuild, earlier: Workspace) -> None:
    reader = interrupted.reader
    assert reader.errors == []
    assert reader.looks > 100
    before, after = reader.seen
    assert before[0] == release(earlier)["id"] and after[0] == release(interrupted.workspace)["id"]
    earlier.stop()
    for _, events, _, summarized, counted in (before, after):
        assert events == summarized
        assert counted is not None


@pytest.fixture(scope="module")
def actual(interrupted: InterruptedBuild) -> dict[str, Any]:
    """The results of the interrupted build."""
    assert interrupted.last is not None and interrupted.last.code == 0
    return results(interrupted.workspace)


def test_releases_are_equal(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert actual["release"] == expected["release"]
    assert len(actual["release"]["relations"]) > 35


@pytest.mark.parametrize("kind", ["parquet", "studies", "pages"])
def test_files_are_equal(expected: dict[str, Any], actual: dict[str, Any], kind: str) -> None:
    assert set(actual[kind]) == set(expected[kind]) != set()
    assert [name for name in expected[kind] if actual[kind][name] != expected[kind][name]] == []


def test_no_temporary_files_are_left(interrupted: InterruptedBuild, built: Workspace) -> None:
    """Runs remove the partial outputs of killed runs."""
    for workspace in (built, interrupted.workspace):
        partial = [
            path.name
            for path in workspace.store.rglob("*")
            if path.name.startswith(".making-") or path.suffix == ".part"
        ]
        assert partial == []


def test_the_earlier_release_is_kept_completely(
    interrupted: InterruptedBuild, earlier: Workspace, expected: dict[str, Any]
) -> None:
    workspace = interrupted.workspace
    before = release(earlier)
    earlier.stop()
    known = workspace.query("select id, publication, is_current from audit.release order by publication")
    assert known == [(before["id"], 1, False), (expected["release"]["id"], 2, True)]
    # Equal relations exist once; so do updated tables, whose earlier rows are in the history.
    shared = {(schema, name, fingerprint) for schema, name, fingerprint, *_ in expected["release"]["relations"]}
    updated = {name for (name,) in workspace.query(UPDATED)}
    assert updated >= {"events", "aircraft", "narratives"}
    reconstructed = as_of(workspace.url(), before["id"])
    assert all(
        reconstructed[name] == [rows, digest] for home, name, _, rows, digest in before["relations"] if home == "ntsb"
    )
    replaced = [item for item in before["relations"] if item[:3] not in shared and item[1] not in updated]
    assert {name for _, name, *_ in replaced} >= {"event_summary", "mv_yearly_stats", "row_conservation", "states"}
    schema = f"ntsb_{before['id']}"
    for home, name, _, rows, digest in replaced:
        if home == "ntsb":
            assert workspace.query(f"select * from audit.digest('{schema}.{name}')") == [(rows, digest)], name
    kept = workspace.query(
        f"select relname from pg_class where relnamespace = '{schema}'::regnamespace and relkind in ('r', 'v', 'm')"
    )
    assert {name for (name,) in kept} == {name for _, name, *_ in replaced}
    loads = workspace.query(
        "select source_file, first_release, last_release from audit.load_tracking order by source_file"
    )
    now = expected["release"]["id"]
    assert sorted(loads) == sorted(
        [(name, before["id"], now) for name in ("PRE1982", "Pre2008", "avall")] + [("up08NOV", now, now)]
    )


def test_the_release_depends_on_no_earlier_one(interrupted: InterruptedBuild) -> None:
    workspace = interrupted.workspace
    assert workspace.query(POINTS_ELSEWHERE) == []
    assert workspace.query(READS_ELSEWHERE) == []
    assert unqualified(workspace.query(FOREIGN_KEYS.format("ntsb")), "ntsb") == unqualified(
        workspace.query(FOREIGN_KEYS.format("contract")), "contract"
    )
