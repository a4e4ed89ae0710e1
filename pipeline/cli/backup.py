"""Write a backup of this installation to an empty folder: the database (pg_dump), archived zips, cached targets, the
MLflow store, the append-only logs and the reports, with a manifest of digests. No run can start while it is written.

An MLflow store or a test-set ledger outside the store is not part of it. The folder is as sensitive as the database.
"""

import argparse
from pathlib import Path

from pipeline import run_lock
from pipeline.cli.status import require_release
from pipeline.operations import backup

SUMMARY = "write a backup of this installation to a folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new or empty folder")


def run(options: argparse.Namespace) -> int:
    require_release("backup")
    with run_lock.held("backup"):
        manifest = backup.write(options.folder.resolve())
    print(f"Release {manifest['release']} and {len(manifest['archive'])} archived files are in {options.folder}.")
    return 0
