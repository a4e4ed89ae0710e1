"""Prints the URL of the database, for psql and other clients.

Starts the embedded server if it is not running; it then runs until `database-stop`. The URL contains the password:
do not write it to logs.
"""

import argparse

from pipeline import config, output_folders
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder

SUMMARY = "print the URL of the database, and keep its server running"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds nothing."""


def run(_: argparse.Namespace) -> int:
    """Prints the URL and returns 0."""
    output_folders.create_folders()
    print(config.Postgres().external_url() or server.start(embedded_server_folder(), keep=True))
    return 0
