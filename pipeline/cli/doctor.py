"""Check what a run needs: Python, packages, luigi.cfg, the database, disk space, memory, programs, clock, the source
location, receivers of notifications, and how the last run ended.

Prints one line per check: status, finding, and how to fix it. Creates and starts nothing.
"""

import argparse

from pipeline.operations import health

SUMMARY = "check whether everything that a run needs is available"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    return health.main(options.json)
