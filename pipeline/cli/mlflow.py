"""Serve the MLflow experiments of this store, or of `[Training] tracking_uri`, on 127.0.0.1 until it is interrupted.

Without a password: every account of this machine can read and change the experiments while it runs, and choose which
of the registered models `serve` uses.
"""

import argparse
import os
import sys

from models.severity.tracking import relocation
from models.severity.tracking.store import TrackingUnavailable, store_addresses, store_errors
from pipeline import config, output_folders
from pipeline.errors import PipelineError

SUMMARY = "serve MLflow's experiments on 127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=5000, help="port (default: 5000)")
    parser.add_argument("--address", default="127.0.0.1", help="address (default: 127.0.0.1); others have no password")


def run(options: argparse.Namespace) -> int:
    configured = str(config.Training().tracking_uri)
    address, artifacts = store_addresses(configured, config.mlflow_folder())
    if artifacts is None:
        raise PipelineError("[Training] tracking_uri: expected a database, found a server; open it in a browser")
    output_folders.create_folders()
    try:
        with store_errors(address):
            relocation.relocate(address, artifacts)
    except TrackingUnavailable as error:
        raise PipelineError(str(error)) from error
    # In the environment, because other users can read command lines, and the address may contain a password.
    os.environ |= {"MLFLOW_BACKEND_STORE_URI": address, "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts}
    words = ("-m", "mlflow", "ui", "--workers", "1", "--host", options.address, "--port", str(options.port))
    sys.stdout.flush()
    os.execv(sys.executable, (sys.executable, *words))
