"""Run Luigi's scheduler with its web page on 127.0.0.1 until it is interrupted.

Without a password: every account of this machine can see and cancel the runs that it schedules. Its state is kept in
the store, in a folder with mode 0700, because reading it executes what it contains.
"""

import argparse
import os
import sys

from pipeline import config, file_lock, output_folders

SUMMARY = "run Luigi's scheduler and its web page on 127.0.0.1"
PROGRAM = "from luigi.cmdline import luigid; luigid()"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8082, help="port of 127.0.0.1 (default: 8082)")


def run(options: argparse.Namespace) -> int:
    output_folders.create_folders()
    state = file_lock.private_folder(config.targets_folder() / "scheduler") / "state.pickle"
    os.environ["LUIGI_CONFIG_PATH"] = str(config.REPOSITORY / "scripts" / "ui.cfg")
    print(f"http://127.0.0.1:{options.port}; runs with LUIGI_CONFIG_PATH=scripts/ui.cfg show here.", flush=True)
    # Luigi reads luigi.cfg from the current folder.
    os.chdir(config.REPOSITORY)
    words = ("-c", PROGRAM, "--address", "127.0.0.1", "--port", str(options.port), "--state-path", str(state))
    os.execv(sys.executable, (sys.executable, *words))
