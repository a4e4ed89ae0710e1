"""Remove what is no longer needed and print its size: releases beyond [Publication] keep_releases; zips, Access
files, schemas and snapshot lists of no kept release and no current snapshot; candidates that no run would use; records,
Parquet files and reports of tasks that no longer exist; sidecars of version 0.1; temporary files of killed runs,
incomplete downloads included; records of runs and schedules older than [Operations] run_detail_days and
run_summary_days.

The current release, the releases kept for rollback, and their zips stay: every published row can still be explained.
Completed tasks stay complete. MLflow runs and studies stay, as a record. Use --dry-run to only list.
"""

import argparse
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import luigi
from psycopg2.sql import SQL, Identifier

from pipeline import config, config_check, json_file, run_lock, run_log
from pipeline.cli.status import require_release, size_of
from pipeline.cli.task_graph import read_only_queries, task_graph
from pipeline.errors import SnapshotNotFound, SourceError
from pipeline.ingest import snapshot, source_state
from pipeline.ingest.enterprise_api import configured
from pipeline.ingest.locations import SourceLocation
from pipeline.operations import release_state, run_events, schedule_records
from pipeline.postgres.catalogs import vacuum_catalogs
from pipeline.postgres.connection import Cursor, connect, fetch_value, transaction
from pipeline.sources import base_name, canonical_name, era_of
from pipeline.tasks.reports import AllReports
from pipeline.tasks.sources import CheckSource, DownloadSource
from pipeline.warehouse import signatures
from pipeline.warehouse.release import storage
from targets.files import FingerprintedFile, sidecar_path
from targets.relations import Relation

SUMMARY = "remove what is no longer needed"

# Includes the current release even if one of its relations is missing: a run rebuilds it from the same zips.
NEEDED_RELEASES = "select snapshot, sources, is_current from audit.release where is_current or id = any(%s)"
CANDIDATES = """
select class.relname, class.relkind, signed.fingerprint, pg_total_relation_size(class.oid)
from pg_class as class
left join audit.relation as signed on signed.oid = class.oid and signed.shape = audit.shape(class.oid)
where class.relnamespace = to_regnamespace('candidate') and class.relkind in ('r', 'v', 'm')
order by class.relname
"""
FILE_SCHEMAS = """
select nspname, coalesce(sum(pg_total_relation_size(class.oid)), 0)::bigint
from pg_namespace
left join pg_class as class on class.relnamespace = pg_namespace.oid and class.relkind in ('r', 'm')
where nspname ~ '^(raw|typed|limited)_' or nspname = 'compared'
group by nspname order by nspname
"""
SCHEMA_SIZE = """
select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
where relnamespace = to_regnamespace(%s) and relkind in ('r', 'm')
"""
TABLES_TO_VACUUM = """
select schemaname, relname
from pg_stat_user_tables
where schemaname in ('ntsb', 'mart', 'audit', 'history') and n_dead_tup > 0
order by schemaname, relname
"""

# The name of folders with sidecars that version 0.1 wrote.
EARLIER_SIDECARS = ".stamps"


@dataclass(frozen=True)
class Garbage:
    """One object that is no longer needed: its kind, name, size in bytes, and path or pg_class.relkind."""

    kind: str
    name: str
    bytes: int
    path: Path | None = None
    relkind: str = ""


