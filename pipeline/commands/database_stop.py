"""Stops the embedded database server of this store, whoever uses it. Nothing happens where none runs.

A server of your own, named by `[Postgres] url` or NTSB_DATABASE_URL, is never stopped.
"""

import argparse

SUMMARY = "stop the embedded database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace) -> int:
    """Stops and says so."""
    from pipeline import postgres
    from pipeline.server import cluster

    folder = postgres.embedded_folder()
    was_running = cluster.is_running(folder)
    cluster.stop(folder)
    print(f"The server in {folder} {'is stopped' if was_running else 'was not running'}.")
    return 0
