"""Build the current snapshot again in a second store and compare the results: equal input must give equal bytes.

The second build uses another time zone, locale and hash seed, an embedded database, and the archived zips. Compared are
the release, the digest of every table, and the bytes of every Parquet file, report and study. Exit code 1 if anything
differs. The second store needs as much space as the first and is removed at the end.
"""

import argparse
import configparser
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.severity.tracking.csv_log import read_lines
from pipeline import config
from pipeline.cli.status import require_release
from pipeline.cli.task_graph import read_only_queries
from pipeline.errors import PipelineError
from pipeline.ingest import archive, snapshot
from pipeline.postgres import server
from pipeline.postgres.connection import (
    database_url,
    embedded_server_folder,
    fetch_value,
    is_embedded,
    transaction,
)
from pipeline.postgres.session import configure, open_connection
from pipeline.sources import eras
from pipeline.tasks.reports import AllReports
from targets.files import sha256_of, sidecar_path

SUMMARY = "build again in a second store, and compare"

# Views have no digest, but their rows are in the Parquet files.
DIGESTS = """
select target_schema || '.' || name, release_relation.rows || ' rows ' || digest
from audit.release_relation
inner join audit.release on release.id = release_relation.release and release.is_current
where digest is not null
"""
# The DuckDB file is not compared: it holds the rows of the Parquet files, but its bytes may differ.
FILES = (
    "targets/store/parquet/**/*.parquet",
    "reports/html/*.html",
    "reports/html/*/",
    "reports/html/severity/*.*",
    "targets/store/studies/**/*.*",
    "targets/store/scores/*.parquet",
)
# The page on changes and its data depend on earlier releases of the store. The severity folder is compared by file.
EXCLUDED = ("changes.html", "changes", "severity")
# Versions and decisions of the registry: equal unless one of the stores has those of earlier runs too.
DECISIONS = "file reports/html/severity/runs.js"


