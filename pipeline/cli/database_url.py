"""Prints the address of the database in force, for psql and other readers.

The embedded server is started where it does not run, and then runs until `database-stop`.
The address holds a password: pass it on with care.
"""

import argparse

SUMMARY = "print the address of the database, and keep it running"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace) -> int:
    """Prints one line."""
    from pipeline import config
    from pipeline.postgres import server
    from pipeline.postgres.connection import embedded_server_folder

    print(config.Postgres().external_url() or server.start(embedded_server_folder(), keep=True))
    return 0
