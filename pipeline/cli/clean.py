"""Stop the embedded server and delete the output of runs, except the append-only logs in models/kept.

Only folders that a run has marked with the file `.ntsb-pipeline` are deleted. Links are not followed. A database on a
server of your own stays.
"""

import argparse

from pipeline import output_folders, run_lock
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder

SUMMARY = "stop the database server and delete the output of runs"


def run(_: argparse.Namespace) -> int:
    folders = output_folders.folders_to_delete()
    if embedded_server_folder().parent in folders:
        with run_lock.held("clean"):
            server.remove(embedded_server_folder())
            output_folders.delete_folders()
    else:
        output_folders.delete_folders()
    print("\n".join(f"Deleted {folder}" for folder in folders) or "No output of runs: nothing was deleted.")
    return 0
