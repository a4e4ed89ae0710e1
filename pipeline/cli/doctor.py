"""Looks whether everything is there that a run needs: Python, packages, mdbtools, luigi.cfg, the database, disk space.

One line for each thing: its verdict, what was found, and what to do. Makes and starts nothing.
"""

import argparse

SUMMARY = "is everything there that a run needs?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace) -> int:
    """1 where something must be mended before a run."""
    from pipeline.operations import health

    return health.main()
