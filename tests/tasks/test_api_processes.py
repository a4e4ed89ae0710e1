"""Runs that download from NTSB's API as processes of their own: what a kill costs, and where the key is."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples import api_archive
from samples.serve import Api, serving
from samples.serve_faults import Fault
from tests.api_server import few_cases
from tests.architecture.tree import REPOSITORY
from tests.running import RunResult, Workspace
from tests.tasks.test_planted_secrets import SECRET, CommandLines

TASK = "DownloadApiMonths"


@pytest.fixture
def api() -> Iterator[Api]:
    """A server whose key is the secret."""
    with serving(few_cases(), page_size=2, key=SECRET) as server:
        yield server


def workspace_of(api: Api, folder: Path) -> Workspace:
    settings = {"address": api.address, "first_month": "2016-01", "last_month": "2016-04", "attempts": "1"}
    folder.mkdir()
    text = "\n".join(f"{name} = {value}" for name, value in settings.items())
    (folder / "luigi.cfg").write_text(f"[Api]\n{text}\n")
    variables = {"LUIGI_CONFIG_PATH": str(folder / "luigi.cfg"), "NTSB_API_KEY": SECRET}
    return Workspace(folder / "a store", REPOSITORY, "api", variables)


def months_of(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.targets.glob("api/*/months/*.zip")}


def test_a_killed_download_requests_one_page_twice(api: Api, tmp_path: Path) -> None:
    workspace = workspace_of(api, tmp_path / "killed")
    api.pause_s = 0.5
    running = workspace.start(TASK)
    limit = time.monotonic() + 120
    while len(api.requests) < 2 and time.monotonic() < limit:
        time.sleep(0.01)
    running.kill()
    assert [query.rpartition("=")[2] for query in api.queries()] == ["aviation", "m2"]
    api.pause_s = 0
    result = workspace.run(TASK)
    assert result.code == 0, result.text[-3000:]
    assert [query.rpartition("=")[2] for query in api.queries()] == ["aviation", "m2", "m2", "m4", *["aviation"] * 3]
    expected = api_archive.write_archive(tmp_path / "expected", few_cases(), "2016-01", "2016-04", 2)
    assert months_of(workspace) == {path.name: path.read_bytes() for path in expected}


def test_the_key_is_in_no_file_no_output_and_no_command_line(api: Api, tmp_path: Path) -> None:
    workspace, results = workspace_of(api, tmp_path / "planted"), list[RunResult]()
    with CommandLines() as processes:
        for kind in ("401", "302", "html"):
            api.faults[:] = [Fault(kind, text="2016-02")]
            results.append(workspace.run(TASK))
        api.faults.clear()
        results.append(workspace.run(TASK))
        results.append(workspace.run("CreateSnapshot"))
    assert [result.code == 0 for result in results[:4]] == [False] * 3 + [True]
    assert "expected a valid key, found HTTP 401" in results[0].text
    assert [result for result in results if SECRET in result.text] == []
    assert processes.leaks == set()
    files = [path for path in workspace.store.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
