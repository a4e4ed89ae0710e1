"""Restore an earlier release in one transaction: all tables, views and row accounts.

Without RELEASE, restores the release that was current before; `status` lists those that are kept. The next run
publishes the newer sources again. Reports, Parquet and DuckDB files are not changed: to rebuild them for the restored
release, and to keep it, run `luigi --module pipeline AllReports --snapshot ID` with the snapshot that is printed.
"""

import argparse

from pipeline import run_lock
from pipeline.cli.status import require_release
from pipeline.postgres.connection import fetch_value, transaction
from pipeline.warehouse.release import rollback

SUMMARY = "restore an earlier release, within seconds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "release",
        nargs="?",
        default="",
        metavar="RELEASE",
        help="id of a kept release, or how it begins (default: the previous one)",
    )


def run(options: argparse.Namespace) -> int:
    require_release("rollback")
    with run_lock.held("rollback"), transaction(alone=True, owner=True) as cursor:
        previous, current = rollback.roll_back(cursor, options.release)
        snapshot = fetch_value(cursor, "select snapshot from audit.release where id = %s", current)
    print(f"Release {current} of snapshot {snapshot} is current; release {previous} is kept.")
    print("The next run publishes the newer sources again. To keep this release and rebuild its reports and files:")
    print(f"  luigi --module pipeline AllReports --snapshot {snapshot}")
    return 0
