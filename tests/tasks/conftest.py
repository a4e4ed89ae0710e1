"""Stores that runs have built, once per session, and copies of them for tests that change them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.api_documents import sample_cases, write_months
from tests.architecture import walk
from tests.environment import HOSTILE_ENVIRONMENT
from tests.http_api import Api, api_server
from tests.reading import Reader
from tests.results import release, results
from tests.running import SAMPLES, RunResult, Workspace, bundle_command, copy_repository

Graph = dict[str, dict[str, Any]]
API_MONTHS = [f"{year}-{month:02d}" for year in range(2016, 2020) for month in range(1, 13, 2)]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source for the session."""
    return copy_repository(tmp_path_factory.mktemp("repository") / "a copy")


@pytest.fixture(scope="session")
def built(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A complete build of the samples, not to be changed; its server is stopped, so that the store can be copied."""
    variables = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    workspace = Workspace(tmp_path_factory.mktemp("built") / "a store", repository, variables=variables)
    result = workspace.run()
    assert result.code == 0, result.text[-3000:]
    workspace.stop()
    yield workspace


@pytest.fixture(scope="session")
def expected(built: Workspace) -> dict[str, Any]:
    """The results of an uninterrupted build of the samples."""
    actual = results(built)
    built.stop()
    return actual


@pytest.fixture(scope="session")
def earlier(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A release without the weekly file; its server is stopped, so that the store can be copied."""
    sources = tmp_path_factory.mktemp("three zips")
    for name in ("PRE1982", "Pre2008", "avall"):
        (sources / f"{name}.zip").write_bytes((SAMPLES / f"{name}.zip").read_bytes())
    workspace = Workspace(tmp_path_factory.mktemp("earlier") / "a store", repository, str(sources))
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    workspace.stop()
    yield workspace


@pytest.fixture(scope="session")
def built_from_api(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A release of some months of the API only."""
    sources = tmp_path_factory.mktemp("months")
    write_months(sources, sample_cases(), API_MONTHS)
    workspace = Workspace(tmp_path_factory.mktemp("api only") / "store", repository, str(sources))
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    yield workspace
    workspace.stop()


@dataclass(frozen=True)
class TwoReleases:
    """A store with two releases, by their ids; `after` is the current one."""

    workspace: Workspace
    before: str
    after: str


@pytest.fixture(scope="session")
def two_release_store(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> TwoReleases:
    """The earlier release and one with the weekly file; the server is stopped, so that the store can be copied."""
    workspace = earlier.copied(tmp_path_factory.mktemp("twice") / "store", sources=str(SAMPLES))
    before = release(workspace)["id"]
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    after = release(workspace)["id"]
    workspace.stop()
    return TwoReleases(workspace, before, after)


@pytest.fixture
def two_releases(two_release_store: TwoReleases, tmp_path: Path) -> Iterator[TwoReleases]:
    """A copy of the store with two releases, for one test."""
    copied = replace(two_release_store, workspace=two_release_store.workspace.copied(tmp_path / "two releases"))
    yield copied
    copied.workspace.stop()


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


@pytest.fixture(scope="session")
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


@pytest.fixture
def copy(built: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the built store for one test."""
    workspace = built.copied(tmp_path / "a copy")
    yield workspace
    workspace.stop()


@pytest.fixture(scope="session")
def bundled(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the built store, of whose release a bundle is written; tests must not change it."""
    workspace = built.copied(tmp_path_factory.mktemp("bundled") / "store")
    yield workspace
    workspace.stop()


@pytest.fixture(scope="session")
def bundle(bundled: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle of the release."""
    folder = tmp_path_factory.mktemp("bundle")
    result = bundle_command(bundled, folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def api(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The HTTP API of a copy of the built store, which tests must not change, without a rate limit.

    Not for the session: MLflow keeps one address per process, and the API would set it during tests of models.
    """
    workspace = built.copied(tmp_path_factory.mktemp("served") / "store")
    with api_server(workspace) as running:
        yield running
    workspace.stop()


@pytest.fixture(scope="session")
def graph(built: Workspace) -> Graph:
    """{task: its description} of the built snapshot."""
    return graph_of(built)


def graph_of(workspace: Workspace) -> Graph:
    """The task graph as defined by the workspace's source."""
    command = [sys.executable, walk.__file__, workspace.snapshot()]
    done = subprocess.run(
        command, cwd=workspace.repository, env=workspace.environment(), capture_output=True, text=True, check=True
    )
    return {step["step"]: step for step in json.loads(done.stdout.splitlines()[-1])}


def downstream(graph: Graph, *names: str) -> set[str]:
    """The named tasks and all tasks whose results they determine."""
    actual = set(names)
    while more := {step for step in graph if step not in actual and actual & set(graph[step]["inputs"])}:
        actual |= more
    return actual
