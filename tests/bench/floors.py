"""Floors (a) and (b): what reading the Access files takes, and what reading them into a database takes."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pipeline.ingest import access_file
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder, transaction
from pipeline.warehouse import raw_tables
from tests.bench.measures import A, B, C, Measure

T = TypeVar("T")
CONNECTIONS = 2


@dataclass(frozen=True)
class Job:
    """One table of one source's Access file."""

    source: str
    path: Path
    table: raw_tables.AccessTable

    @property
    def schema(self) -> str:
        """Where its rows go as text."""
        return f"raw_{self.source.lower()}"

    @property
    def name(self) -> str:
        """The table's name there."""
        return raw_tables.raw_name(self.table.name)


def jobs(files: dict[str, Path]) -> list[Job]:
    """Every table of every file, the largest first."""
    found = [Job(source, path, table) for source, path in files.items() for table in raw_tables.read_contents(path)]
    return sorted(found, key=lambda job: -job.table.rows)


def two_at_a_time(work: Callable[[T], Any], things: Iterable[T]) -> None:
    """Works on all of them, in their order. The first error is raised at the end."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, things))


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def export_only(job: Job) -> None:
    """Floor (a)."""
    with access_file.export_csv(job.path, job.table.name) as stream:
        while stream.read(1 << 20):
            pass


def export_and_copy(job: Job) -> None:
    """Floor (b)."""
    columns = ", ".join(f'"{raw_tables.raw_name(column)}"' for column in job.table.columns)
    name = f'{job.schema}."{job.name}"'
    with transaction() as cursor:
        cursor.execute(f"create unlogged table {name} ({columns.replace(',', ' text,')} text)")
        with access_file.export_csv(job.path, job.table.name) as stream:
            cursor.copy_expert(f"copy {name} ({columns}) from stdin (format csv)", stream, size=1 << 18)


def number_rows(job: Job) -> None:
    """Gives the text table what the raw load of the pipeline has and floor (b) has not: row numbers, and statistics."""
    with transaction() as cursor:
        name = f'{job.schema}."{job.name}"'
        cursor.execute(f"alter table {name} add column source_row bigint generated always as identity (cache 1000)")
        cursor.execute(f"analyze {name}")


@contextmanager
def database(store: Path) -> Iterator[None]:
    """A database of its own for this process, removed afterwards."""
    before = {name: os.environ.pop(name, None) for name in ("NTSB_STORE", "NTSB_DATABASE_URL")}
    os.environ["NTSB_STORE"] = str(store)
    try:
        yield
    finally:
        server.remove(embedded_server_folder())
        del os.environ["NTSB_STORE"]
        os.environ.update({name: text for name, text in before.items() if text is not None})


def measure(files: dict[str, Path], store: Path) -> list[Measure]:
    """The three floors over these Access files."""
    from tests.bench import typed_floor

    tables = jobs(files)
    rows = sum(job.table.rows for job in tables)
    export = seconds(lambda: two_at_a_time(export_only, tables))
    with database(store):
        make_schemas(sorted(files))
        copy = seconds(lambda: two_at_a_time(export_and_copy, tables))
        two_at_a_time(number_rows, tables)
        typed_floor.prepare()
        typed = seconds(lambda: typed_floor.fill(tables, list(files)))
        published = typed_floor.count()
    return [
        Measure(A, export, rows=rows, note="mdb-export of every table to nowhere, two processes"),
        Measure(B, copy, rows=rows, note="the same piped into unlogged text tables, two connections"),
        Measure(C, typed, rows=published, note="those into typed tables with all keys and indexes, two connections"),
    ]


def make_schemas(sources: Sequence[str]) -> None:
    """One schema for the text of each source."""
    with transaction() as cursor:
        for source in sources:
            cursor.execute(f"create schema raw_{source.lower()}")
