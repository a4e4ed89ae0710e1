"""Runs as a user starts them: `luigi` in a process of its own, on a copy of the source and with a store of its own."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg2

from pipeline.postgres import server
from tests import forked
from tests.architecture.tree import REPOSITORY

SAMPLES = REPOSITORY / "samples"
SOURCE = ("pipeline", "targets", "models", "reports", "luigi.cfg")
DONE = re.compile(r"\] Worker Worker\(.*\) done {6}(\w+\(.*\))$", re.MULTILINE)
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
# Luigi would retry a download after minutes.
OPTIONS = ("--log-level", "INFO", "--scheduler-retry-count", "1")
# A complete build of the samples takes about 80 s on two processors.
SECONDS = 1100
# Settings of a study that takes a fraction of the time: fewer resamples, fewer trees of the forest, fewer seeds.
SMALL_STUDY = {"n_bootstrap": 100, "trees": 20, "n_seeds": 2}


def copy_repository(to: Path) -> Path:
    """Copies the source, so that a test can edit it, and edits of the original do not affect a running test.

    With the bytecode, which takes seconds to compile, except for files that another process is writing.
    """
    to.mkdir(parents=True)
    ignored = shutil.ignore_patterns("*.pyc.*", "store", "runs", "html")
    for name in SOURCE:
        path = REPOSITORY / name
        shutil.copytree(path, to / name, ignore=ignored) if path.is_dir() else shutil.copy(path, to / name)
    use_small_study(to)
    return to


def use_small_study(repository: Path) -> None:
    """Changes luigi.cfg of a copy; a build by a copy without the change is in tests/tasks/test_guides_run.py."""
    path = repository / "luigi.cfg"
    text = path.read_text(encoding="utf-8")
    for name, number in SMALL_STUDY.items():
        text, count = re.subn(rf"^{name} = \d+$", f"{name} = {number}", text, flags=re.MULTILINE)
        assert count == 1, name
    path.write_text(text, encoding="utf-8")


def server_pid(data: Path) -> int:
    """The process id of the server that runs on this data folder."""
    return int((data / "postmaster.pid").read_text().split()[0])


@dataclass(frozen=True)
class RunResult:
    """The exit code of a run, and everything it printed."""

    code: int
    text: str

    @property
    def done(self) -> set[str]:
        """Tasks that ran, as `MergeTable(snapshot=..., table=events)`, without AllReports."""
        return {task for task in DONE.findall(self.text) if not task.startswith("AllReports(")}

    @property
    def families(self) -> set[str]:
        """Class names of the tasks that ran."""
        return {task.partition("(")[0] for task in self.done}


@dataclass(frozen=True)
class Workspace:
    """A store with the source code that builds it, its source location, and environment variables."""

    store: Path
    repository: Path
    sources: str = str(SAMPLES)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def targets(self) -> Path:
        """Cached targets of the store."""
        return self.store / "targets" / "store"

    def environment(self) -> dict[str, str]:
        """The environment of a run."""
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("NTSB_", "LUIGI_", "PG"))}
        workspace = {"NTSB_STORE": str(self.store), "NTSB_SOURCES": self.sources, "PYTHONPATH": str(self.repository)}
        ledger = {"NTSB_TEST_LEDGER": str(self.store / "models" / "kept" / "test_ledger.csv")}
        return inherited | QUIET | workspace | ledger | dict(self.variables)

    def start(self, *task: str, before: Sequence[str] = ()) -> "Running":
        """Starts `luigi --module pipeline TASK` in a process group of its own."""
        command = [*before, sys.executable, "-m", "luigi", "--module", "pipeline", *OPTIONS, *task]
        # Not in a `with` statement, because the run writes to it after this function returns.
        file = tempfile.NamedTemporaryFile("w+", prefix="run-", suffix=".log", delete=False)  # noqa: SIM115
        log = Path(file.name)
        process = subprocess.Popen(
            command, cwd=self.repository, env=self.environment(), stdout=file, stderr=file, start_new_session=True
        )
        file.close()
        return Running(process, log)

    def run(self, *task: str, before: Sequence[str] = ()) -> RunResult:
        """Runs a task, AllReports by default, and waits for it."""
        task = task or ("AllReports",)
        if before or not self._is_ordinary():
            return self.start(*task, before=before).result()
        words = ("--module", "pipeline", *OPTIONS, *task)
        done = forked.run("luigi", words, self.repository, self.environment(), timeout=SECONDS, merged=True)
        return RunResult(done.returncode, done.stdout)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The result of `python -m pipeline WORDS`."""
        if self._is_ordinary():
            return forked.run("pipeline", words, self.repository, self.environment(), timeout=SECONDS)
        command = [sys.executable, "-m", "pipeline", *words]
        return subprocess.run(
            command,
            cwd=self.repository,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def _is_ordinary(self) -> bool:
        """True if the code and the settings are those of every other test."""
        return self.repository in forked.UNCHANGED and not {"PYTHONPATH", "LUIGI_CONFIG_PATH"} & self.variables.keys()

    def url(self) -> str:
        """The URL of the store's server, started if it is not running; registers this process as a user."""
        return server.start(self.targets / "postgres")

    def stop(self) -> None:
        """Stops the store's server."""
        server.stop(self.targets / "postgres")

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Executes and commits a statement; returns its rows, or an empty list."""
        with contextlib.closing(psycopg2.connect(self.url())) as connection, connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def snapshot(self) -> str:
        """The id of the snapshot that was created last."""
        pointers = sorted(self.targets.glob("sources/*/snapshot.json"), key=lambda path: path.stat().st_mtime_ns)
        return str(json.loads(pointers[-1].read_text())["id"])

    def copied(self, to: Path, **changes: Any) -> "Workspace":
        """A workspace with a copy of this store, whose server must not be running."""
        shutil.copytree(self.store, to, symlinks=True)
        data = self.targets / "postgres" / "server"
        if data.is_symlink():
            # Run as root, the server keeps its data outside a store that its user cannot access.
            data_copy = Path(tempfile.mkdtemp(prefix="ntsb-postgres-", dir=data.resolve().parent))
            link = to / "targets" / "store" / "postgres" / "server"
            link.unlink()
            link.symlink_to(data_copy)
        subprocess.run(
            ["cp", "-a", f"{data.resolve()}/.", to / "targets" / "store" / "postgres" / "server"], check=True
        )
        return replace(self, store=to, **changes)


def bundle_command(workspace: Workspace, folder: Path) -> subprocess.CompletedProcess[str]:
    """The result of `python -m pipeline bundle FOLDER`."""
    return workspace.command("bundle", str(folder))


@dataclass(frozen=True)
class Running:
    """A run in progress."""

    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern: str) -> bool:
        """Waits for output that matches the pattern; False if the run ends without it."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            has_ended = self.process.poll() is not None
            if re.search(pattern, self.text()):
                return True
            if has_ended:
                return False
            time.sleep(0.01)
        raise TimeoutError(f"{pattern!r}: expected in the output within {SECONDS} s:\n{self.text()[-3000:]}")

    def kill(self) -> None:
        """Sends SIGKILL to the process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.unlink()

    def result(self) -> RunResult:
        """Waits for the end of the run."""
        try:
            code = self.process.wait(SECONDS)
            return RunResult(code, self.text())
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        finally:
            self.log.unlink()


def assert_failed(result: RunResult, pattern: str, *families: str) -> None:
    """The run failed with a message that matches the pattern, without a traceback, and no task of the families ran."""
    assert result.code != 0, result.text[-3000:]
    assert re.search(pattern, result.text), result.text[-3000:]
    assert "Traceback" not in result.text, result.text[-3000:]
    assert not result.families & set(families)
