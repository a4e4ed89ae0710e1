"""Stores that runs have built, once per session, and copies of them for tests that change them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline.postgres import server
from tests import forked
from tests.api_documents import sample_cases, write_months
from tests.architecture import walk
from tests.http_api import Api, api_server
from tests.results import results
from tests.running import SAMPLES, Workspace, bundle_command, copy_repository

Graph = dict[str, dict[str, Any]]
API_MONTHS = [f"{year}-{month:02d}" for year in range(2016, 2020) for month in range(1, 13, 2)]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source for the session, which no test edits."""
    copied = copy_repository(tmp_path_factory.mktemp("repository") / "a copy")
    forked.UNCHANGED.add(copied)
    return copied


class SharedStores:
    """Stores that one process of the test session builds, and of which every process gets a copy."""

    def __init__(self, folder: Path, copies: pytest.TempPathFactory) -> None:
        self.folder, self.copies = folder, copies

    def get(self, name: str, workspace: Workspace, build: Callable[[Workspace], None]) -> Workspace:
        """The workspace with a copy of the store of this name, built where it is missing; its server is stopped."""
        store, complete = self.folder / name / "a store", self.folder / f"{name}.complete"
        with FileLock(self.folder / f"{name}.lock"):
            if not complete.exists():
                shutil.rmtree(self.folder / name, ignore_errors=True)
                store.parent.mkdir()
                build(replace(workspace, store=store))
                server.stop(replace(workspace, store=store).targets / "postgres")
                do_not_sync(replace(workspace, store=store))
                complete.touch()
        return replace(workspace, store=store).copied(self.copies.mktemp(name) / "a store")


def do_not_sync(workspace: Workspace) -> None:
    """Changes the stopped server of a store, and so those of its copies, as the server of the other tests."""
    settings = workspace.targets / "postgres" / "server" / "data" / "postgresql.auto.conf"
    with settings.open("a", encoding="utf-8") as file:
        file.write("fsync = off\n")


@pytest.fixture(scope="session")
def shared_stores(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> SharedStores:
    """Stores that are built once, also where several processes run the tests."""
    folder = tmp_path_factory.getbasetemp()
    return SharedStores(folder if worker_id == "master" else folder.parent, tmp_path_factory)


def run_all(workspace: Workspace) -> None:
    """Builds everything."""
    result = workspace.run()
    assert result.code == 0, result.text[-3000:]


def publish(workspace: Workspace) -> None:
    """Builds a release, without models and reports."""
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]


@pytest.fixture(scope="session")
def built(repository: Path, shared_stores: SharedStores) -> Workspace:
    """A complete build of the samples, not to be changed; its server is stopped, so that the store can be copied."""
    variables = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    return shared_stores.get("built", Workspace(Path(), repository, variables=variables), run_all)


@pytest.fixture(scope="session")
def expected(built: Workspace) -> dict[str, Any]:
    """The results of an uninterrupted build of the samples."""
    actual = results(built)
    built.stop()
    return actual


@pytest.fixture(scope="session")
def earlier(repository: Path, shared_stores: SharedStores, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A release without the weekly file; its server is stopped, so that the store can be copied."""
    sources = tmp_path_factory.mktemp("three zips")
    for name in ("PRE1982", "Pre2008", "avall"):
        (sources / f"{name}.zip").write_bytes((SAMPLES / f"{name}.zip").read_bytes())
    return shared_stores.get("earlier", Workspace(Path(), repository, str(sources)), publish)


@pytest.fixture(scope="session")
def built_from_api(
    repository: Path, shared_stores: SharedStores, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A release of some months of the API only."""
    sources = tmp_path_factory.mktemp("months")
    write_months(sources, sample_cases(), API_MONTHS)
    workspace = shared_stores.get("api only", Workspace(Path(), repository, str(sources)), publish)
    yield workspace
    workspace.stop()


@dataclass(frozen=True)
class TwoReleases:
    """A store with two releases, by their ids; `after` is the current one."""

    workspace: Workspace
    before: str
    after: str


@pytest.fixture(scope="session")
def two_release_store(earlier: Workspace, shared_stores: SharedStores) -> TwoReleases:
    """The earlier release and one with the weekly file; the server is stopped, so that the store can be copied."""

    def build(workspace: Workspace) -> None:
        publish(earlier.copied(workspace.store, sources=str(SAMPLES)))

    workspace = shared_stores.get("two releases", replace(earlier, sources=str(SAMPLES)), build)
    releases = workspace.query("select id from audit.release order by is_current")
    workspace.stop()
    return TwoReleases(workspace, *(identity for (identity,) in releases))


@pytest.fixture
def two_releases(two_release_store: TwoReleases, tmp_path: Path) -> Iterator[TwoReleases]:
    """A copy of the store with two releases, for one test."""
    copied = replace(two_release_store, workspace=two_release_store.workspace.copied(tmp_path / "two releases"))
    yield copied
    copied.workspace.stop()


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
