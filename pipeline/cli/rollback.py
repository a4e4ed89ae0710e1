"""Brings an earlier release back, whole and in one transaction: all tables, views and accounts that readers see.

Without RELEASE it is the one that readers saw before the current; `status` lists those that are kept. It holds until
the next run, which publishes the newer sources again. Pages, Parquet and DuckDB files stay as they are: to bring these
back too, and to hold the release, run `luigi --module pipeline AllReports --snapshot ID` with the snapshot that this
command prints.
"""

import argparse

SUMMARY = "bring an earlier release back, in seconds"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which release."""
    parser.add_argument(
        "release",
        nargs="?",
        default="",
        metavar="RELEASE",
        help="a kept release, or how its name begins (default: the one before)",
    )


def run(options: argparse.Namespace) -> int:
    """Goes back and says from where to where."""
    from pipeline.cli.current_release import require_release
    from pipeline.postgres.connection import fetch_value, transaction
    from pipeline.warehouse.release import rollback

    require_release("rollback")
    with transaction(alone=True) as cursor:
        before, now = rollback.roll_back(cursor, options.release)
        snapshot = fetch_value(cursor, "select snapshot from audit.release where id = %s", now)
    print(f"Readers see release {now} of snapshot {snapshot}; before they saw {before}, which is kept.")
    print("The next run publishes the newer sources again. To hold this release, and to have its pages and files:")
    print(f"  luigi --module pipeline AllReports --snapshot {snapshot}")
    return 0
