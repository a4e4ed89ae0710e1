"""Restore a backup into an empty installation: NTSB_STORE names a new folder, and NTSB_DATABASE_URL, if it is set, an
empty database with the roles of `pipeline/postgres/roles.sql`. The files of the backup and every restored relation are
compared with the digests of its manifest. Completed tasks are complete: the next run does only what has changed since.
"""

import argparse
from pathlib import Path

from pipeline import output_folders, run_lock
from pipeline.operations import backup

SUMMARY = "restore a backup into an empty installation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that `backup` has written")


def run(options: argparse.Namespace) -> int:
    backup.read_manifest(options.folder.resolve())
    output_folders.create_folders()
    with run_lock.held("restore"):
        manifest = backup.restore(options.folder.resolve())
    print(f"Release {manifest['release']} is restored: {len(manifest['digests'])} digests are equal.")
    return 0
