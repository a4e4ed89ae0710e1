"""A run that is killed in the middle of each kind of step up to the publication, while readers look."""

import hashlib
import os
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
from tests.running import SAMPLES, SECONDS, Place, Running, Told

NAMES = ("PRE1982", "Pre2008", "avall", "up08NOV")
WEEKLY = ("--Sources-weekly", '["up08NOV"]')
# So that two steps have something to do that are done in the earlier release.
UNDONE = """
delete from audit.bundle where schema_name = 'contract';
update code_mappings.make_alias set line = line where false
"""


@dataclass
class Killed:
    """Runs on a store with an earlier release and, at an address, one more zip since; each is killed in a step."""

    place: Place
    loopback: Loopback
    reader: Reader
    before: dict[str, Any]
    steps: list[str] = field(default_factory=list)
    fetched: int = 0
    last: Told | None = None

    def kill(self, run: Running, family: str, *words: str) -> None:
        """Kills a run in the middle of a step; what readers see is whole before anything mends it."""
        step, said = rf"{family}\(.*{'.*'.join(words)}", run.text()
        assert re.search(f"running   {step}", said) and not re.search(f"done {{6}}{step}", said), said
        run.kill()
        self.steps.append(family)
        assert release(self.place) == self.before

    def kill_while_asking(self) -> None:
        """The address is asked once in passing; the second time is the step's own, and gets no answer."""
        run = self.place.start("CreateSnapshot", *WEEKLY)
        wait(run, lambda: self.loopback.requests.count(("HEAD", "avall.zip", None)) == 2)
        self.kill(run, "CheckSource", "avall")

    def kill_while_downloading(self) -> None:
        """The address sends half a zip, and no more; what of it was written is gone on from later."""
        run = self.place.start("CreateSnapshot", *WEEKLY)
        parts = self.place.targets / "sources"
        wait(run, lambda: any(path.stat().st_size for path in parts.glob("*/avall.zip.part")))
        self.kill(run, "DownloadSource", "avall")
        (part,) = parts.glob("*/avall.zip.part")
        self.fetched = part.stat().st_size

    def kill_while_unpacking(self, folder: Path) -> None:
        """The Access file is written and not yet signed: the tool that looks at it takes its time."""
        tool = folder / "mdb-ver"
        tool.write_text(f'#!/bin/sh\ntouch "{folder}/asked"\nsleep 600\n')
        tool.chmod(0o755)
        slow = replace(self.place, variables={"PATH": f"{folder}:{os.environ['PATH']}"})
        run = slow.start("PublishRelease", "--snapshot", slow.snapshot())
        wait(run, (folder / "asked").exists)
        assert len(list(slow.targets.glob("access/*/.making-*/up08nov.mdb"))) == 1
        self.kill(run, "UnpackAccessFile", "up08NOV")

    def kill_in_the_database(self) -> None:
        """Each step has done its work and not yet signed it."""
        self.place.ask(UNDONE)
        with holder(self.place) as held:
            for name, task in steps(self.place.snapshot()).items():
                with held.at(name):
                    run = self.place.start(*task)
                    held.wait_until_held(run)
                    self.kill(run, task[0], *task[2::2])


def wait(run: Running, is_so: Callable[[], bool]) -> None:
    """Waits for a state that a run brings about."""
    limit = time.monotonic() + SECONDS
    while not is_so():
        assert run.process.poll() is None and time.monotonic() < limit, run.text()[-3000:]
        time.sleep(0.01)


def steps(snapshot: str) -> dict[str, tuple[str, ...]]:
    """{what a step signs last: the step as it is typed}, in the order of a run."""
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
def killed(earlier: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """All of it, and a last run that is left alone."""
    with serving() as loopback:
        loopback.files |= {f"{name}.zip": Served((SAMPLES / f"{name}.zip").read_bytes()) for name in NAMES}
        loopback.files["avall.zip"] = replace(loopback.files["avall.zip"], stall_s=600.0, slow_head=2, faults=1)
        place = earlier.copied(tmp_path_factory.mktemp("killed") / "store", sources=loopback.address)
        killed = Killed(place, loopback, Reader(place.url()), release(place))
        with killed.reader:
            killed.kill_while_asking()
            killed.kill_while_downloading()
            assert place.run("CreateSnapshot", *WEEKLY).code == 0
            killed.kill_while_unpacking(tmp_path_factory.mktemp("slow"))
            killed.kill_in_the_database()
            killed.last = place.run("PublishRelease", "--snapshot", place.snapshot())
    yield killed
    place.stop()


def test_a_run_that_was_killed_in_every_step_is_completed(killed: Killed, expected: dict[str, Any]) -> None:
    assert len(set(killed.steps)) == len(killed.steps) == 12, killed.steps
    assert killed.last is not None and killed.last.code == 0, killed.last
    # What was done before a kill is not done twice.
    assert killed.last.families == {"PublishRelease"}
    assert release(killed.place) == expected["release"]


def test_nobody_saw_what_a_killed_run_had_done(killed: Killed, expected: dict[str, Any]) -> None:
    assert (killed.reader.errors, killed.reader.looks > 100) == ([], True)
    before, after = killed.reader.seen
    assert (before[0], after[0]) == (killed.before["id"], expected["release"]["id"])
    for _, events, _, summarised, counted in (before, after):
        assert events == summarised and counted is not None


def test_what_a_killed_run_left_behind_is_used_or_cleared_away(killed: Killed) -> None:
    rest = [stretch for stretch in killed.loopback.gets() if stretch]
    assert rest == [f"bytes={killed.fetched}-"]
    assert [path.name for path in killed.place.targets.rglob("*") if re.search(r"\.part|\.making-", path.name)] == []
