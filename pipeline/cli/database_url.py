"""Prints the URL of the database, for psql and other clients, without a password: it names a file that contains it.

Starts the embedded server if it is not running; it then runs until `database-stop`. Its URL is that of the role
ntsb_reader, which may only read; `--owner` prints the one that may change the database. For an external server, the
configured user is printed.
"""

import argparse

from pipeline import config
from pipeline.postgres import reader, server
from pipeline.postgres.connection import embedded_server_folder

SUMMARY = "print the URL of the database, and keep its server running"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --owner."""
    parser.add_argument("--owner", action="store_true", help="the role that owns the database, not the read-only one")


def run(options: argparse.Namespace) -> int:
    """Prints the URL and returns 0."""
    external, folder = config.Postgres().external_url(), config.targets_folder() / "passwords"
    url = external or server.start(embedded_server_folder(), keep=True)
    is_owner = external or options.owner
    print(reader.url_without_password(url, folder) if is_owner else reader.reader_url(url, folder))
    return 0
