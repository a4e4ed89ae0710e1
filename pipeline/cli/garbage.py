"""What a store holds that nothing needs any more: found by walking the graph of the snapshots that are in force.

Needed are the current release and those kept for rollback, with the zips they were made of; and everything that a run
of a snapshot in force (that of the current release, and the last one listed for the place of the sources) finds done.
MLflow's runs and studies stay: they are a record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import luigi
import luigi.lock

from pipeline import config, json_file, run_log
from pipeline.cli.task_graph import read_only_queries, task_graph
from pipeline.errors import PipelineError
from pipeline.ingest import snapshot, source_state
from pipeline.ingest.locations import SourceLocation
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.tasks.reports import AllReports
from pipeline.warehouse.release import storage
from targets.files import FingerprintedFile
from targets.relations import Relation

# The current one also where a relation of it is gone: a run makes it again, of the same zips.
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
where nspname ~ '^(raw|typed)_' or nspname = 'compared'
group by nspname order by nspname
"""
SCHEMA_SIZE = """
select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class
where relnamespace = to_regnamespace(%s) and relkind in ('r', 'm')
"""


@dataclass(frozen=True)
class Garbage:
    """One thing that nothing needs: what kind, its name or path, its size in bytes."""

    kind: str
    name: str
    bytes: int
    path: Path | None = None
    relkind: str = ""


class NeededObjects:
    """What has to stay. `keep` is the number of releases kept for rollback."""

    def __init__(self, cursor: Cursor, keep: int) -> None:
        self.releases = storage.releases_to_keep(cursor, keep)
        cursor.execute(NEEDED_RELEASES, (self.releases,))
        found = cursor.fetchall()
        pointer = source_state.current_snapshot_path(
            config.targets_folder(), SourceLocation(config.Sources().resolved_location())
        )
        listed = (json_file.read(pointer) or {}).get("id")
        current = {identity for identity, _, is_current in found if is_current}
        self.in_force = [each for each in sorted({*current, listed} - {None}) if snapshot.snapshot_path(each).exists()]
        self.files = {(file.source, file.sha256) for each in self.in_force for file in snapshot.read_snapshot(each)}
        self.files |= {
            (file["source"], file["sha256"]) for _, files, is_current in found if is_current for file in files
        }
        self.snapshots = {identity for identity, *_ in found} | set(self.in_force)
        kept = {file["sha256"] for _, files, _ in found for file in files}
        self.zips = kept | {sha256 for _, sha256 in self.files} | set(new_zips(pointer))

    @cached_property
    def steps(self) -> list[luigi.Task]:
        """Every step of every snapshot in force, from its archived zips on."""
        with read_only_queries():
            return [task for each in self.in_force for task in task_graph(AllReports(snapshot=each))]

    @cached_property
    def outputs(self) -> list[luigi.Target]:
        """What those steps make."""
        return luigi.task.flatten([task.output() for task in self.steps])

    def notes(self) -> set[str]:
        """Steps as their notes spell them, with those that ask places."""
        asking = {f"{step} --source {source}" for source, _ in self.files for step in ("CheckSource", "DownloadSource")}
        return asking | {"CreateSnapshot"} | {run_log.command_line(task) for task in self.steps}


def new_zips(pointer: Path) -> Iterator[str]:
    """Zips fetched since the snapshot of the place was listed: the next run lists them."""
    since = pointer.stat().st_mtime_ns if pointer.exists() else 0
    for path in sorted(pointer.parent.glob("*.archived.json")):
        note = json_file.read(path)
        if note and path.stat().st_mtime_ns > since:
            yield note["sha256"]


def require_no_run() -> None:
    """Raises PipelineError while a run works on this store: what it has just made may not be needed yet."""
    folder = Path(luigi.configuration.get_config().get("core", "lock_pid_dir"))
    for path in sorted(folder.glob("*.pid")):
        for word in path.read_text().split():
            if word.isdigit() and "luigi" in (luigi.lock.getpcmd(int(word)) or ""):
                raise PipelineError(f"gc: expected no run on this store, found process {word}; wait until it has ended")


def find_garbage(cursor: Cursor, keep: int) -> list[Garbage]:
    """Everything that can go, in the order in which it goes."""
    needs = NeededObjects(cursor, keep)
    return [*in_database(cursor, needs, keep), *files(needs)]


def in_database(cursor: Cursor, needs: NeededObjects, keep: int) -> Iterator[Garbage]:
    """Releases that are too many, candidates of other fingerprints, files that no snapshot in force has."""
    for release in storage.surplus_releases(cursor, keep):
        yield Garbage("release", release, int(fetch_value(cursor, SCHEMA_SIZE, f"ntsb_{release}")))
    fingerprints = {(each.name, each.fingerprint) for each in needs.outputs if isinstance(each, Relation)}
    cursor.execute(CANDIDATES)
    for name, kind, fingerprint, size in cursor.fetchall():
        if (name, fingerprint) not in fingerprints:
            yield Garbage("candidate", name, size, relkind=kind)
    schemas = {f"{kind}_{source.lower()}" for source, _ in needs.files for kind in ("raw", "typed")}
    cursor.execute(FILE_SCHEMAS)
    for schema, size in cursor.fetchall():
        if schema not in schemas:
            yield Garbage("schema", schema, size)


def files(needs: NeededObjects) -> Iterator[Garbage]:
    """Zips, Access files, lists, notes, and files that a step has signed and none would make now."""
    store = config.targets_folder()
    for path in sorted(store.glob("archive/*.zip")):
        if path.stem not in needs.zips:
            yield Garbage("zip", path.stem, size_of(path, path.with_suffix(".json")), path)
    unpacked = {sha256 for _, sha256 in needs.files}
    for path in sorted(store.glob("access/*")):
        if path.name not in unpacked:
            yield Garbage("access", path.name, size_of(path), path)
    for path in sorted(store.glob("snapshots/*.json")):
        if path.stem not in needs.snapshots:
            yield Garbage("list", path.stem, size_of(path), path)
    spelled = needs.notes()
    for path in sorted(store.glob("steps/*.json")):
        if (json_file.read(path) or {}).get("step") not in spelled:
            yield Garbage("note", path.name, size_of(path), path)
    yield from outputs(needs)


def outputs(needs: NeededObjects) -> Iterator[Garbage]:
    """Parquet files and pages that a step has signed and none would make now; rooms that a killed run has left."""
    made = {each.path.resolve() for each in needs.outputs if isinstance(each, FingerprintedFile)}
    parquet, root = config.targets_folder() / "parquet", config.store_folder()
    for note in sorted([*parquet.glob("*/.fingerprints/*.json"), *config.html_folder().glob(".fingerprints/*.json")]):
        path = note.parent.parent / note.stem
        if path.resolve() not in made:
            yield Garbage("output", path.relative_to(root).as_posix(), size_of(path, note), path)
    for pattern in ("targets/store/*/.making-*", "targets/store/*/*/.making-*", "reports/html/.making-*"):
        for path in sorted(root.glob(pattern)):
            yield Garbage("left over", path.relative_to(root).as_posix(), size_of(path), path)


def size_of(*paths: Path) -> int:
    """Bytes of files, or of all files below folders."""
    every = [each for path in paths for each in (path.rglob("*") if path.is_dir() else [path])]
    return sum(each.stat().st_size for each in every if each.is_file())
