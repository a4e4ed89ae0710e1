"""Print the URL of the database, for psql and other clients.

Starts the embedded server if it is not running; it then runs until `database-stop`. The URL contains the password:
do not write it to logs.
"""

import argparse

from pipeline import config
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder

SUMMARY = "print the URL of the database, and keep its server running"


def run(_: argparse.Namespace) -> int:
    print(config.Postgres().external_url() or server.start(embedded_server_folder(), keep=True))
    return 0