@dataclass(frozen=True)
class ComparedValue:
    """One compared value: its name, and the value in each store, empty if a store does not have it."""

    name: str
    first: str
    second: str

    @property
    def is_equal(self) -> bool:
        return self.first == self.second


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sources", metavar="LOCATION", help="zips for the second build (default: the archived ones)")
    parser.add_argument("--store", type=Path, help="a new or empty folder (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="keep the second store")


def run(options: argparse.Namespace) -> int:
    store = _second_store(options.store)
    try:
        return compare_builds(store, options.sources)
    finally:
        if options.keep:
            print(f"The second store is kept in {store}.")
        else:
            server.remove(embedded_server_folder(store / "targets" / "store"))
            shutil.rmtree(store, ignore_errors=True)


def _second_store(path: Path | None) -> Path:
    """Return a new or empty folder, which is removed at the end. Raises PipelineError if `path` is something else."""
    folder = path or Path(tempfile.mkdtemp(prefix="ntsb-verify-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        kind = "one with files" if folder.is_dir() else "a file"
        raise PipelineError(f"--store {folder}: expected an empty or new folder, found {kind}; name another")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def compare_builds(store: Path, sources: str | None) -> int:
    """Build in the second store and print the comparison; return 1 if anything differs."""
    identity = _current_snapshot()
    _warn_if_incomplete(identity)
    rebuild(store, sources or _link_archived_zips(identity, store / "zips"), identity)
    first = read_values(database_url(), config.store_folder(), is_embedded())
    second = read_values(server.start(embedded_server_folder(store / "targets" / "store")), store)
    if _has_earlier_decisions():
        first, second = (
            {name: text for name, text in values.items() if name != DECISIONS} for values in (first, second)
        )
    compared = compare(first, second)
    print("\n".join(format_table(compared)))
    unequal = sum(not value.is_equal for value in compared)
    summary = f"{len(compared) - unequal} of {len(compared)} values are equal"
    print(f"{summary}, {unequal} differ." if unequal else f"{summary}.")
    return int(unequal > 0)


def _current_snapshot() -> str:
    """Return the snapshot of the current release. Raises PipelineError if there is no release."""
    release = require_release("verify")
    with transaction(read_only=True) as cursor:
        return str(fetch_value(cursor, "select snapshot from audit.release where id = %s", release))


def _has_earlier_decisions() -> bool:
    """Return True if the registry may have versions of other runs than those of the snapshot."""
    return bool(config.Training().tracking_uri) or len(read_lines(config.ledger_folder() / "promotions.csv")) > 1


def _warn_if_incomplete(identity: str) -> None:
    with read_only_queries():
        if not AllReports(snapshot=identity).complete():
            print("Some tasks of this store are not complete (`python -m pipeline plan`): this may cause differences.")


def _link_archived_zips(identity: str, folder: Path) -> str:
    """Return a new folder with links to the snapshot's archived zips. Raises TruncatedArchive if one is damaged."""
    folder.mkdir(parents=True)
    for file in snapshot.read_snapshot(identity):
        for sha256 in file.zips:
            name = f"{file.source}.zip" if sha256 == file.sha256 else f"{file.source}-{sha256[:16]}.zip"
            (folder / name).symlink_to(archive.verify_zip(config.targets_folder(), sha256))
    return str(folder)


def environment(store: Path, sources: str) -> dict[str, str]:
    """Return the environment of the second build: other time zone, locale and hash seed, no external database."""
    zone = "Pacific/Kiritimati" if os.environ.get("TZ") != "Pacific/Kiritimati" else "America/St_Johns"
    locale = "C" if os.environ.get("LC_ALL") != "C" else "C.UTF-8"
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("NTSB_DATABASE")}
    folders = {"NTSB_STORE": str(store), "NTSB_SOURCES": sources, "LUIGI_CONFIG_PATH": str(store / "verify.cfg")}
    return inherited | folders | {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": "20240229"}


def write_config(file: Path, sources: list[str]) -> None:
    """Write the current settings, but without an external database, tracking store or tuning storage."""
    settings = configparser.ConfigParser(interpolation=None)
    # Keeps the case of names, as configparser documents it; mypy sees a method that is replaced.
    settings.optionxform = str  # type: ignore[assignment,method-assign]
    settings.read(os.environ.get("LUIGI_CONFIG_PATH") or ())
    training = {"tracking_uri": "", "tuning_storage": ""}
    settings.read_dict(
        {
            "Postgres": {"url": "", "owner_url": ""},
            "Training": training,
            "Sources": {"location": "", "base": json.dumps(sources)},
        }
    )
    with file.open("w", encoding="utf-8") as text:
        settings.write(text)


def rebuild(store: Path, sources: str, identity: str) -> None:
    """Run AllReports in the second store, with its output in verify.log. Raises PipelineError if it fails."""
    command = [sys.executable, "-m", "luigi", "--module", "pipeline", "AllReports"]
    names = [file.source for file in snapshot.read_snapshot(identity)]
    write_config(store / "verify.cfg", [name for name in names if name in {era.file for era in eras()}])
    log = store / "verify.log"
    print(f"Building snapshot {identity} again in {store} ...", flush=True)
    with log.open("w", encoding="utf-8") as output:
        completed = subprocess.run(
            command, cwd=config.REPOSITORY, env=environment(store, sources), stdout=output, stderr=output, check=False
        )
    if completed.returncode:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise PipelineError(f"verify: expected exit code 0 of the second build, found {completed.returncode}:\n{end}")


def read_values(url: str, store: Path, embedded: bool = True) -> dict[str, str]:
    """Return {name: value}: release, snapshot, the digests of tables, and the SHA-256 of files."""
    with (
        contextlib.closing(open_connection(url, embedded)) as connection,
        connection.cursor() as cursor,
    ):
        configure(connection, ("ntsb", "public"))
        cursor.execute("select id, snapshot from audit.release where is_current")
        release, identity = cursor.fetchone() or ("", "")
        cursor.execute(DIGESTS)
        digests = {f"table {name}": digest for name, digest in cursor.fetchall()}
    files = {path for pattern in FILES for path in store.glob(pattern) if path.name not in EXCLUDED}
    hashes = {f"file {path.relative_to(store).as_posix()}": sha256_of(path) for path in files if has_sidecar(path)}
    return {"release": release, "snapshot": identity} | digests | hashes


def has_sidecar(path: Path) -> bool:
    """Return True if a task of this version, whose sidecars have another name, wrote the file or its folder."""
    return any(sidecar_path(part).exists() for part in (path, *path.parents))


def compare(first: Mapping[str, str], second: Mapping[str, str]) -> list[ComparedValue]:
    """Return every value that one of the stores has, sorted by name."""
    names = sorted(first.keys() | second.keys())
    return [ComparedValue(name, first.get(name, ""), second.get(name, "")) for name in names]


def format_table(compared: list[ComparedValue]) -> Iterator[str]:
    """Yield one line per value; those that differ come last, with both values."""
    width = max(len(value.name) for value in compared)
    for value in sorted(compared, key=lambda value: not value.is_equal):
        if value.is_equal:
            yield f"equal      {value.name:<{width}}  {value.first[:40]}"
        else:
            yield f"DIFFERENT  {value.name:<{width}}  {value.first or 'missing'} | {value.second or 'missing'}"