class NeededObjects:
    """Releases, snapshots and files that must stay. `keep` is the number of releases kept for rollback.

    Current are the snapshot of the current release and the last one created for the source location.
    """

    def __init__(self, cursor: Cursor, keep: int) -> None:
        self.releases = storage.releases_to_keep(cursor, keep)
        cursor.execute(NEEDED_RELEASES, (self.releases,))
        rows = cursor.fetchall()
        api = configured.download(config.Api(), config.targets_folder())
        location = source_state.configured_location(config.Sources(), api)
        pointer = source_state.current_snapshot_path(config.targets_folder(), location)
        listed = (json_file.read(pointer) or {}).get("id")
        current = {identity for identity, _, is_current in rows if is_current} | ({listed} if listed else set())
        self.current_snapshots = [name for name in sorted(current) if snapshot.snapshot_path(name).exists()]
        self.files = {
            (file.source, file.sha256)
            for identity in self.current_snapshots
            for file in snapshot.read_snapshot(identity)
        }
        self.files |= {
            (file["source"], file["sha256"]) for _, files, is_current in rows if is_current for file in files
        }
        self.snapshots = {identity for identity, *_ in rows} | set(self.current_snapshots)
        kept = self.files | {(file["source"], file["sha256"]) for _, files, _ in rows for file in files}
        self.zips = {sha256 for file in kept for sha256 in zips_of(*file)} | set(zips_of_location(location, pointer))

    @cached_property
    def tasks(self) -> list[luigi.Task]:
        with read_only_queries():
            return [task for identity in self.current_snapshots for task in task_graph(AllReports(snapshot=identity))]

    @cached_property
    def outputs(self) -> list[luigi.Target]:
        return luigi.task.flatten([task.output() for task in self.tasks])

    def records(self) -> set[str]:
        """Return the tasks that records in `steps/` may be about, as command lines."""
        files = [file for identity in self.current_snapshots for file in snapshot.read_snapshot(identity)]
        sources = {name for file in files for name in file.location_names}
        requests = [task(source=source) for source in sources for task in (CheckSource, DownloadSource)]
        commands = {run_log.command_line(task) for task in (*requests, *self.tasks)}
        return commands | {"CreateSnapshot", "DownloadApiMonths"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only list what would be removed, with its size")


def run(options: argparse.Namespace) -> int:
    config_check.require_valid()
    require_release("gc")
    # The new files of a run may not be needed yet.
    with run_lock.held("gc"):
        with transaction(owner=True) as cursor:
            cursor.execute("lock table audit.release in exclusive mode")
            garbage = find_garbage(cursor, config.Publication().keep_releases)
            print("\n".join(format_text(garbage, options.dry_run)))
            if not options.dry_run:
                drop_relations(cursor, garbage)
        if not options.dry_run:
            delete_files(garbage)
            vacuum_tables()
            if problem := vacuum_catalogs():
                print(problem)
    return 0


def zips_of(source: str, sha256: str) -> list[str]:
    """Return the SHA-256 of each zip that a file of a release consists of."""
    with suppress(SnapshotNotFound):
        if era_of(source).is_api:
            return [archived for _, archived in snapshot.read_months(sha256)]
    return [sha256]


def zips_of_location(location: SourceLocation, pointer: Path) -> Iterator[str]:
    """Yield the SHA-256 of zips that the next run needs besides those of the snapshot that `pointer` names.

    They were downloaded since, or are in the folder but not used, such as a second copy of a file: without its zip, the
    next run would read it again.
    """
    since = pointer.stat().st_mtime_ns if pointer.exists() else 0
    listed: list[str] = []
    if not location.is_url:
        with suppress(SourceError):
            listed = location.sources((), ())
    for path in sorted(pointer.parent.glob("*.archived.json")):
        record = json_file.read(path)
        is_needed = path.stat().st_mtime_ns > since or (record or {}).get("source") in listed
        if record and "sha256" in record and is_needed:
            yield record["sha256"]


def find_garbage(cursor: Cursor, keep: int) -> list[Garbage]:
    """Return everything that can be removed, in the order of removal."""
    needed = NeededObjects(cursor, keep)
    return [*in_database(cursor, needed, keep), *files(needed), *outputs(needed), *run_records()]


def in_database(cursor: Cursor, needed: NeededObjects, keep: int) -> Iterator[Garbage]:
    """Yield releases beyond `keep`, candidates with other fingerprints, and schemas of files that no snapshot has."""
    for release in storage.surplus_releases(cursor, keep):
        yield Garbage("release", release, int(fetch_value(cursor, SCHEMA_SIZE, f"ntsb_{release}")))
    fingerprints = {(target.name, target.fingerprint) for target in needed.outputs if isinstance(target, Relation)}
    cursor.execute(CANDIDATES)
    for name, kind, fingerprint, size in cursor.fetchall():
        if (name, fingerprint) not in fingerprints:
            yield Garbage("candidate", name, size, relkind=kind)
    schemas = {f"{kind}_{source.lower()}" for source, _ in needed.files for kind in ("raw", "typed")}
    cursor.execute(FILE_SCHEMAS)
    for schema, size in cursor.fetchall():
        # A schema of another name than that of a source is a user's.
        is_ours = schema == "compared" or canonical_name(base_name(schema.partition("_")[2]))
        if is_ours and schema not in schemas:
            yield Garbage("schema", schema, size)


def files(needed: NeededObjects) -> Iterator[Garbage]:
    """Yield zips, Access files, snapshot lists and records that are no longer needed."""
    store = config.targets_folder()
    for path in sorted(store.glob("archive/*.zip")):
        if path.stem not in needed.zips:
            yield Garbage("zip", path.stem, size_of(path, path.with_suffix(".json")), path)
    unpacked = {sha256 for _, sha256 in needed.files}
    for kind, pattern, names in (("access", "access/*", unpacked), ("snapshot", "snapshots/*.json", needed.snapshots)):
        for path in sorted(store.glob(pattern)):
            if path.stem not in names:
                yield Garbage(kind, path.stem, size_of(path), path)
    for path in sorted(store.glob("sources/*/*.part*")):
        yield Garbage("temporary", path.relative_to(store).as_posix(), size_of(path), path)
    tasks = needed.records()
    for path in sorted(store.glob("steps/*.json")):
        if (json_file.read(path) or {}).get("step") not in tasks:
            yield Garbage("record", path.name, size_of(path), path)


def outputs(needed: NeededObjects) -> Iterator[Garbage]:
    """Yield what no task writes any longer: Parquet files and reports, sidecars of version 0.1, temporary files."""
    written = {target.path.resolve() for target in needed.outputs if isinstance(target, FingerprintedFile)}
    parquet, root = config.targets_folder() / "parquet", config.store_folder()
    sidecars = [
        sidecar
        for name in (".fingerprints", EARLIER_SIDECARS)
        for sidecar in (*parquet.glob(f"*/{name}/*.json"), *config.html_folder().glob(f"{name}/*.json"))
    ]
    for path in sorted({sidecar.parent.parent / sidecar.stem for sidecar in sidecars}):
        if path.resolve() not in written:
            yield Garbage("output", path.relative_to(root).as_posix(), size_of(path, sidecar_path(path)), path)
    for kind, name in (("sidecars", EARLIER_SIDECARS), ("temporary", ".making-*")):
        for folder in ("targets/store/*", "targets/store/*/*", "reports/html"):
            for path in sorted(root.glob(f"{folder}/{name}")):
                yield Garbage(kind, path.relative_to(root).as_posix(), size_of(path), path)


def run_records() -> Iterator[Garbage]:
    """Yield records of runs and schedules that are older than [Operations] keeps them."""
    settings, root = config.Operations(), config.targets_folder()
    runs = run_events.surplus(time.time(), settings.run_detail_days, settings.run_summary_days)
    for path in (*runs, *schedule_records.surplus(time.time(), settings.run_summary_days)):
        yield Garbage("run", path.relative_to(root).as_posix(), size_of(path), path)


def drop_relations(cursor: Cursor, garbage: Sequence[Garbage]) -> None:
    """Drop releases, schemas and candidates, and record which zips are removed."""
    removed = {item.name for item in garbage}
    staying = [release for release in storage.kept_releases(cursor) if release not in removed]
    for item in garbage:
        if item.kind == "release":
            storage.drop_release(cursor, item.name, staying)
        elif item.kind == "schema":
            cursor.execute(SQL("drop schema {} cascade").format(Identifier(item.name)))
            cursor.execute("delete from audit.bundle where schema_name = %s", (item.name,))
        elif item.kind == "candidate":
            # `if exists`, because it may have been dropped with a relation that it reads.
            kind, name = SQL(signatures.RELATION_KINDS[item.relkind]), Identifier("candidate", item.name)
            cursor.execute(SQL("drop {} if exists {} cascade").format(kind, name))
    zips = [item.name for item in garbage if item.kind == "zip"]
    cursor.execute("update audit.load_tracking set status = 'removed' where sha256 = any(%s)", (zips,))
    release_state.forget_runs(cursor, time.time() - config.Operations().run_summary_days * run_events.DAY_S)


def delete_files(garbage: Sequence[Garbage]) -> None:
    """Delete files and folders, with their metadata."""
    for item in garbage:
        path = item.path
        if path is None:
            continue
        if item.kind == "zip":
            # The metadata first: a zip without it is not part of the archive.
            path.with_suffix(".json").unlink(missing_ok=True)
        if item.kind == "output":
            sidecar_path(path).unlink(missing_ok=True)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def vacuum_tables() -> None:
    """Vacuum tables with dead rows: the server's own autovacuum rarely runs between short runs."""
    with closing(connect(owner=True)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(TABLES_TO_VACUUM)
            for name in cursor.fetchall():
                cursor.execute(SQL("vacuum {}").format(Identifier(*name)))


def format_text(garbage: Sequence[Garbage], is_dry_run: bool) -> Iterator[str]:
    """Yield one line per object, largest last, and the total."""
    for item in sorted(garbage, key=lambda item: (item.bytes, item.kind, item.name)):
        yield f"{item.bytes / 1e6:>10.1f} MB  {item.kind:<10} {item.name}"
    action = "would be freed (--dry-run: nothing was removed)" if is_dry_run else "freed"
    yield f"{sum(item.bytes for item in garbage) / 1e6:>10.1f} MB  {action}: {len(garbage)} objects"
