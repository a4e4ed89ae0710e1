"""Run Luigi's scheduler with its web page on 127.0.0.1 until it is interrupted.

Without a password: every account of this machine can see and cancel the runs that it schedules. Its state is kept in
the store, in a folder with mode 0700, because reading it executes what it contains; so is the history of tasks, which
`/history` shows. `/metrics` has metrics of its tasks for Prometheus.
"""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from models.severity.tracking.store import sqlite_address
from pipeline import config, file_lock, output_folders

SUMMARY = "run Luigi's scheduler and its web page on 127.0.0.1"
# Luigi 3.8 upgrades the tables of older versions with statements that SQLAlchemy 2 rejects; these are new.
PROGRAM = """
from luigi import db_task_history
from luigi.cmdline import luigid
db_task_history._upgrade_schema = lambda engine: None
luigid()
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8082, help="port (default: 8082)")
    parser.add_argument("--address", default="127.0.0.1", help="address (default: 127.0.0.1); others have no password")


def write_settings(folder: Path) -> Path:
    """Write the settings of the scheduler, with the database of its task history, and return the file."""
    settings = (config.REPOSITORY / "scripts" / "ui.cfg").read_text(encoding="utf-8")
    address = sqlite_address(folder / "history.sqlite").replace("%", "%%")
    # The client is in the extra `serving`.
    metrics = "metrics_collector = prometheus\n" if find_spec("prometheus_client") else ""
    history = f"record_task_history = true\n\n[task_history]\ndb_connection = {address}\n"
    (path := folder / "luigi.cfg").write_text(f"{settings}{metrics}{history}", encoding="utf-8")
    return path


def run(options: argparse.Namespace) -> int:
    output_folders.create_folders()
    folder = file_lock.private_folder(config.targets_folder() / "scheduler")
    state = folder / "state.pickle"
    os.environ["LUIGI_CONFIG_PATH"] = str(write_settings(folder))
    print(f"http://{options.address}:{options.port}; runs with LUIGI_CONFIG_PATH=scripts/ui.cfg show here.", flush=True)
    # Luigi reads luigi.cfg from the current folder.
    os.chdir(config.REPOSITORY)
    words = ("-c", PROGRAM, "--address", options.address, "--port", str(options.port), "--state-path", str(state))
    os.execv(sys.executable, (sys.executable, *words))
