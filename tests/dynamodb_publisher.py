"""Publishes a release to DynamoDB in a process of its own, which ends as if killed, before or after a request.

Run as `python dynamodb_publisher.py ENDPOINT PREFIX FOLDER OPERATION NUMBER`, NUMBER negative for "before".
"""

import os
import sys
from pathlib import Path
from typing import Any

from pipeline.dynamodb import publish
from tests.dynamodb_server import TWO_TABLES, connect, example_rows, release

KILLED = 137

if __name__ == "__main__":
    endpoint, prefix, folder, operation, number = sys.argv[1:]
    database, count = connect(endpoint, Path(folder) / "locks", prefix=prefix), 0
    moment = "before-call" if int(number) < 0 else "after-call"

    def kill(**_: Any) -> None:
        """Ends the process without any cleanup at the request with this number."""
        global count
        count += 1
        if count == abs(int(number)):
            os._exit(KILLED)

    database.client.meta.events.register(f"{moment}.dynamodb.{operation}", kill)
    publish.publish(database, release(Path(folder), "r2", example_rows(changed=8), TWO_TABLES))
