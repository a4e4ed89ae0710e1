"""One soak test: a store, its sources, a reader, a receiver of messages, and what is measured after each sync."""

import json
import random
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests import receivers
from tests.architecture.tree import REPOSITORY
from tests.results import release
from tests.running import RunResult, Workspace
from tests.soak.faults import FAULTS, Surroundings
from tests.soak.files import Arrivals

SETTINGS = """
[core]
workers = 2
[Sources]
base = ["avall"]
[Operations]
polls = 1
[scheduler]
retry_delay = 0.2
[Notifications]
on_success = published
watches = {watches}
timeout_s = 3
max_delay_s = 15
"""
STATE = """
select
    pg_database_size(current_database()),
    (select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()),
    (select coalesce(sum(temp_files), 0) from pg_stat_database where datname = current_database()),
    (select count(*) from history.change), (select count(*) from ntsb.events)
"""
# Growth of the last third of the weeks over the first third that is no leak: files and history grow with each release.
MAX_SLOWDOWN, MAX_BYTES_PER_SYNC = 1.6, 20_000_000


@dataclass(frozen=True)
class Week:
    """What was measured after one sync."""

    number: int
    fault: str
    seconds: float
    store_bytes: int
    database_bytes: int
    connections: int
    temporary_files: int
    changes: int
    events: int

    def __str__(self) -> str:
        sizes = f"store {self.store_bytes / 1e6:.1f} MB, database {self.database_bytes / 1e6:.1f} MB"
        return (
            f"week {self.number:>3}  {self.fault:<16}{self.seconds:>7.1f} s  {sizes}, {self.connections} connections, "
            f"{self.events} events, {self.changes} changes"
        )


class Soak:
    """The syncs of a store; a context manager that stops its server."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, random.Random(seed)
        self.arrivals = Arrivals(folder / "sources", seed)
        self.weeks: list[Week] = []
        self.failures: list[str] = []
        self.releases: list[str] = []

    def __enter__(self) -> "Soak":
        self.folder.mkdir(parents=True, exist_ok=True)
        (watched := self.folder / "watch.toml").write_text('[[watch]]\nname = "Alaska"\nstate = "AK"\n')
        (settings := self.folder / "soak.cfg").write_text(SETTINGS.format(watches=watched), encoding="utf-8")
        self.stack = ExitStack()
        self.receiver = self.stack.enter_context(receivers.http_receiver())
        variables = {"LUIGI_CONFIG_PATH": str(settings), "NTSB_WEBHOOK_URL": f"{self.receiver.url}/hook"}
        self.workspace = Workspace(self.folder / "store", REPOSITORY, str(self.arrivals.folder), variables)
        self.stack.callback(self.workspace.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def sync(self, week: int, fault_name: str | None = None) -> Week:
        """Let the files of a week arrive, disturb the sync, run it to its end, and measure."""
        day = self.arrivals.arrive(week).isoformat()
        surroundings = Surroundings(self.workspace, self.arrivals.folder, self.receiver, day)
        fault = next((f for f in FAULTS if f.__name__ == fault_name), None) or self.rng.choice(FAULTS)
        fault(surroundings, self.rng)
        began = time.monotonic()
        result = surroundings.start().result()
        seconds = time.monotonic() - began
        self._verify(week, day, result)
        self._collect_garbage()
        measured = self._measure(week, fault.__name__, seconds)
        self.weeks.append(measured)
        return measured

    def _verify(self, week: int, day: str, result: RunResult) -> None:
        if result.code:
            self.failures.append(f"week {week}: expected exit code 0, found {result.code}:\n{result.text[-1500:]}")
            return
        record = json.loads((self.workspace.targets / "schedules" / "SoakSync" / f"{day}.json").read_text())
        current = release(self.workspace)["id"]
        if record["result"] != "published" or record["release"] != current or current in self.releases:
            self.failures.append(f"week {week}: expected a new release, found {record}")
        self.releases.append(current)

    def _collect_garbage(self) -> None:
        command = [sys.executable, "-m", "pipeline", "gc"]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.workspace.environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            self.failures.append(f"gc: {done.stderr}")

    def _measure(self, week: int, fault: str, seconds: float) -> Week:
        ((size, connections, temporary, changes, events),) = self.workspace.query(STATE)
        store = sum(path.stat().st_size for path in self.workspace.store.rglob("*") if path.is_file())
        partial = sum(path.name.startswith((".making-", ".part")) for path in self.workspace.store.rglob("*"))
        return Week(week, fault, seconds, store, size, connections, int(temporary) + partial, changes, events)

    def problems(self) -> list[str]:
        """Return every condition that does not hold after the last sync."""
        return [*self.failures, *self._leaks(), *self._messages(), *self._differences()]

    def _leaks(self) -> list[str]:
        third = max(len(self.weeks) // 3, 1)
        # The first week builds everything.
        first, last = self.weeks[1 : 1 + third] or self.weeks, self.weeks[-third:]
        problems = [f"week {week.number}: {week.connections} connections are left" for week in last if week.connections]
        problems += [f"week {week.number}: temporary files are left" for week in last if week.temporary_files]
        before, after = (statistics.median(week.seconds for week in part) for part in (first, last))
        if len(self.weeks) >= 12 and after > MAX_SLOWDOWN * before:
            problems.append(f"seconds: expected at most {MAX_SLOWDOWN} x {before:.1f}, found {after:.1f}")
        growth = (last[-1].database_bytes - first[0].database_bytes) / max(len(self.weeks) - 1, 1)
        if growth > MAX_BYTES_PER_SYNC:
            problems.append(f"database: expected at most {MAX_BYTES_PER_SYNC} bytes per sync, found {growth:.0f}")
        return problems

    def _messages(self) -> list[str]:
        """Return where a run was not reported exactly once."""
        keys = [key for _, _, key in self.receiver.requests]
        accepted = {body["key"] for _, body, _ in self.receiver.requests}
        summaries = [json.loads(path.read_text()) for path in sorted(self.workspace.targets.glob("runs/*/run.json"))]
        expected = {f"run-{item['run']}" for item in summaries if item["published"] or item["state"] != "succeeded"}
        # Every event is in Alaska; the first release changes none.
        expected |= {f"watch-{number}-Alaska" for number in range(2, len(self.weeks) + 1)}
        problems = [f"{name}: no message" for name in sorted(expected - accepted)]
        refused = {week.number for week in self.weeks if week.fault == "refuse_messages"}
        repeated = {name for name in keys if keys.count(name) > 1 + len(refused)}
        return problems + [f"{name}: sent more than once" for name in sorted(repeated)]

    def _differences(self) -> list[str]:
        """Return the differences from a clean build of the last files, and from the releases in the history."""
        actual: dict[str, Any] = release(self.workspace)
        changes = self.workspace.query("select release_to from history.change order by number")
        problems = []
        if [name for (name,) in changes] != self.releases:
            problems.append(f"history: expected the releases {self.releases}, found {changes}")
        clean = Workspace(self.folder / "clean", REPOSITORY, self.workspace.sources, self.workspace.variables)
        try:
            words = ("--module", "tests.soak.tasks", "SoakSync", "--date", "2030-01-01")
            result = clean.run(*words)
            if result.code or release(clean)["id"] != actual["id"]:
                problems.append(f"clean build: expected release {actual['id']}, found another: {result.text[-500:]}")
        finally:
            clean.stop()
        return problems
