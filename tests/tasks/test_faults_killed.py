"""Runs killed during every kind of task up to the publication, while a reader queries."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.holding import holder
from tests.loopback import Loopback, Served, serving
from tests.reading import Reader
from tests.results import release
from tests.running import SAMPLES, SECONDS, Running, RunResult, Workspace

NAMES = ("PRE1982", "Pre2008", "avall", "up08NOV")
WEEKLY = ("--Sources-weekly", '["up08NOV"]')
# Makes two tasks incomplete that the earlier release has completed.
UNDONE = """
delete from audit.bundle where schema_name = 'contract';
update code_mappings.make_alias set line = line where false
"""
# Waits where the Access file, once written, is opened for reading.
BLOCKED = """
import pathlib, sys, time


def wait(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".mdb") and arguments[1] == "r":
        pathlib.Path("{folder}/asked").touch()
        time.sleep(600)


sys.addaudithook(wait)
"""


@dataclass
class KilledRuns:
    """Runs on a store with an earlier release and a newer zip at a URL, each killed during another task."""

    workspace: Workspace
    loopback: Loopback
    reader: Reader
    before: dict[str, Any]
    steps: list[str] = field(default_factory=list)
    fetched: int = 0
    last: RunResult | None = None

    def kill(self, run: Running, family: str, *words: str) -> None:
        """Kills a run during a task; the published release is unchanged before the next run."""
        step, message = rf"{family}\(.*{'.*'.join(words)}", run.text()
        assert re.search(f"running   {step}", message) and not re.search(f"done {{6}}{step}", message), message
        run.kill()
        self.steps.append(family)
        assert release(self.workspace) == self.before

    def kill_while_asking(self) -> None:
        """Kills a run while the server does not answer the second probe, which is that of CheckSource."""
        run = self.workspace.start("CreateSnapshot", *WEEKLY)
        wait(run, lambda: self.loopback.requests.count(("GET", "avall.zip", "bytes=-65536")) == 2)
        self.kill(run, "CheckSource", "avall")

    def kill_while_downloading(self) -> None:
        """Kills a run after the server has sent half a zip; the next run resumes the download."""
        run = self.workspace.start("CreateSnapshot", *WEEKLY)
        parts = self.workspace.targets / "sources"
        wait(run, lambda: any(path.stat().st_size for path in parts.glob("*/avall.zip.part")))
        self.kill(run, "DownloadSource", "avall")
        (part,) = parts.glob("*/avall.zip.part")
        self.fetched = part.stat().st_size

    def kill_while_unpacking(self, folder: Path) -> None:
        """Kills a run after the Access file is written and before its fingerprint is."""
        (folder / "sitecustomize.py").write_text(BLOCKED.format(folder=folder))
        slow = replace(self.workspace, variables={"PYTHONPATH": f"{folder}:{self.workspace.repository}"})
        run = slow.start("PublishRelease", "--snapshot", slow.snapshot())
        wait(run, (folder / "asked").exists)
        assert len(list(slow.targets.glob("access/*/.making-*/up08nov.mdb"))) == 1
        self.kill(run, "UnpackAccessFile", "up08NOV")

    def kill_in_the_database(self) -> None:
        """Kills runs after a task has done its work and before the relation is signed."""
        self.workspace.query(UNDONE)
        with holder(self.workspace) as held:
            for name, task in steps(self.workspace.snapshot()).items():
                with held.at(name):
                    run = self.workspace.start(*task)
                    held.wait_until_held(run)
                    self.kill(run, task[0], *task[2::2])


def wait(run: Running, is_so: Callable[[], bool]) -> None:
    """Waits until a condition holds while a run works."""
    limit = time.monotonic() + SECONDS
    while not is_so():
        assert run.process.poll() is None and time.monotonic() < limit, run.text()[-3000:]
        time.sleep(0.01)


def steps(snapshot: str) -> dict[str, tuple[str, ...]]:
    """{last relation that a task signs: its command line}, in the order of a run."""
    sha256 = hashlib.sha256((SAMPLES / "up08NOV.zip").read_bytes()).hexdigest()
    file, of = ("--source", "up08NOV", "--sha256", sha256), ("--snapshot", snapshot)
    return {
        "contract": ("PrepareDatabase",),
        "raw_up08nov": ("LoadRawTables", *file),
        "typed_up08nov": ("CastTables", *file),
        "candidate.make_alias": ("LoadMappingTable", "--name", "make_alias"),
        "candidate.events": ("MergeTable", *of, "--table", "events"),
        "candidate.column_ledger": ("ReconcileRows", *of),
        "candidate.event_summary": ("CreateView", *of, "--name", "event_summary"),
        "candidate.check_result": ("RunChecks", *of),
        "ntsb.events": ("PublishRelease", *of),
    }


@pytest.fixture(scope="module")
def killed(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KilledRuns]:
    """All killed runs, and a last one that completes."""
    with serving() as loopback:
        loopback.files |= {f"{name}.zip": Served((SAMPLES / f"{name}.zip").read_bytes()) for name in NAMES}
        loopback.files["avall.zip"] = replace(loopback.files["avall.zip"], stall_s=600.0, slow_probe=2, faults=1)
        workspace = earlier.copied(tmp_path_factory.mktemp("killed") / "store", sources=loopback.address)
        killed = KilledRuns(workspace, loopback, Reader(workspace.url()), release(workspace))
        with killed.reader:
            killed.kill_while_asking()
            killed.kill_while_downloading()
            assert workspace.run("CreateSnapshot", *WEEKLY).code == 0
            killed.kill_while_unpacking(tmp_path_factory.mktemp("slow"))
            killed.kill_in_the_database()
            killed.last = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    yield killed
    workspace.stop()


def test_a_run_killed_during_every_task_is_completed(killed: KilledRuns, expected: dict[str, Any]) -> None:
    assert len(set(killed.steps)) == len(killed.steps) == 12, killed.steps
    assert killed.last is not None and killed.last.code == 0, killed.last
    # Tasks completed before a kill are not repeated.
    assert killed.last.families == {"PublishRelease"}
    assert release(killed.workspace) == expected["release"]


def test_readers_saw_no_work_of_killed_runs(killed: KilledRuns, expected: dict[str, Any]) -> None:
    assert (killed.reader.errors, killed.reader.looks > 100) == ([], True)
    before, after = killed.reader.seen
    assert (before[0], after[0]) == (killed.before["id"], expected["release"]["id"])
    for _, events, _, summarized, counted in (before, after):
        assert events == summarized and counted is not None


def test_partial_files_of_killed_runs_are_used_or_removed(killed: KilledRuns) -> None:
    rest = [stretch for stretch in killed.loopback.gets() if stretch and not stretch.startswith("bytes=-")]
    # Other requests may resume other parts; this one shows that the part of the killed run was used.
    assert f"bytes={killed.fetched}-" in rest
    assert [
        path.name for path in killed.workspace.targets.rglob("*") if re.search(r"\.part|\.making-", path.name)
    ] == []
