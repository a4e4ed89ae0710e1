"""Stop the embedded database server of this store, even if other programs use it. Does nothing if it is not running.

A server that `[Postgres] url` or NTSB_DATABASE_URL names is never stopped.
"""

import argparse

from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder

SUMMARY = "stop the embedded database server"


def run(_: argparse.Namespace) -> int:
    folder = embedded_server_folder()
    was_running = server.is_running(folder)
    server.stop(folder)
    print(f"The server in {folder} {'is stopped' if was_running else 'was not running'}.")
    return 0
