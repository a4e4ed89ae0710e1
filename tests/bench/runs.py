"""Runs as a user starts them, timed: each a process of its own, on one store, with a server that it starts itself."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.architecture.tree import REPOSITORY
from tests.bench import measures
from tests.bench.measures import Measure
from tests.bench.memory import Peak, watching
from tests.running import Workspace

UNPACKED = ("-m", "luigi", "--module", "tests.bench.tasks", "Unpacked")
LOADED = ("-m", "luigi", "--module", "tests.bench.tasks", "Loaded")
RELEASED = ("-m", "luigi", "--module", "tests.bench.tasks", "Released")
EVERYTHING = ("-m", "luigi", "--module", "pipeline", "AllReports")
RELEASE = "select id from audit.release where is_current"
PUBLISHED = f"select sum(rows) from audit.release_relation where target_schema = 'ntsb' and release = ({RELEASE})"
SIX = ("yearly", "state", "aircraft", "decade", "crew", "finding")
REFRESH = "; ".join(f"refresh materialized view concurrently mart.mv_{name}_stats" for name in SIX) + "; select 1"
REFRESH_ALL = "select * from mart.refresh_all_materialized_views()"


class RunFailed(Exception):
    """A run that ended with an error: the figures would say nothing."""


@dataclass
class Bench:
    """One store, the folder that its runs take their sources from, the peak of memory, and what was measured so far."""

    folder: Path
    sources: Path
    peak: Peak = field(default_factory=Peak)
    found: list[Measure] = field(default_factory=list)
    stages: dict[str, list[tuple[str, int, float, float]]] = field(default_factory=dict)

    @property
    def place(self) -> Workspace:
        """The store as the tests' helpers know it."""
        return Workspace(self.folder, REPOSITORY, str(self.sources))

    def run(self, *words: str) -> tuple[float, str]:
        """Seconds of one Python process, and what it printed. Raises RunFailed with the end of what it said."""
        command = [sys.executable, *words]
        data = self.place.targets / "postgres" / "server" / "data"
        with watching(data, self.peak):
            began = time.perf_counter()
            done = subprocess.run(command, cwd=REPOSITORY, env=self.place.environment(), capture_output=True, text=True)
            seconds = time.perf_counter() - began
        if done.returncode:
            end = (done.stdout + done.stderr)[-3000:]
            raise RunFailed(f"{' '.join(words)} ended with {done.returncode}:\n{end}")
        return seconds, done.stdout

    def notes(self, since_ns: int) -> list[dict[str, Any]]:
        """What the pipeline has noted on steps that ended since a moment."""
        paths = (self.place.targets / "steps").glob("*.json")
        found = [json.loads(path.read_text()) for path in paths if not path.name.endswith(".failed.json")]
        return [note for note in found if note["ended_ns"] >= since_ns]

    def measured(self, name: str, words: Sequence[str], rows: int = 0, note: str = "") -> Measure:
        """One run as a measure, with the stages of the steps that it took."""
        began = time.time_ns()
        seconds, _ = self.run(*words)
        self.stages[name] = measures.stages(self.notes(began))
        return self.keep(Measure(name, seconds, rows=rows, note=note))

    def keep(self, measure: Measure) -> Measure:
        """Adds a measure to those found."""
        self.found.append(measure)
        return measure

    def ask(self, query: str) -> str:
        """The first value of a query's answer; the server is stopped again, as every run finds it."""
        try:
            return str(self.place.query(query)[0][0])
        finally:
            self.place.stop()

    def release(self) -> str:
        """The release that readers see."""
        return self.ask(RELEASE)

    def load(self, rows: int) -> None:
        """From zips to Access files, and from these, where floor (b) begins too, to raw text."""
        self.steps(measures.UNPACK, "UnpackAccessFile", UNPACKED, 0)
        self.steps(measures.LOAD, "LoadRawTables", LOADED, rows)

    def steps(self, name: str, step: str, words: Sequence[str], rows: int) -> None:
        """One run, timed from the beginning of its first step of the kind to the end of the last."""
        began = time.time_ns()
        self.run(*words)
        notes = [note for note in self.notes(began) if note["step"].split()[0] == step]
        start = min(note["ended_ns"] / 1e9 - note["seconds"] for note in notes)
        seconds = max(note["ended_ns"] / 1e9 for note in notes) - start
        self.keep(Measure(name, seconds, rows=rows, note=f"`{step}`, in a store of its own"))

    def rollback(self, release: str = "") -> None:
        """Back to the release before, or forward to a named one, as the command line does it."""
        name = measures.FORWARD if release else measures.BACK
        seconds, _ = self.run("-m", "pipeline", "rollback", *([release] if release else []))
        self.keep(Measure(name, seconds, note="python -m pipeline rollback, the start of the server included"))

    def refresh(self) -> None:
        """The six views of statistics, then all materialized views, on a server that runs."""
        try:
            for name, query, note in (
                (measures.REFRESH, REFRESH, "mart.mv_*"),
                (measures.REFRESH_ALL, REFRESH_ALL, ""),
            ):
                self.place.query("select 1")
                began = time.perf_counter()
                views = self.place.query(query)
                note = note or f"{len(views)} views"
                self.keep(Measure(name, time.perf_counter() - began, note=f"{note}, concurrently, one after the other"))
        finally:
            self.place.stop()

    def memory(self) -> None:
        """The peaks over all runs of this store, where they could be seen."""
        if self.peak.ours:
            ours = "the sum over all processes of a run, pages they share counted more than once"
            theirs = "shared buffers once, and what each backend has of its own"
            self.keep(Measure(measures.MEMORY, self.peak.ours, "MB", note=ours))
            self.keep(Measure(measures.DATABASE_MEMORY, self.peak.database, "MB", note=theirs))

    def stop(self) -> None:
        """Stops the server where one runs."""
        self.place.stop()
