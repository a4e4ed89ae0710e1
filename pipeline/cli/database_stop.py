"""Stops the embedded database server of this store, whoever uses it. Nothing happens where none runs.

A server of your own, named by `[Postgres] url` or NTSB_DATABASE_URL, is never stopped.
"""

import argparse

SUMMARY = "stop the embedded database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace) -> int:
    """Stops and says so."""
    from pipeline.postgres import server
    from pipeline.postgres.connection import embedded_server_folder

    folder = embedded_server_folder()
    was_running = server.is_running(folder)
    server.stop(folder)
    print(f"The server in {folder} {'is stopped' if was_running else 'was not running'}.")
    return 0
