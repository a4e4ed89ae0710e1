"""Runs as a user starts them: the real `luigi` in a process of its own, on a copy of the source and its own store."""

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
from tests.architecture.tree import REPOSITORY

SAMPLES = REPOSITORY / "samples"
SOURCE = ("pipeline", "targets", "models", "reports", "luigi.cfg")
DONE = re.compile(r"\] Worker Worker\(.*\) done {6}(\w+\(.*\))$", re.MULTILINE)
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
# The address of a bad zip is asked again after minutes, in case it mends itself: not here.
OPTIONS = ("--log-level", "INFO", "--scheduler-retry-count", "1")
SECONDS = 200


def copy_repository(to: Path) -> Path:
    """A copy of the source: it can be edited, and it stays as it is while somebody else edits the original."""
    to.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "store", "runs", "html")
    for name in SOURCE:
        path = REPOSITORY / name
        shutil.copytree(path, to / name, ignore=ignored) if path.is_dir() else shutil.copy(path, to / name)
    return to


def server_pid(data: Path) -> int:
    """The process id of the server that runs on this data folder."""
    return int((data / "postmaster.pid").read_text().split()[0])


@dataclass(frozen=True)
class Told:
    """How a run ended: its exit code and all that it said."""

    code: int
    text: str

    @property
    def done(self) -> set[str]:
        """Tasks that ran, as `MergeTable(snapshot=..., table=events)`; wrappers that only ask for others aside."""
        return {task for task in DONE.findall(self.text) if not task.startswith("AllReports(")}

    @property
    def families(self) -> set[str]:
        """Names of the tasks that ran."""
        return {task.partition("(")[0] for task in self.done}


@dataclass(frozen=True)
class Place:
    """A store, the house that works on it, its sources, and environment variables."""

    store: Path
    house: Path
    sources: str = str(SAMPLES)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def targets(self) -> Path:
        """Cached targets of the store."""
        return self.store / "targets" / "store"

    def environment(self) -> dict[str, str]:
        """What a run of this place sees."""
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("NTSB_", "LUIGI_", "PG"))}
        place = {"NTSB_STORE": str(self.store), "NTSB_SOURCES": self.sources, "PYTHONPATH": str(self.house)}
        return ours | QUIET | place | dict(self.variables)

    def start(self, *task: str, before: Sequence[str] = ()) -> "Running":
        """Starts `luigi --module pipeline TASK` in a process group of its own."""
        command = [*before, sys.executable, "-m", "luigi", "--module", "pipeline", *OPTIONS, *task]
        # Open for as long as the run writes to it, so no `with`.
        file = tempfile.NamedTemporaryFile("w+", prefix="run-", suffix=".log", delete=False)  # noqa: SIM115
        log = Path(file.name)
        process = subprocess.Popen(
            command, cwd=self.house, env=self.environment(), stdout=file, stderr=file, start_new_session=True
        )
        file.close()
        return Running(process, log)

    def run(self, *task: str, before: Sequence[str] = ()) -> Told:
        """Runs a task to its end, `AllReports` where none is named."""
        return self.start(*(task or ("AllReports",)), before=before).told()

    def url(self) -> str:
        """The store's own server, started where it does not run; this process then counts as its user."""
        return server.start(self.targets / "postgres")

    def stop(self) -> None:
        """Stops the store's own server."""
        server.stop(self.targets / "postgres")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, as a user asks by hand; a statement without rows gives an empty list. Commits."""
        with contextlib.closing(psycopg2.connect(self.url())) as connection, connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []

    def snapshot(self) -> str:
        """The id of the snapshot that was listed last."""
        pointers = sorted(self.targets.glob("sources/*/snapshot.json"), key=lambda path: path.stat().st_mtime_ns)
        return str(json.loads(pointers[-1].read_text())["id"])

    def copied(self, to: Path, **changes: Any) -> "Place":
        """A place like this one with a copy of its store; the server must not run."""
        shutil.copytree(self.store, to, symlinks=True)
        data = self.targets / "postgres" / "server"
        if data.is_symlink():
            # Data that root keeps elsewhere, because the server's user cannot enter the store.
            twin = Path(tempfile.mkdtemp(prefix="ntsb-postgres-", dir=data.resolve().parent))
            link = to / "targets" / "store" / "postgres" / "server"
            link.unlink()
            link.symlink_to(twin)
        subprocess.run(
            ["cp", "-a", f"{data.resolve()}/.", to / "targets" / "store" / "postgres" / "server"], check=True
        )
        return replace(self, store=to, **changes)


@dataclass(frozen=True)
class Running:
    """A run under way."""

    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        """What it has said so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str) -> bool:
        """Waits until it says something that matches; False where it ended without."""
        limit = time.monotonic() + SECONDS
        while time.monotonic() < limit:
            has_ended = self.process.poll() is not None
            if re.search(words, self.text()):
                return True
            if has_ended:
                return False
            time.sleep(0.01)
        raise TimeoutError(f"{words!r} was not said in {SECONDS} s:\n{self.text()[-3000:]}")

    def kill(self) -> None:
        """SIGKILL to the whole process group: nothing can be put in order any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.unlink()

    def told(self) -> Told:
        """Waits for the end."""
        try:
            code = self.process.wait(SECONDS)
            return Told(code, self.text())
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        finally:
            self.log.unlink()


def sentence(told: Told, words: str, *families: str) -> None:
    """The run failed, said the words without a traceback, and none of the families ran."""
    assert told.code != 0, told.text[-3000:]
    assert re.search(words, told.text), told.text[-3000:]
    assert "Traceback" not in told.text, told.text[-3000:]
    assert not told.families & set(families)
