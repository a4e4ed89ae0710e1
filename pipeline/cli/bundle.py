"""Write the current release to a folder, as Parquet files with checksums, for readers without a database.

The folder holds one subfolder per release and `releases.json`; writing a release again replaces its subfolder. Any web
server can publish it, and the package in client/ reads it, from the folder or over HTTP. Exits with 1 if an export of
the current release is missing.
"""

import argparse
from pathlib import Path

from pipeline import run_lock
from pipeline.cli.status import require_release
from pipeline.cli.task_graph import find_task, read_only_queries
from pipeline.errors import PipelineError
from pipeline.export import bundle
from pipeline.postgres.connection import transaction
from pipeline.tasks.export import ExportDuckdb

SUMMARY = "write the current release to a folder of Parquet files with checksums"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder of the releases; created if missing")


def run(options: argparse.Namespace) -> int:
    # A run would replace exported files while they are copied.
    with run_lock.held("bundle"):
        return write(options.folder)


def write(folder: Path) -> int:
    """Write the bundle of the current release to the folder and print its path."""
    release = require_release("bundle")
    files = exported_files()
    with transaction("ntsb", read_only=True) as cursor:
        cursor.execute("select id, snapshot, sources from audit.release where is_current")
        ((current, snapshot, sources),) = cursor.fetchall()
        dictionary = bundle.read_dictionary(cursor)
    if current != release:
        raise PipelineError(f"bundle: expected release {release}, found {current} published meanwhile; run it again")
    origin = {"release": release, "snapshot": snapshot, "sources": sources}
    print(bundle.write_bundle(folder, origin, files, dictionary))
    return 0


def exported_files() -> dict[str, Path]:
    """Return {path in the bundle: exported file} of the current snapshot. Raises PipelineError if one is missing."""
    with read_only_queries():
        task = find_task(["ExportDuckdb"])
        assert isinstance(task, ExportDuckdb)
        targets = [export.output() for export in task.inputs()]
        missing = [target.path.name for target in targets if not target.exists()]
    if missing:
        raise PipelineError(
            f"bundle: expected exports of the current release, found {len(missing)} missing or outdated, such as "
            f"{missing[0]}; run `luigi --module pipeline AllReports`"
        )
    return {f"{target.path.parent.name}/{target.path.name}": target.path for target in targets}
