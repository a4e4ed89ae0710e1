"""Check what a run needs: Python, packages, luigi.cfg, the database, disk space.

Prints one line per check: status, finding, and how to fix it. Creates and starts nothing.
"""

import argparse

from pipeline.operations import health

SUMMARY = "check whether everything that a run needs is available"


def run(_: argparse.Namespace) -> int:
    return health.main()
