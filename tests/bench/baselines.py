"""Baselines (a) and (b): exporting the Access files, and copying the exports into a database."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pipeline.ingest import access_file
from pipeline.ingest.access_file import AccessTable
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder, transaction
from pipeline.warehouse import raw_names
from tests.bench import mdb_export
from tests.bench.measures import A, B, C, Measure

T = TypeVar("T")
CONNECTIONS = 2


@dataclass(frozen=True)
class Job:
    """One table of one source's Access file."""

    source: str
    path: Path
    table: AccessTable

    @property
    def schema(self) -> str:
        """Schema of the text table."""
        return f"raw_{self.source.lower()}"

    @property
    def name(self) -> str:
        """Name of the text table."""
        return raw_names.fold(self.table.name)


def jobs(files: dict[str, Path]) -> list[Job]:
    """One job per table of each file, the largest first."""
    unsorted = [
        Job(source, path, table) for source, path in files.items() for table in access_file.open_database(path).tables
    ]
    return sorted(unsorted, key=lambda job: -job.table.rows)


def run_parallel(work: Callable[[T], Any], items: Iterable[T]) -> None:
    """Calls `work` for all items in order, on CONNECTIONS threads; raises the first error at the end."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, items))


def seconds(work: Callable[[], Any]) -> float:
    """Duration of a call in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def export_only(job: Job) -> None:
    """Baseline (a): exports a table and discards the output."""
    with mdb_export.export_csv(job.path, job.table.name) as stream:
        while stream.read(1 << 20):
            pass


def export_and_copy(job: Job) -> None:
    """Baseline (b): copies the export of a table into an unlogged text table."""
    columns = ", ".join(f'"{raw_names.fold(column.name)}"' for column in job.table.columns)
    name = f'{job.schema}."{job.name}"'
    with transaction() as cursor:
        cursor.execute(f"create unlogged table {name} ({columns.replace(',', ' text,')} text)")
        with mdb_export.export_csv(job.path, job.table.name) as stream:
            cursor.copy_expert(f"copy {name} ({columns}) from stdin (format csv)", stream, size=1 << 18)


def number_rows(job: Job) -> None:
    """Adds row numbers and statistics, which baseline (c) needs and baseline (b) does not include."""
    with transaction() as cursor:
        name = f'{job.schema}."{job.name}"'
        cursor.execute(f"alter table {name} add column source_row bigint generated always as identity (cache 1000)")
        cursor.execute(f"analyze {name}")


@contextmanager
def database(store: Path) -> Iterator[None]:
    """A temporary embedded database for this process."""
    before = {name: os.environ.pop(name, None) for name in ("NTSB_STORE", "NTSB_DATABASE_URL")}
    os.environ["NTSB_STORE"] = str(store)
    try:
        yield
    finally:
        server.remove(embedded_server_folder())
        del os.environ["NTSB_STORE"]
        os.environ.update({name: text for name, text in before.items() if text is not None})


def measure(files: dict[str, Path], store: Path) -> list[Measure]:
    """Measures the three baselines on Access files."""
    from tests.bench import typed_baseline

    tables = jobs(files)
    rows = sum(job.table.rows for job in tables)
    export = seconds(lambda: run_parallel(export_only, tables))
    with database(store):
        create_schemas(sorted(files))
        copy = seconds(lambda: run_parallel(export_and_copy, tables))
        run_parallel(number_rows, tables)
        typed_baseline.prepare()
        typed = seconds(lambda: typed_baseline.fill(tables, list(files)))
        published = typed_baseline.count()
    return [
        Measure(A, export, rows=rows, note="mdb-export of every table to /dev/null, two processes"),
        Measure(B, copy, rows=rows, note="the same piped into unlogged text tables, two connections"),
        Measure(C, typed, rows=published, note="those into typed tables with all keys and indexes, two connections"),
    ]


def create_schemas(sources: Sequence[str]) -> None:
    """Creates one schema per source for its text tables."""
    with transaction() as cursor:
        for source in sources:
            cursor.execute(f"create schema raw_{source.lower()}")
