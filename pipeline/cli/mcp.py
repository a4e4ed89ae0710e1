"""Serve the published release to a client of the Model Context Protocol (MCP) over standard input and output.

Six tools, all of which only read: query (one SELECT as the role ntsb_reader, at most 1,000 rows), describe, find_event,
why_row, codes and cite. Everything else is rejected. Needs the packages of the extra `mcp`.
"""

import argparse

from pipeline import config, config_check
from pipeline.cli import why
from pipeline.cli.status import require_release
from pipeline.extras import require_packages
from pipeline.postgres.connection import database_url, is_embedded
from pipeline.postgres.roles import READER

SUMMARY = "serve the release to an MCP client over standard input and output"
WAIT_S = 5.0


def run(_: argparse.Namespace) -> int:
    require_packages("mcp", ("mcp", "fastapi"))
    config_check.require_valid()
    # Imported here because its packages are optional.
    from pipeline.serving.database import Database
    from pipeline.serving.mcp_server import create_server
    from pipeline.serving.settings import reader_url

    require_release("mcp")
    # Starts the embedded server, which runs as long as this process.
    database_url(READER)
    timeout_s = float(config.Serving().statement_timeout_s)

    def open_database() -> Database:
        return Database(reader_url, is_embedded(), 1, timeout_s, WAIT_S)

    create_server(open_database, why.explain_row).run("stdio")
    return 0
