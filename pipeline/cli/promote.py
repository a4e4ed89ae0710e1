"""Make a version of the registered model the champion, whatever its comparison says, and record why.

A run promotes a model only if it is shown to be better on the same events. Use this command where it cannot compare,
for example because the files of the champion are gone, or where checks were not evaluated. The decision and the reason
are appended to `models/kept/promotions.csv` and are tags of the version and of its run.
"""

import argparse

from pipeline import config, output_folders, run_lock

SUMMARY = "make a model version the champion, with a reason"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", metavar="VERSION", help="number of the version")
    parser.add_argument("--model", default="severity", choices=("severity", "severity-T0"), help="registered model")
    parser.add_argument("--reason", required=True, help="why, as text; it is published with the model")


def run(options: argparse.Namespace) -> int:
    from models.severity.errors import InvalidStudy
    from models.severity.tracking import manual_promotion
    from models.severity.tracking.store import store_addresses
    from pipeline.errors import StudyFailed

    stores = store_addresses(str(config.Training().tracking_uri), config.mlflow_folder())
    log = config.ledger_folder() / "promotions.csv"
    # A run may be logging a version, and comparing it with the champion.
    output_folders.create_folders()
    try:
        with run_lock.held("promote"):
            previous = manual_promotion.promote(stores, options.model, options.version, options.reason, log)
    except InvalidStudy as error:
        raise StudyFailed(str(error)) from error
    before = f"; version {previous} was before" if previous else ""
    print(f"Version {options.version} of {options.model} is champion{before}.")
    return 0
