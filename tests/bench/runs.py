"""Timed runs as users start them: each in a subprocess, on one store, starting its own database server."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.postgres import server
from pipeline.postgres.roles import READER
from tests.architecture.tree import REPOSITORY
from tests.bench import measures, queries
from tests.bench.measures import Measure
from tests.bench.memory import Peak, sampling
from tests.running import Workspace

UNPACKED = ("-m", "luigi", "--module", "tests.bench.tasks", "Unpacked")
LOADED = ("-m", "luigi", "--module", "tests.bench.tasks", "Loaded")
RELEASED = ("-m", "luigi", "--module", "tests.bench.tasks", "Released")
TRAINED = ("-m", "luigi", "--module", "tests.bench.tasks", "Trained")
EVERYTHING = ("-m", "luigi", "--module", "pipeline", "AllReports")
RELEASE = "select id from audit.release where is_current"
PUBLISHED = f"select sum(rows) from audit.release_relation where target_schema = 'ntsb' and release = ({RELEASE})"
SIX = ("yearly", "state", "aircraft", "decade", "crew", "finding")
REFRESH = "; ".join(f"refresh materialized view concurrently mart.mv_{name}_stats" for name in SIX) + "; select 1"
REFRESH_ALL = "select * from mart.refresh_all_materialized_views()"
# {run: (task family, tasks, total seconds, seconds in which at least one ran)}
Stages = dict[str, list[tuple[str, int, float, float]]]


class RunFailed(Exception):
    """A run that ended with an error, so that its duration is meaningless."""


@dataclass
class Bench:
    """One store with its source folder, peak memory, and measurements so far."""

    folder: Path
    sources: Path
    peak: Peak = field(default_factory=Peak)
    results: list[Measure] = field(default_factory=list)
    stages: Stages = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Workspace:
        """The store as the tests' helpers know it."""
        return Workspace(self.folder, REPOSITORY, str(self.sources), self.variables)

    def run(self, *arguments: str) -> tuple[float, str]:
        """Runs Python; returns its seconds and standard output. Raises RunFailed with the end of its output."""
        command = [sys.executable, *arguments]
        data = self.place.targets / "postgres" / "server" / "data"
        with sampling(data, self.peak):
            start = time.perf_counter()
            process = subprocess.run(
                command, cwd=REPOSITORY, env=self.place.environment(), capture_output=True, text=True
            )
            seconds = time.perf_counter() - start
        if process.returncode:
            end = (process.stdout + process.stderr)[-3000:]
            raise RunFailed(f"{' '.join(arguments)} ended with {process.returncode}:\n{end}")
        return seconds, process.stdout

    def records(self, since_ns: int) -> list[dict[str, Any]]:
        """The pipeline's run records of tasks that ended since a time."""
        paths = (self.place.targets / "steps").glob("*.json")
        records = [json.loads(path.read_text()) for path in paths if not path.name.endswith(".failed.json")]
        return [record for record in records if record["ended_ns"] >= since_ns]

    def measure(self, name: str, arguments: Sequence[str], rows: int = 0, note: str = "") -> Measure:
        """Measures one run and records the duration of its task families."""
        start = time.time_ns()
        seconds, _ = self.run(*arguments)
        self.stages[name] = measures.stages(self.records(start))
        return self.add(Measure(name, seconds, rows=rows, note=note))

    def add(self, measure: Measure) -> Measure:
        """Adds a measurement to the results and returns it."""
        self.results.append(measure)
        return measure

    def ask(self, query: str) -> str:
        """First value of a query result; stops the server again, because every run starts it."""
        try:
            return str(self.place.query(query)[0][0])
        finally:
            self.place.stop()

    def release(self) -> str:
        """Id of the current release."""
        return self.ask(RELEASE)

    def load(self, rows: int) -> None:
        """Measures unpacking, and the load of the Access files, with which baseline (b) starts too."""
        note = "in a separate store"
        self.measure_tasks(measures.UNPACK, "UnpackAccessFile", UNPACKED, 0, note)
        self.measure_tasks(measures.LOAD, "LoadRawTables", LOADED, rows, note)

    def study(self) -> None:
        """Measures the severity study, which is evaluated on the closed and the day-7 record."""
        self.measure_tasks(measures.STUDY, "TrainSeverityModel", TRAINED, 0, "alone, with its plots and MLflow")

    def measure_tasks(self, name: str, family: str, arguments: Sequence[str], rows: int, note: str) -> None:
        """Measures one run from the start of its first task of a family to the end of the last."""
        start_ns = time.time_ns()
        self.run(*arguments)
        records = [record for record in self.records(start_ns) if record["step"].split()[0] == family]
        start = min(record["ended_ns"] / 1e9 - record["seconds"] for record in records)
        seconds = max(record["ended_ns"] / 1e9 for record in records) - start
        self.add(Measure(name, seconds, rows=rows, note=f"`{family}`, {note}"))

    def rollback(self, release: str = "") -> None:
        """Measures the rollback to the previous release, or to `release`."""
        name = measures.FORWARD if release else measures.BACK
        seconds, _ = self.run("-m", "pipeline", "rollback", *([release] if release else []))
        self.add(Measure(name, seconds, note="python -m pipeline rollback, including the start of the server"))

    def refresh(self) -> None:
        """Measures the refresh of the six statistics views, then of all materialized views, on a running server."""
        try:
            for name, query, note in (
                (measures.REFRESH, REFRESH, "mart.mv_*"),
                (measures.REFRESH_ALL, REFRESH_ALL, ""),
            ):
                self.place.query("select 1")
                start = time.perf_counter()
                views = self.place.query(query)
                note = note or f"{len(views)} views"
                self.add(Measure(name, time.perf_counter() - start, note=f"{note}, concurrently, one after the other"))
        finally:
            self.place.stop()

    def queries(self) -> None:
        """Measures the documented queries as a reader of the database, on a running server."""
        try:
            folder = self.place.targets / "postgres"
            self.results += queries.measure(server.role_url(self.place.url(), folder, READER))
        finally:
            self.place.stop()

    def memory(self) -> None:
        """Adds the peak memory over all runs of this store, if it was measured."""
        if self.peak.run:
            run = "sum over all processes of a run; shared pages are counted repeatedly"
            database = "shared buffers once, and the private memory of each backend"
            self.add(Measure(measures.MEMORY, self.peak.run, "MB", note=run))
            self.add(Measure(measures.DATABASE_MEMORY, self.peak.database, "MB", note=database))

    def stop(self) -> None:
        """Stops the server if it is running."""
        self.place.stop()
