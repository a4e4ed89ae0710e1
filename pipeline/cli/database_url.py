"""Print the URL of the database, for psql and other clients, without a password: it names a file that contains it.

Starts the embedded server if it is not running; it then runs until `database-stop`. Its URL is that of the role
ntsb_reader, which may only read; `--owner` prints the one that may change the database. For an external server, the
configured user is printed.
"""

import argparse

from pipeline import config, output_folders
from pipeline.postgres import passfile, server
from pipeline.postgres.connection import embedded_server_folder
from pipeline.postgres.roles import OWNER, READER

SUMMARY = "print the URL of the database, and keep its server running"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--owner", action="store_true", help="the role that owns the database, not the read-only one")


def run(options: argparse.Namespace) -> int:
    output_folders.create_folders()
    folder, cluster = config.targets_folder() / "passwords", embedded_server_folder()
    url = config.Postgres().external_url()
    if not url:
        url = server.role_url(server.start(cluster, keep=True), cluster, OWNER if options.owner else READER)
    print(passfile.url_without_password(url, folder))
    return 0
