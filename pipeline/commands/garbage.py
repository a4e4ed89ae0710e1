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

from pipeline import jsonfile, notes, postgres, settings
from pipeline.acquire import snapshot, watch
from pipeline.acquire.places import Place
from pipeline.commands.graph import graph, looking
from pipeline.errors import PipelineError
from pipeline.postgres import Cursor
from pipeline.relations import releases
from pipeline.reporting import AllReports
from targets.files import StampedFile
from targets.relations import Relation

# The current one also where a relation of it is gone: a run makes it again, of the same zips.
NEEDED = "select snapshot, sources, is_current from audit.release where is_current or id = any(%s)"
CANDIDATES = """
select class.relname, class.relkind, signed.stamp, pg_total_relation_size(class.oid)
from pg_class as class
left join audit.relation as signed on signed.oid = class.oid and signed.shape = audit.shape(class.oid)
where class.relnamespace = to_regnamespace('candidate') and class.relkind in ('r', 'v', 'm')
order by class.relname
"""
FILES = """
select nspname, coalesce(sum(pg_total_relation_size(class.oid)), 0)::bigint
from pg_namespace
left join pg_class as class on class.relnamespace = pg_namespace.oid and class.relkind in ('r', 'm')
where nspname ~ '^(raw|typed)_' or nspname = 'compared'
group by nspname order by nspname
"""
SIZE = """
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


class Needs:
    """What has to stay. `keep` is the number of releases kept for rollback."""

    def __init__(self, cursor: Cursor, keep: int) -> None:
        self.releases = releases.staying(cursor, keep)
        cursor.execute(NEEDED, (self.releases,))
        found = cursor.fetchall()
        pointer = watch.pointer(settings.targets_folder(), Place(settings.Sources().place()))
        listed = (jsonfile.read(pointer) or {}).get("id")
        current = {identity for identity, _, is_current in found if is_current}
        self.in_force = [each for each in sorted({*current, listed} - {None}) if snapshot.path(each).exists()]
        self.files = {(file.source, file.sha256) for each in self.in_force for file in snapshot.read(each)}
        self.files |= {
            (file["source"], file["sha256"]) for _, files, is_current in found if is_current for file in files
        }
        self.snapshots = {identity for identity, *_ in found} | set(self.in_force)
        kept = {file["sha256"] for _, files, _ in found for file in files}
        self.zips = kept | {sha256 for _, sha256 in self.files} | set(fresh(pointer))

    @cached_property
    def steps(self) -> list[luigi.Task]:
        """Every step of every snapshot in force, from its archived zips on."""
        with looking():
            return [task for each in self.in_force for task in graph(AllReports(snapshot=each))]

    @cached_property
    def outputs(self) -> list[luigi.Target]:
        """What those steps make."""
        return luigi.task.flatten([task.output() for task in self.steps])

    def notes(self) -> set[str]:
        """Steps as their notes spell them, with those that ask places."""
        asking = {f"{step} --source {source}" for source, _ in self.files for step in ("CheckSource", "Download")}
        return asking | {"Snapshot"} | {notes.spelled(task) for task in self.steps}


def fresh(pointer: Path) -> Iterator[str]:
    """Zips fetched since the snapshot of the place was listed: the next run lists them."""
    since = pointer.stat().st_mtime_ns if pointer.exists() else 0
    for path in sorted(pointer.parent.glob("*.archived.json")):
        note = jsonfile.read(path)
        if note and path.stat().st_mtime_ns > since:
            yield note["sha256"]


def require_rest() -> None:
    """Raises PipelineError while a run works on this store: what it has just made may not be needed yet."""
    folder = Path(luigi.configuration.get_config().get("core", "lock_pid_dir"))
    for path in sorted(folder.glob("*.pid")):
        for word in path.read_text().split():
            if word.isdigit() and "luigi" in (luigi.lock.getpcmd(int(word)) or ""):
                raise PipelineError(f"gc: expected no run on this store, found process {word}; wait until it has ended")


def find(cursor: Cursor, keep: int) -> list[Garbage]:
    """Everything that can go, in the order in which it goes."""
    needs = Needs(cursor, keep)
    return [*in_database(cursor, needs, keep), *files(needs)]


def in_database(cursor: Cursor, needs: Needs, keep: int) -> Iterator[Garbage]:
    """Releases that are too many, candidates of other stamps, files that no snapshot in force has."""
    for release in releases.surplus(cursor, keep):
        yield Garbage("release", release, int(postgres.scalar(cursor, SIZE, f"ntsb_{release}")))
    stamps = {(each.name, each.stamp) for each in needs.outputs if isinstance(each, Relation)}
    cursor.execute(CANDIDATES)
    for name, kind, stamp, size in cursor.fetchall():
        if (name, stamp) not in stamps:
            yield Garbage("candidate", name, size, relkind=kind)
    schemas = {f"{kind}_{source.lower()}" for source, _ in needs.files for kind in ("raw", "typed")}
    cursor.execute(FILES)
    for schema, size in cursor.fetchall():
        if schema not in schemas:
            yield Garbage("schema", schema, size)


def files(needs: Needs) -> Iterator[Garbage]:
    """Zips, Access files, lists, notes, and files that a step has signed and none would make now."""
    store = settings.targets_folder()
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
        if (jsonfile.read(path) or {}).get("step") not in spelled:
            yield Garbage("note", path.name, size_of(path), path)
    yield from outputs(needs)


def outputs(needs: Needs) -> Iterator[Garbage]:
    """Parquet files and pages that a step has signed and none would make now; rooms that a killed run has left."""
    made = {each.path.resolve() for each in needs.outputs if isinstance(each, StampedFile)}
    parquet, root = settings.targets_folder() / "parquet", settings.store()
    for note in sorted([*parquet.glob("*/.stamps/*.json"), *settings.html_folder().glob(".stamps/*.json")]):
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
