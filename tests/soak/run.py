"""One soak test: a store, its sources, a reader, a receiver of messages, and what is measured after each sync."""

import json
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from pipeline.postgres import roles, server
from tests import receivers
from tests.architecture.tree import REPOSITORY
from tests.reading import Reader
from tests.results import release
from tests.running import RunResult, Workspace
from tests.soak import conditions, faults
from tests.soak.conditions import SUMMARY_DAYS, Week
from tests.soak.files import Arrivals, has_database
from tests.soak.processes import server_cpu_s

SETTINGS = f"""
[core]
workers = 2
[Sources]
base = ["avall"]
[Operations]
polls = 1
run_summary_days = {SUMMARY_DAYS}
[scheduler]
retry_delay = 0.2
[Notifications]
on_success = published
watches = {{watches}}
timeout_s = 3
max_delay_s = 15
"""
STATE = """
select
    pg_database_size(current_database()),
    (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()),
    (select count(*) from pg_ls_tmpdir()),
    (select count(*) from history.change), (select count(*) from ntsb.events)
"""
HISTORY = """
select change.release_to, version.ev_id, version.kind
from history.change left join history.event_version as version on version.change = change.number
order by change.number
"""
GC = "import sys, tests.soak.clock; from pipeline.__main__ import main; sys.exit(main(['gc']))"


class Soak:
    """The syncs of a store; a context manager that removes its server."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, random.Random(seed)
        self.arrivals = Arrivals(folder / "sources", seed)
        self.weeks: list[Week] = []
        self.failures: list[str] = []
        self.releases: list[str] = []
        # {release: what readers saw}, {run: its summary}
        self.answers: dict[object, tuple[object, ...]] = {}
        self.summaries: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "Soak":
        (self.folder / "tmp").mkdir(parents=True)
        (watched := self.folder / "watch.toml").write_text('[[watch]]\nname = "Alaska"\nstate = "AK"\n')
        (settings := self.folder / "soak.cfg").write_text(SETTINGS.format(watches=watched), encoding="utf-8")
        self.stack = ExitStack()
        self.receiver = self.stack.enter_context(receivers.http_receiver())
        self.variables = {"LUIGI_CONFIG_PATH": str(settings), "NTSB_WEBHOOK_URL": f"{self.receiver.url}/hook"}
        self.variables["TMPDIR"] = str(self.folder / "tmp")
        self.variables["SOAK_BEGAN"] = datetime.now(UTC).date().isoformat()
        self.workspace = Workspace(self.folder / "store", REPOSITORY, str(self.arrivals.folder), self.variables)
        self.stack.callback(server.remove, self.workspace.targets / "postgres")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def sync(self, week: int, fault_name: str | None = None) -> Week:
        """Let the files of a week arrive, disturb the sync, run it to its end, and measure."""
        day = self.variables["SOAK_DATE"] = self.arrivals.arrive(week).isoformat()
        schedule = "SoakMonthly" if has_database(week) else "SoakWeekly"
        sync = (schedule, "--date", day)
        surroundings = faults.Surroundings(self.workspace, self.arrivals.folder, self.receiver, sync)
        fault = next((f for f in faults.FAULTS if f.__name__ == fault_name), None) or self.rng.choice(faults.FAULTS)
        if fault is faults.stop_database:
            # It disconnects readers too.
            fault(surroundings, self.rng)
        with self._reading(week):
            if fault is not faults.stop_database:
                fault(surroundings, self.rng)
            began, cpu_s = time.monotonic(), self._cpu_s()
            result = surroundings.start().result()
            seconds, cpu_s = time.monotonic() - began, self._cpu_s() - cpu_s
            paths = self.workspace.targets.glob("runs/*/run.json")
            self.summaries |= {path.parent.name: json.loads(path.read_text()) for path in paths}
            self._collect_garbage()
        self._verify(week, schedule, day, result)
        measured = self._measure(week, fault.__name__, seconds, cpu_s)
        self.weeks.append(measured)
        return measured

    @contextmanager
    def _reading(self, week: int) -> Iterator[None]:
        """Query the release with the reader's role meanwhile, from the second release on."""
        if not self.releases:
            yield
            return
        folder = self.workspace.targets / "postgres"
        with Reader(server.role_url(self.workspace.url(), folder, roles.READER)) as reader:
            yield
        problems = [*reader.errors, *([] if reader.looks else ["expected answers, found none"])]
        for answer in reader.seen:
            if self.answers.setdefault(answer[0], answer) != answer:
                problems.append(f"expected {self.answers[answer[0]]}, found {answer}")
        self.failures += [f"week {week}: reader: {problem}" for problem in problems]

    def _cpu_s(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + server_cpu_s(self.workspace)

    def _verify(self, week: int, schedule: str, day: str, result: RunResult) -> None:
        if result.code:
            self.failures.append(f"week {week}: expected exit code 0, found {result.code}:\n{result.text[-1500:]}")
            return
        record = json.loads((self.workspace.targets / "schedules" / schedule / f"{day}.json").read_text())
        current = release(self.workspace)["id"]
        if record["result"] != "published" or record["release"] != current or current in self.releases:
            self.failures.append(f"week {week}: expected a new release, found {record}")
        self.releases.append(current)

    def _collect_garbage(self) -> None:
        environment = self.workspace.environment()
        done = subprocess.run(
            [sys.executable, "-c", GC], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            self.failures.append(f"gc: {done.stderr}")

    def _measure(self, week: int, fault: str, seconds: float, cpu_s: float) -> Week:
        ((size, connections, temporary, changes, events),) = self.workspace.query(STATE)
        # The server reuses its files of the write-ahead log, up to max_wal_size.
        paths = [path for path in self.workspace.store.rglob("*") if path.is_file() and path.parent.name != "pg_wal"]
        store = sum(path.stat().st_size for path in paths)
        left = [path for path in self.workspace.store.rglob("*") if ".making-" in path.name or ".part" in path.name]
        # MLflow creates one lock per database, which it keeps.
        left += [path for path in (self.folder / "tmp").iterdir() if not path.name.startswith("db_init_lock-")]
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        files = [str(path.relative_to(self.folder)) for path in left] + ["of the database"] * temporary
        return Week(week, fault, seconds, cpu_s, store, size, memory, connections, tuple(files), changes, events)

    def problems(self) -> list[str]:
        """Return every condition that does not hold after the last sync."""
        changes: dict[str, dict[str, str]] = {}
        for name, ev_id, kind in self.workspace.query(HISTORY):
            changes.setdefault(name, {}).update({ev_id: kind} if ev_id else {})
        return [
            *self.failures,
            *conditions.leaks(self.weeks),
            *conditions.messages(self.summaries.values(), self.receiver.accepted, len(self.weeks)),
            *conditions.pruning(self.workspace, self.summaries, self.variables["SOAK_DATE"]),
            *conditions.history(changes, dict(zip(self.releases, self.arrivals.changes, strict=False))),
            *self._difference(),
        ]

    def _difference(self) -> Iterator[str]:
        """Yield the difference from a clean build of the last files, from the archived zips alone."""
        clean = Workspace(self.folder / "clean", REPOSITORY, str(self.folder / "no sources"), self.variables)
        for name in ("archive", "snapshots"):
            shutil.copytree(self.workspace.targets / name, clean.targets / name)
        try:
            result = clean.run("PublishRelease", "--snapshot", self.workspace.snapshot())
            if result.code or release(clean) != release(self.workspace):
                yield f"clean build: expected the release {self.releases[-1]}, found another: {result.text[-500:]}"
        finally:
            server.remove(clean.targets / "postgres")
