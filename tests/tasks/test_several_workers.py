"""Worker processes that share a scheduler, a store and a database divide one graph: each task runs once."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY
from tests.receivers import free_port
from tests.running import DONE, Running, Workspace

NAMES = ("mv_yearly_stats", "mv_state_stats", "mv_decade_stats", "injury", "states", "country", "codes", "cause_groups")
MODULE = f"""
import luigi
import pipeline
from pipeline.tasks.export import ExportParquet

class SharedExports(luigi.WrapperTask):
    snapshot = luigi.Parameter()
    def requires(self):
        return [ExportParquet(snapshot=self.snapshot, name=name) for name in {NAMES}]
"""


@pytest.fixture
def shared(copy: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the built store, with a scheduler of its own."""
    (tmp_path / "shared_exports.py").write_text(MODULE)
    port = free_port()
    (tmp_path / "shared.cfg").write_text(
        f"[core]\nlocal_scheduler = false\ndefault_scheduler_port = {port}\n[scheduler]\nprune_on_get_work = true\n"
    )
    variables = {"PYTHONPATH": f"{copy.repository}{os.pathsep}{tmp_path}"}
    workspace = replace(copy, variables=variables | {"LUIGI_CONFIG_PATH": str(tmp_path / "shared.cfg")})
    command = [sys.executable, "-m", "pipeline", "scheduler", "--port", str(port)]
    environment = workspace.environment() | {"PYTHONPATH": str(REPOSITORY)}
    with (tmp_path / "luigid.log").open("w") as log:
        scheduler = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    wait_for(f"http://127.0.0.1:{port}/api/task_list")
    yield workspace
    scheduler.send_signal(signal.SIGTERM)
    scheduler.wait(30)


def wait_for(url: str) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(url)


def start(workspace: Workspace, log: Path) -> Running:
    words = ["--module", "shared_exports", "SharedExports", "--snapshot", workspace.snapshot(), "--workers", "1"]
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "luigi", *words],
            cwd=workspace.repository,
            env=workspace.environment(),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Running(process, log)


def test_two_processes_run_each_task_of_one_graph_once(shared: Workspace, tmp_path: Path) -> None:
    files = [path for name in NAMES for path in shared.targets.glob(f"parquet/*/{name}.parquet")]
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(before) == len(NAMES)
    earlier_runs = len(list(shared.targets.glob("runs/*/run.json")))
    for path in files:
        path.unlink()
    runs = [start(shared, tmp_path / f"{number}.log") for number in (1, 2)]
    results = [run.result() for run in runs]
    assert [result.code for result in results] == [0, 0], results[0].text[-2000:] + results[1].text[-2000:]
    done = [task for result in results for task in DONE.findall(result.text) if task.startswith("ExportParquet(")]
    assert len(done) == len(set(done)) == len(NAMES)
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == before
    assert len(list(shared.targets.glob("runs/*/run.json"))) == earlier_runs + 2
